#!/bin/sh
# Compares the training speed with PyTorch's; options go to Benchmarks/compare.py.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

python=$(scripts/python-venv.sh) || die "the comparison needs PyTorch; see above"
PYTHONDONTWRITEBYTECODE=1 exec "$python" Benchmarks/compare.py --rondo .build/release/rondo "$@"
