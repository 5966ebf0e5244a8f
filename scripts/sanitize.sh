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
    # Leaks are looked for in C alone: Foundation leaks what it reads of a file, and programs end with what they hold.
    # A sanitizer keeps what was freed, so memory grows. The thread sanitizer aborts where no file may grow, and keeps
    # signals back until the next system call, so that a second one does not come in the middle of a step.
    skipped=memoryStaysFlat
    [ "$part" = address ] || skipped="$skipped|saysThatAFileMayNotGrow|aSecondCtrlCLeavesAtOnce"
    ASAN_OPTIONS=detect_leaks=0 swift test -c release --sanitize="$part" --scratch-path ".build-$part" \
      ${TRAITS:+--traits "$TRAITS"} \
      --skip "$skipped" "$@"
    ;;
  *) die "there is no part '$part': use kernels, address, thread" ;;
  esac
done
