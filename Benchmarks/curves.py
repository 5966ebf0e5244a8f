#!/usr/bin/env python3
"""Trains the same setting with rondo and with PyTorch and prints both validation curves, with the time of each.

Every side starts as a new process with the same token ids, one after the other, and validates on the same text at the
same steps. Seconds count from the first step to the validation, earlier validations included. The order of the sides
turns around in each round. Run by `make curves`.
"""

import argparse
import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

from measure import HERE, Failed, run


@dataclasses.dataclass(frozen=True)
class Setting:
    text: str  # under --corpora
    validation: str | None  # the same; else the last tenth of the text
    rondo: str  # options of rondo train
    peer: str  # options of torch_curve.py
    epochs: int | None = None  # of both; where there are none, both have --steps
    until: float | None = None  # nats, at which the clock is read


SHAPE = "--layers 2 --hidden-size 512 --embedding-size 64 --batch-size 32 --window 64 --dropout 0.2 --dropout-output 0.2"
STEPS = "--steps 1500 --learning-rate 0.003 --warmup 75 --clip 1 --validate-every 75"
SMALL = "--layers 2 --hidden-size 200 --batch-size 20 --window 20 --decay 0.5 --decay-after 4 --clip 5 --initial-range 0.1"
MEDIUM = (
    "--layers 2 --hidden-size 650 --batch-size 20 --window 35 --dropout-input 0.5 --dropout 0.5 --dropout-output 0.5"
    " --decay 0.8333333333333334 --decay-after 6 --clip 5 --initial-range 0.05"
)
ZAREMBA = "--optimizer sgd --learning-rate 1 --loss sum"

SETTINGS = {
    "shakespeare": Setting(
        "tinyshakespeare.txt",
        None,
        f"{SHAPE} {STEPS} --optimizer adamw --weight-decay 0 --schedule cosine",
        f"{SHAPE} {STEPS} --optimizer adam --cosine",
        until=1.475,
    ),
    "zaremba-small": Setting(
        "brown/train.txt",
        "brown/valid.txt",
        "--recipe zaremba-small --validate-every epoch",
        f"{SMALL} {ZAREMBA}",
        epochs=13,
    ),
    "zaremba-medium": Setting(
        "brown/train.txt",
        "brown/valid.txt",
        "--recipe zaremba-medium --validate-every epoch",
        f"{MEDIUM} {ZAREMBA}",
        epochs=5,
    ),
}


RONDO_FIRST_LINE = 0.5  # seconds from its first step to its first line


def validations(command):
    """Step, loss and seconds of each validation that a side prints, as it prints them."""
    command = [str(part) for part in command]
    started = None
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            for text in process.stdout:
                line = json.loads(text)
                started = started or time.perf_counter() - RONDO_FIRST_LINE
                if "validation_loss" in line:
                    passed = line.get("seconds", time.perf_counter() - started)
                    yield line["step"], line["validation_loss"], passed
        finally:
            process.terminate()
        message = process.stderr.read()
    if process.returncode not in (0, -15):
        raise Failed(f"{' '.join(command)}: exit status {process.returncode}: {message.strip()}")


class Comparison:
    def __init__(self, name, options, folder):
        self.name, self.setting = name, SETTINGS[name]
        self.rondo, self.threads, self.folder = options.rondo, options.threads, folder
        text = options.corpora / self.setting.text
        if self.setting.validation:
            self.train, self.valid = text, options.corpora / self.setting.validation
        else:
            whole = text.read_bytes()
            at = len(whole) - len(whole) // 10
            self.train, self.valid = folder / "train.txt", folder / "valid.txt"
            self.train.write_bytes(whole[:at])
            self.valid.write_bytes(whole[at:])

    def rondo_command(self, name, *more):
        return [
            self.rondo, "train", self.train, "--validation", self.valid, *self.setting.rondo.split(),
            "--sample-every", 0, "--threads", self.threads, "--out", self.folder / name, "--json", "--quiet", *more,
        ]  # fmt: skip

    def prepare(self):
        """A step of rondo gives the vocabulary, and so the ids for both."""
        run(self.rondo_command("vocabulary", "--steps", 1, "--validate-every", 0))
        model = self.folder / "vocabulary" / "last.safetensors"
        self.size = len(run([self.rondo, "tokenize", "vocabulary", model]).splitlines())
        for name, text in (("train", self.train), ("valid", self.valid)):
            ids = json.loads(run([self.rondo, "tokenize", "encode", model, text]).splitlines()[0])
            numpy.save(self.folder / f"{name}.npy", numpy.array(ids, dtype=numpy.int64))

    def peer_command(self, *more):
        return [
            sys.executable, HERE / "peers" / "torch_curve.py", self.folder / "train.npy", self.folder / "valid.npy",
            "--vocabulary-size", self.size, "--threads", self.threads, *self.setting.peer.split(), *more,
        ]  # fmt: skip

    def curve(self, side, command):
        """Up to the loss that is asked for, where one is."""
        points = []
        for point in validations(command):
            points.append(point)
            print(f"{side}: step {point[0]}, {point[1]:.4f} nats, {point[2]:.0f} s", file=sys.stderr)
            if self.setting.until and point[1] <= self.setting.until:
                break
        return points

    def measure(self, rounds):
        """The curves of both sides, round after round."""
        sides = {"rondo": [], "PyTorch": []}
        length = ["--epochs", self.setting.epochs] if self.setting.epochs else []
        for number in range(rounds):
            commands = {"rondo": self.rondo_command(f"run-{number}", *length), "PyTorch": self.peer_command(*length)}
            for side in sides if number % 2 == 0 else reversed(sides):
                sides[side].append(self.curve(side, commands[side]))
        return sides["rondo"], sides["PyTorch"]


def report(comparison, ours, theirs):
    until = comparison.setting.until
    rounds = "1 round" if len(ours) == 1 else f"{len(ours)} rounds"
    print(f"{comparison.name}: {rounds}, {comparison.threads} threads")
    if until:
        for name, side in (("rondo", ours), ("PyTorch", theirs)):
            if late := [curve[-1] for curve in side if curve[-1][1] > until]:
                print(f"  {name}: {until} nats are not reached: {late[0][1]:.4f} at the end, step {late[0][0]}")
                return
            steps = ", ".join(str(curve[-1][0]) for curve in side)
            seconds = statistics.median(curve[-1][2] for curve in side)
            print(f"  {name}: {until} nats after {seconds:.0f} s, at step {steps}")
        ratios = sorted(our[-1][2] / their[-1][2] for our, their in zip(ours, theirs))
        print(f"  time, rondo / PyTorch: {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")
        return
    print("  epoch  rondo, nats  PyTorch, nats  difference  rondo, s  PyTorch, s  time ratio")
    for epoch, (our, their) in enumerate(zip(ours[0], theirs[0]), 1):
        difference = 100 * (our[1] / their[1] - 1)
        print(
            f"  {epoch:5}  {our[1]:11.4f}  {their[1]:13.4f}  {difference:+9.2f}%  {our[2]:8.0f}  {their[2]:10.0f}"
            f"  {our[2] / their[2]:10.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", nargs="*", default=list(SETTINGS), help=f"of {', '.join(SETTINGS)}; all if none")
    parser.add_argument(
        "--corpora", type=pathlib.Path, required=True, help="a folder with tinyshakespeare.txt and brown/"
    )
    parser.add_argument("--rondo", type=pathlib.Path, default=HERE.parent / ".build" / "release" / "rondo")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    for name in options.settings:
        if name not in SETTINGS:
            parser.error(f"there is no setting {name}: there are {', '.join(SETTINGS)}")
    for name in options.settings:
        with tempfile.TemporaryDirectory() as folder:
            comparison = Comparison(name, options, pathlib.Path(folder))
            comparison.prepare()
            report(comparison, *comparison.measure(options.rounds))


if __name__ == "__main__":
    main()
