# shellcheck shell=sh
# Shared by the scripts beside it; sourced, never run. POSIX sh.
# Standard output belongs to the result of a command, so everything here speaks on standard error.

# The traits of the package to build with, as the Makefile has them; empty for none.
TRAITS=${TRAITS-Gzip,Zstd}

# note TEXT: one line of progress.
note() { printf 'rondo: %s\n' "$*" >&2; }

# die TEXT: one line that says what is wrong and what to do; then leave.
die() {
  printf 'rondo: error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND…: run it as root, through sudo where we are not.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "root is needed for: $* (there is no sudo; run that as root and try again)"
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >&2
}

# apt_install PACKAGE…: install them; where the lists are missing or old, update once and try again.
apt_install() {
  note "installing with apt-get: $*"
  apt_get install --no-install-recommends "$@" && return 0
  note "updating apt's package lists"
  apt_get update || die "apt-get update failed; see above, then install by hand: $*"
  apt_get install --no-install-recommends "$@" || die "apt-get could not install: $*; see above"
}
