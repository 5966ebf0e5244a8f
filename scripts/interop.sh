#!/bin/sh
# Runs every check in Tests/Interop against PyTorch and tokenizers, with the program that was built. A check that cannot run
# is a failure, never a skip. Arguments are files or folders of texts, in place of corpora/ for the checks that go through
# texts.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

rondo=$PWD/.build/release/rondo
[ -x "$rondo" ] || die ".build/release/rondo is missing; run 'make build' first"
python=$(scripts/python-venv.sh tokenizers) || die "the checks need PyTorch and tokenizers; see above"

passed=0
failed=0
for check in Tests/Interop/*.py; do
  [ -e "$check" ] || die "there are no checks in Tests/Interop"
  printf '== %s\n' "$check"
  case $check in
    */check_round_trip.py | */check_subword.py | */check_tokenizer_json.py) texts=yes ;;
    *) texts= ;;
  esac
  if PYTHONDONTWRITEBYTECODE=1 "$python" "$check" --rondo "$rondo" ${texts:+"$@"} </dev/null; then
    passed=$((passed + 1))
  else
    printf 'FAILED %s\n' "$check"
    failed=$((failed + 1))
  fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
