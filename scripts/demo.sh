#!/bin/sh
# Trains on the fables for about a minute and lets the model write. The generated text alone goes to standard
# output; set-up, build and progress go to standard error.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

rondo=${RONDO:-.build/release/rondo}
corpus=corpora/fables.txt
[ -x "$rondo" ] || die "$rondo is missing; run 'make build' first"
[ -r "$corpus" ] || die "$corpus is missing; 'git checkout -- $corpus' brings it back"

# A folder of its own every time, so that no earlier run is overwritten.
run=runs/demo
number=2
while [ -e "$run" ]; do
  run=runs/demo-$number
  number=$((number + 1))
done

note "training on $corpus for about a minute, into $run (Ctrl-C stops and keeps what was learned)"
"$rondo" train "$corpus" --max-time 1m --out "$run" </dev/null >&2
note "what it writes now:"
"$rondo" generate "$run" </dev/null

cat >&2 <<END

Try next:
  $rondo generate $run --prompt "The fox" --temperature 0.6
  $rondo next $run --prompt "The fo"
  $rondo train YOUR-OWN-TEXT.txt
END
