#!/bin/sh
# Prints the Python of a virtual environment that has PyTorch and the packages given as arguments, made outside the
# repository and used again while its versions fit. RONDO_INTEROP_VENV names another folder; PYTHON another interpreter to make it with;
# pip's own settings (PIP_INDEX_URL, PIP_EXTRA_INDEX_URL …) choose where packages come from. Where an index
# has a CPU build (2.13.0+cpu), pip prefers it to the plain one.
set -eu

. "$(dirname -- "$0")/common.sh"

torch=2.13.0
venv=${RONDO_INTEROP_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/rondo/interop-venv}
python=$venv/bin/python

# fits PACKAGE…: these are there too; their modules have the same names.
fits() {
  "$python" - "$torch" "$@" >/dev/null 2>&1 <<'END'
import importlib, sys
import numpy, safetensors.torch, torch
for package in sys.argv[2:]:
    importlib.import_module(package)
sys.exit(torch.__version__.split("+")[0] != sys.argv[1])
END
}

if ! fits "$@"; then
  base=${PYTHON:-python3}
  if ! have "$base" || ! "$base" -c 'import venv, ensurepip' 2>/dev/null; then
    have apt-get || die "Python 3.10 or later with its venv module is missing; get it from https://www.python.org"
    apt_install python3 python3-venv
  fi
  "$base" -c 'import venv, ensurepip' 2>/dev/null ||
    die "$base has no venv module even now; set PYTHON to a Python that has it"
  "$base" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    die "$("$base" --version) is too old for PyTorch $torch; set PYTHON to 3.10 or later"

  if ! "$python" -m pip --version >/dev/null 2>&1; then
    note "making a virtual environment in $venv"
    # --clear, where it is a virtual environment whose Python went away; a folder of anything else is kept.
    clear=
    if [ -e "$venv/pyvenv.cfg" ]; then clear=--clear; fi
    "$base" -m venv ${clear:+"$clear"} "$venv" >&2 || die "no virtual environment could be made in $venv"
  fi
  note "installing once: PyTorch $torch numpy safetensors $*"
  "$python" -m pip install --disable-pip-version-check --quiet "torch==$torch" numpy safetensors "$@" >&2 ||
    die "pip could not install torch==$torch numpy safetensors $*; see above, or set PIP_EXTRA_INDEX_URL"
  fits "$@" || die "the packages in $venv do not work together; remove that folder and try again"
fi
printf '%s\n' "$python"
