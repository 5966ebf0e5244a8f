#!/bin/sh
# Holds the Swift sources against .swift-format; any finding is an error.
set -eu

cd "$(dirname -- "$0")/.."
set --
for path in Package.swift Sources Tests Benchmarks Fuzz; do
  if [ -e "$path" ]; then set -- "$@" "$path"; fi
done
exec swift format lint --strict --recursive "$@"
