#!/bin/sh
# install.sh PREFIX: builds rondo with the Swift runtime inside and copies it to PREFIX/bin (below DESTDIR, if
# that is set). The build runs as you; only the copy asks for root, where the folder is not yours to write.
set -eu

cd "$(dirname -- "$0")/.."
. scripts/common.sh

prefix=${1:?usage: install.sh PREFIX}
# A shell that leaves the tilde of PREFIX=~/x alone hands it on.
case $prefix in
"~") prefix=$HOME ;;
"~/"*) prefix=$HOME/${prefix#"~/"} ;;
esac
folder=${DESTDIR:-}$prefix/bin

# Another build folder: the flag changes every object, and a build for work should not be made anew.
scratch=.build-install
set -- -c release --product rondo --scratch-path "$scratch" ${TRAITS:+--traits "$TRAITS"}
runtime=$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
if [ "$(uname -s)" = Linux ] && [ -d "${runtime}_static" ]; then
  set -- "$@" --static-swift-stdlib
elif [ "$(uname -s)" = Linux ]; then
  note "this toolchain has no static runtime: the installed program will need $runtime to stay where it is"
fi
swift build "$@" >&2
program=$(swift build "$@" --show-bin-path)/rondo

# The nearest folder that is there says whether root is needed.
nearest=$folder
while [ ! -d "$nearest" ]; do nearest=$(dirname -- "$nearest"); done
if [ -w "$nearest" ]; then
  mkdir -p "$folder"
  install -m 755 "$program" "$folder/rondo"
else
  as_root mkdir -p "$folder"
  as_root install -m 755 "$program" "$folder/rondo"
fi
note "installed $folder/rondo ($("$folder/rondo" --version 2>/dev/null || echo 'it does not start; see above')); remove that file to uninstall"
