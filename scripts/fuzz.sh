#!/bin/sh
# fuzz.sh [SECONDS [TARGET...]]: runs libFuzzer under the address sanitizer on the targets of Fuzz/, which share the time
# (60 seconds); all targets if none is named. It begins with Fuzz/seeds/TARGET and what earlier runs have found in
# .build-fuzz/corpus/TARGET; Fuzz/TARGET.dict has words to try. An input that breaks something is kept in
# .build-fuzz/broken/TARGET, named, and tried again by each run.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

seconds=${1:-60}
case $seconds in '' | *[!0-9]* | 0*) die "'$seconds' is no number of seconds: scripts/fuzz.sh [SECONDS [TARGET...]]" ;; esac
if [ $# -gt 0 ]; then shift; fi
targets=$(ls Fuzz/seeds)
# shellcheck disable=SC2086 # a list of names
[ $# -gt 0 ] || set -- $targets
for target in "$@"; do
  # shellcheck disable=SC2086 # a list of names
  [ -d "Fuzz/seeds/$target" ] || die "there is no target '$target'; there are:" $targets
done

# Swift brings it for Linux, for clang as much as for itself; Apple's does not.
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
library=
for file in "$resources"/../clang/*/lib/*/libclang_rt.fuzzer_no_main*"$(uname -m)"*.a; do
  [ ! -f "$file" ] || library=$file
done
[ -n "$library" ] || die "this Swift has no libFuzzer (libclang_rt.fuzzer_no_main); use Swift for Linux from https://www.swift.org/install/"

# The coverage that libFuzzer follows goes into all of Rondo's Swift; release mode, as users run it.
swift build -c release --package-path Fuzz --scratch-path .build-fuzz --product rondo-fuzz --sanitize=address \
  -Xswiftc -enable-testing \
  -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table \
  -Xlinker "$library" -Xlinker -lstdc++ >&2
program=$(swift build -c release --package-path Fuzz --scratch-path .build-fuzz --show-bin-path)/rondo-fuzz

# report LOG: what broke, and the calls of ours that led there.
report() {
  if grep -q '^SUMMARY: ' "$1"; then
    sed -E -n '/Fatal error: |ERROR: /,/^SUMMARY: /p' "$1" | swift demangle --simplified |
      sed -E '/^ *#[0-9]+ /{/ Swift runtime failure|\/Sources\//!d}; /libFuzzer has|Combine libFuzzer|^$/d' |
      sed -E "s|$PWD/||; s/^( *#[0-9]+) 0x[0-9a-f]+ in/\1/"
  else
    tail -n 20 "$1"
  fi
}

# Foundation leaks what it reads. A trap of Swift is SIGTRAP on some machines; its own backtraces confuse the sanitizer.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0:handle_sigtrap=1"
share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
for target in "$@"; do
  note "fuzzing $target for $share seconds"
  corpus=.build-fuzz/corpus/$target
  broken=.build-fuzz/broken/$target
  mkdir -p "$corpus" "$broken"
  log=.build-fuzz/$target.log
  set -- -max_len=1024 -timeout=30 -rss_limit_mb=4096 -print_final_stats=1
  [ ! -f "Fuzz/$target.dict" ] || set -- "$@" "-dict=Fuzz/$target.dict"
  if ! "$program" --target="$target" "$@" -max_total_time="$share" -artifact_prefix="$broken/" \
    "$corpus" "Fuzz/seeds/$target" "$broken" >"$log" 2>&1; then
    report "$log" >&2
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    die "$target broke${input:+ on $input; each run tries it again: make fuzz FUZZ=\"1 $target\"}; all of it is in $log"
  fi
  grep -E '#[0-9]+.*DONE|stat::(average_exec|peak_rss)' "$log" >&2 || true
done
