#!/usr/bin/env python3
"""Compares the training speed of rondo and of PyTorch on this machine, in one run.

Every round starts both as new processes, one after the other and in turn first, for the same number of steps of
the same model on the same token ids; each takes about ten seconds. What is printed is the ratio of the medians
over all rounds, with the smallest and largest ratio of a round. Start-up and the first two steps count for
neither. Run by `make bench`.

Of rondo this needs `train --json`: a flushed line {"step", "loss", "tokens_per_second"} every second or oftener,
and after the last step, its speed being that since the line before; of `export`, a safetensors file.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
UNTIMED_STEPS = 2
SECONDS = 10
# layers, hidden and embedding size, batch size, window
SHAPES = {
    "small": (2, 128, 128, 50, 50),
    "large": (2, 512, 128, 64, 64),
}


def run(command):
    command = [str(part) for part in command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"compare.py: exit status {done.returncode} of: {' '.join(command)}")
    return done.stdout


def run_rondo(command, tokens_per_step):
    """The speed in tokens a second, from the lines after the first two steps, held against our own clock."""
    command = [str(part) for part in command]
    lines = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        for text in process.stdout:
            line = json.loads(text)
            if "tokens_per_second" in line:
                lines.append((line["step"], line["tokens_per_second"], time.perf_counter()))
    if process.returncode != 0:
        raise SystemExit(f"compare.py: exit status {process.returncode} of: {' '.join(command)}")
    tokens = seconds = watched = 0.0
    for (before, _, earlier), (step, speed, later) in zip(lines, lines[1:]):
        if before >= UNTIMED_STEPS and step > before:
            tokens += (step - before) * tokens_per_step
            seconds += (step - before) * tokens_per_step / speed
            watched += later - earlier
    if tokens == 0:
        raise SystemExit(f"compare.py: rondo printed {len(lines)} lines with a speed; too few to measure with")
    # Where the two clocks part, the slower figure counts, so that no pause is left out.
    return tokens / max(seconds, watched)


def spread(values):
    return f"{statistics.median(values):12,.0f}  ({min(values):,.0f} to {max(values):,.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rondo", default=".build/release/rondo")
    parser.add_argument("--corpus", default="corpora/fables.txt")
    parser.add_argument("--tokenizer", default="character", help="for word models: whitespace, and a big corpus")
    parser.add_argument("--shape", choices=SHAPES, default="small")
    parser.add_argument("--optimizer", choices=("adamw", "sgd"), default="adamw")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="3 rounds")
    options = parser.parse_args()
    rounds = 3 if options.quick else options.rounds
    rondo = pathlib.Path(options.rondo).resolve()
    layers, hidden, embedding, batch, window = SHAPES[options.shape]
    sizes = [
        "--layers", layers, "--hidden-size", hidden, "--embedding-size", embedding, "--batch-size", batch,
        "--window", window, "--optimizer", options.optimizer, "--threads", options.threads,
    ]  # fmt: skip

    load = os.getloadavg()[0]
    if load > 0.5:
        # Both sides wait for all their threads at every step: one that other work holds up stops the rest.
        print(f"compare.py: the machine is busy (load {load:.1f}); trust no figure of this run", file=sys.stderr)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def train(out, steps):
            return [
                rondo, "train", options.corpus, "--tokenizer", options.tokenizer, *sizes, "--out", folder / out,
                "--steps", steps, "--learning-rate", 0.001, "--clip", 1, "--schedule", "constant", "--seed", 1,
                "--validate-every", steps + 1, "--dropout", 0, "--dropout-output", 0, "--json", "--quiet",
            ]  # fmt: skip

        # One short run gives the token ids and the size of the vocabulary.
        run(train("first", 3))
        (folder / "ids.json").write_text(run([rondo, "tokenize", "encode", folder / "first", options.corpus]))
        exported = folder / "first.safetensors"
        run([rondo, "export", folder / "first", "-o", exported, "--dtype", "f32"])
        with open(exported, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        vocabulary = header["encoder.weight"]["shape"][0]
        peer = [
            sys.executable, HERE / "train_speed.py", folder / "ids.json", "--vocabulary-size", vocabulary, *sizes
        ]  # fmt: skip

        # The better of two tries: a stall of the machine should not make every round a short one.
        steps = max(json.loads(run([*peer, "--seconds", SECONDS]))["step"] for _ in range(2))
        print(f"{options.shape}: {layers} x {hidden}, batch {batch}, window {window}, vocabulary {vocabulary}, "
              f"{options.optimizer}, {options.threads} threads, {steps} steps, {rounds} rounds; "
              f"{platform.machine()}", flush=True)  # fmt: skip
        ours, theirs = [], []
        for number in range(rounds):
            for who in ("rondo", "torch") if number % 2 == 0 else ("torch", "rondo"):
                if who == "rondo":
                    ours.append(run_rondo(train(f"round-{number}", steps), batch * window))
                else:
                    theirs.append(json.loads(run([*peer, "--steps", steps]))["tokens_per_second"])
            print(f"round {number + 1}: rondo {ours[-1]:,.0f}, torch {theirs[-1]:,.0f} tokens/s, "
                  f"ratio {ours[-1] / theirs[-1]:.2f}", flush=True)  # fmt: skip

    ratios = [our / their for our, their in zip(ours, theirs)]
    print(f"rondo tokens/s   {spread(ours)}\ntorch tokens/s   {spread(theirs)}")
    print(f"ratio of medians {statistics.median(ours) / statistics.median(theirs):.2f}  "
          f"(rounds {min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
