#!/bin/sh
# sanitize.sh [kernels|address|thread]... [-- OPTION...]: the kernels in C under the address, undefined-behaviour and
# thread sanitizers; the Swift tests under the address sanitizer; under the thread sanitizer. All three if none is named.
# Options go to `swift test`. Tests that count malloc leave themselves out: a sanitizer has an allocator of its own.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

parts=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  parts="$parts $1"
  shift
done
if [ $# -gt 0 ]; then shift; fi

for part in ${parts:-kernels address thread}; do
  case $part in
  kernels)
    note "kernels under the address and undefined-behaviour sanitizers"
    scripts/kernel-harness.sh address,undefined
    note "kernels under the thread sanitizer"
    scripts/kernel-harness.sh thread
    ;;
  address | thread)
    note "Swift tests under the $part sanitizer"
    # All tests are Swift Testing's; XCTest, which would run none of them, leaks.
    swift test -c release --sanitize="$part" --scratch-path ".build-$part" --disable-xctest "$@"
    ;;
  *) die "there is no part '$part': use kernels, address, thread" ;;
  esac
done
