#!/bin/sh
# Sees to what a build of Rondo needs: git and Swift are looked for, libutf8proc and pkg-config are installed
# where they are missing (apt-get on Debian and Ubuntu, brew on macOS). Where all is there, nothing is
# installed and the network is not touched.
set -eu

. "$(dirname -- "$0")/common.sh"

utf8proc_is_here() { have pkg-config && pkg-config --exists libutf8proc; }

have git || die "git is missing; Swift's package manager needs it: install your system's package 'git'"
have swift || die "Swift is missing; install 6.2 or later from https://www.swift.org/install/ and put it on PATH"

version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}
case "$major$minor" in
'' | *[!0-9]*) die "'swift --version' does not work; reinstall Swift from https://www.swift.org/install/" ;;
esac
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
  die "Swift $version is too old; install 6.2 or later from https://www.swift.org/install/"
fi

utf8proc_is_here && exit 0

if [ "$(uname -s)" = Darwin ]; then
  have brew || die "libutf8proc is missing; install Homebrew from https://brew.sh, then run this again"
  note "installing with brew: utf8proc"
  brew install utf8proc >&2
  have pkg-config || brew install pkgconf >&2
elif have apt-get; then
  # Only what is missing: a pkg-config of another make stays as it is.
  missing=libutf8proc-dev
  have pkg-config || missing="$missing pkg-config"
  # shellcheck disable=SC2086 # a list of package names
  apt_install $missing
else
  die "libutf8proc or pkg-config is missing; install both with your system's package manager (its package for developers)"
fi

utf8proc_is_here || die "pkg-config still does not find libutf8proc; check 'pkg-config --exists --print-errors libutf8proc' and PKG_CONFIG_PATH"
