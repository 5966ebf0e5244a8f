#!/bin/sh
# Measures rondo against PyTorch, onnxruntime and tokenizers; options go to Benchmarks/bench.py.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

swift build -c release --package-path Benchmarks --scratch-path .build-bench >&2
scripts/bench-kernels.sh --build
python=$(scripts/python-venv.sh onnx onnxruntime tokenizers) || die "the comparison needs these packages; see above"
PYTHONDONTWRITEBYTECODE=1 exec "$python" Benchmarks/bench.py "$@"
