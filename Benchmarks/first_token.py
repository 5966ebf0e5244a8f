#!/usr/bin/env python3
"""Measures how long `rondo generate` takes from the start of its process to the first byte of generated text.

    Benchmarks/first_token.py models/NAME.safetensors

Prints the median of the rounds and the smallest and largest, in milliseconds; and the same for `rondo --help`, from
start to end, which is what starting the process alone takes. The file has been read before, so that it comes from
memory.
"""

import argparse
import pathlib
import statistics
import subprocess
import time

ROUNDS = 21


def first_byte(command):
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        if not process.stdout.read(1):
            raise SystemExit(f"first_token.py: nothing was written by: {' '.join(command)}")
        passed = time.perf_counter() - start
        process.stdout.read()
    return passed


def whole(command):
    start = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def report(name, measure, command):
    measure(command)
    times = [1000 * measure(command) for _ in range(ROUNDS)]
    print(f"{name:12}  {statistics.median(times):6.1f} ms   {min(times):.1f} to {max(times):.1f}, {ROUNDS} rounds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--rondo", default=".build/release/rondo", help="the program")
    options = parser.parse_args()
    rondo = str(pathlib.Path(options.rondo).resolve())
    # The boundary token may be the first, so that a model begins with an empty text: the prompt is not counted.
    generate = [rondo, "generate", options.model, "--prompt", "The ", "--no-echo", "--seed", "1", "--length", "100"]
    report("first token", first_byte, generate)
    report("--help", whole, [rondo, "--help"])


main()
