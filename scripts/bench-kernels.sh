#!/bin/sh
# Times the kernels one by one; options go to Benchmarks/kernels/main.c. With --build it only builds that program.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

# The kernels' vectors are Clang's, which Swift brings along.
clang=${CC:-$(command -v clang || true)}
[ -n "$clang" ] || clang=$(xcrun --find clang 2>/dev/null) || die "there is no clang beside swift; set CC to one"

program=.build-bench/kernels
mkdir -p .build-bench
# As SwiftPM compiles the target in release.
"$clang" -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-psabi -I Sources/CRondoKernels/include \
  Sources/CRondoKernels/*.c Benchmarks/kernels/*.c -o "$program" -lm -lpthread
[ "${1:-}" = --build ] || exec "$program" "$@"
