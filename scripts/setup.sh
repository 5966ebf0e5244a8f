#!/bin/sh
# Sees to what a build of Rondo needs: git and Swift are looked for; libutf8proc, pkg-config, and zlib and libzstd for the
# traits Gzip and Zstd are installed where they are missing (apt-get on Debian and Ubuntu, brew on macOS). Where all is
# there, nothing is installed and the network is not touched.
set -eu

. "$(dirname -- "$0")/common.sh"

# The libraries that are needed, by their names for pkg-config. macOS has zlib without one.
libraries=libutf8proc
case ,$TRAITS, in *,Gzip,*) [ "$(uname -s)" = Darwin ] || libraries="$libraries zlib" ;; esac
case ,$TRAITS, in *,Zstd,*) libraries="$libraries libzstd" ;; esac

# missing: those that are not here.
missing() {
  for library in $libraries; do
    have pkg-config && pkg-config --exists "$library" || printf '%s ' "$library"
  done
}

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

[ -n "$(missing)" ] || exit 0

# package LIBRARY: the system's package that has it.
if [ "$(uname -s)" = Darwin ]; then
  have brew || die "$(missing)is missing; install Homebrew from https://brew.sh, then run this again"
  package() { echo "${1#lib}"; }
  have pkg-config || brew install pkgconf >&2
elif have apt-get; then
  package() { if [ "$1" = zlib ]; then echo zlib1g-dev; else echo "$1-dev"; fi; }
  # Only what is missing: a pkg-config of another make stays as it is.
  have pkg-config || apt_install pkg-config
else
  die "pkg-config or $(missing)is missing; install them with your system's package manager (packages for developers)"
fi

packages=
for library in $(missing); do packages="$packages $(package "$library")"; done
if [ -z "$packages" ]; then
  :
elif [ "$(uname -s)" = Darwin ]; then
  note "installing with brew:$packages"
  # shellcheck disable=SC2086 # a list of package names
  brew install $packages >&2
else
  # shellcheck disable=SC2086 # a list of package names
  apt_install $packages
fi

[ -z "$(missing)" ] || die "pkg-config still does not find $(missing); check 'pkg-config --exists --print-errors $(missing)' and PKG_CONFIG_PATH"
