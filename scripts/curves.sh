#!/bin/sh
# Trains the same settings with rondo and with PyTorch; options go to Benchmarks/curves.py.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

python=$(scripts/python-venv.sh) || die "the comparison needs PyTorch; see above"
PYTHONDONTWRITEBYTECODE=1 exec "$python" Benchmarks/curves.py "$@"
