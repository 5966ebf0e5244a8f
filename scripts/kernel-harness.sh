#!/bin/sh
# kernel-harness.sh SANITIZERS [functions]: builds the kernels with Tests/KernelHarness by the Swift toolchain's clang
# and runs them. SANITIZERS is clang's list, such as address,undefined; "none" optimizes instead.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

sanitizers=${1:?usage: kernel-harness.sh SANITIZERS [functions]}
shift

if [ "$(uname -s)" = Darwin ]; then
  clang=$(xcrun --find clang)
else
  # Beside the compiler that builds the package.
  clang=$(dirname -- "$(dirname -- "$(swift -print-target-info |
    sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')")")/bin/clang
fi
[ -x "$clang" ] || die "the Swift toolchain has no clang at $clang"

folder=.build-harness
mkdir -p "$folder"
program=$folder/harness-$(printf %s "$sanitizers" | tr , -)
set -- "$program" "$@"
if [ "$sanitizers" = none ]; then
  flags=-O2
else
  flags="-O1 -g -fsanitize=$sanitizers -fno-sanitize-recover=all"
fi
libraries='-lm -lpthread'
case $(uname -s),$sanitizers in
Linux,*thread*)
  # This toolchain's thread sanitizer knows Dispatch, and so needs it.
  runtime=$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')/linux
  libraries="$libraries -L$runtime -Wl,-rpath,$runtime -ldispatch -lBlocksRuntime"
  ;;
esac
# shellcheck disable=SC2086 # lists of options
"$clang" -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror $flags -ISources/CRondoKernels/include \
  Tests/KernelHarness/*.c Sources/CRondoKernels/*.c -o "$program" -fuse-ld=lld $libraries
"$@"
