#!/usr/bin/env python3
"""Trains on a text with one setting and then with one ingredient changed at a time, and prints a table of the best
validation losses.

Each has the same time on a quiet machine: the number of steps is the common setting's, times how fast the ingredient's
are. The two speeds are measured in turn before each training, so that whatever else runs meanwhile changes the seconds
in the last column alone.

The last tenth of the text is held out. What stands in a line comes after the common setting, and of an option that is
given twice the last holds. Run by `make ingredients`.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

from measure import REPOSITORY, Failed, run

COMMON = (
    "--layers 2 --hidden-size 512 --embedding-size 64 --batch-size 16 --window 64 --learning-rate 0.006"
    " --weight-decay 0.034 --dropout 0 --weight-drop 0"
)
INGREDIENTS = [
    "",
    "--dropout 0.2",
    "--dropout 0.3 --weight-drop 0.1",
    "--dropout 0.2 --locked-dropout",
    "--dropout-embedding 0.1",
    "--activation-regularization 2 --temporal-activation-regularization 1",
    "--schedule constant",
    "--average-decay 0.999",
    "--schedule constant --average-decay 0.999",
    "--random-window",
    "--weight-decay 0",
    "--weight-decay 0.17",
    "--learning-rate 0.003",
    "--layer-norm",
    "--residual",
    "--cell gru",
    "--cell peephole",
    "--cell mogrifier",
    "--batch-size 32",
    "--window 128",
    "--layers 3 --hidden-size 384",
]
SPEED_SECONDS = 4  # of a measurement
SPEED_ROUNDS = 3
TRAINING_SHARE = 0.95  # of the time; the rest is for validations


class Trainings:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.speed = 0  # of the common setting, the fastest so far

    def command(self, ingredient, *more):
        """In a new folder, which nothing else needs."""
        out = tempfile.mkdtemp(dir=self.folder)
        return [
            self.options.rondo, "train", self.options.text, "--out", out, "--sample-every", 0, "--threads",
            self.options.threads, "--json", "--quiet", *COMMON.split(), *ingredient.split(), *more,
        ]  # fmt: skip

    def steps_per_second(self, ingredient):
        """From the first line, which comes after some steps, to one a few seconds later."""
        command = [str(part) for part in self.command(ingredient, "--steps", 1_000_000, "--validate-every", 0)]
        first = None
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
            try:
                for text in process.stdout:
                    step, now = json.loads(text)["step"], time.perf_counter()
                    first = first or (step, now)
                    if now - first[1] >= SPEED_SECONDS:
                        return (step - first[0]) / (now - first[1])
            finally:
                process.kill()
        raise Failed(f"{' '.join(command)}: it ended before its speed was known")

    def steps(self, ingredient):
        """As many as the ingredient has time for."""
        speeds = [(self.steps_per_second(""), self.steps_per_second(ingredient)) for _ in range(SPEED_ROUNDS)]
        common = max(speed for speed, _ in speeds)
        self.speed = max(self.speed, common)
        steps = self.options.steps or self.speed * 60 * self.options.minutes * TRAINING_SHARE
        return round(steps * max(speed for _, speed in speeds) / common) if ingredient else round(steps)

    def train(self, ingredient):
        """Steps, the best validation loss and its step, and the seconds that they took."""
        steps = self.steps(ingredient)
        started = time.perf_counter()
        lines = map(json.loads, run(self.command(ingredient, "--steps", steps)).splitlines())
        seconds = time.perf_counter() - started
        points = [(line["validation_loss"], line["step"]) for line in lines if "validation_loss" in line]
        return steps, *min(points), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=pathlib.Path, help="a text such as tinyshakespeare.txt")
    parser.add_argument("--minutes", type=float, default=8, help="of each training")
    parser.add_argument("--steps", type=int, help="of the common setting; as many as it has time for if not given")
    parser.add_argument("--only", type=int, nargs="+", metavar="LINE", help="some lines of the table, from 1")
    parser.add_argument("--rondo", type=pathlib.Path, default=REPOSITORY / ".build" / "release" / "rondo")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    numbers = options.only or range(1, len(INGREDIENTS) + 1)
    if any(not 1 <= number <= len(INGREDIENTS) for number in numbers):
        parser.error(f"there are lines 1 to {len(INGREDIENTS)}")
    print(f"{options.text.name}, {options.minutes:g} minutes each, {options.threads} threads: {COMMON}\n")
    print("| changed | best loss | at step | of | seconds |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        trainings = Trainings(options, folder)
        for number in numbers:
            ingredient = INGREDIENTS[number - 1]
            steps, loss, step, seconds = trainings.train(ingredient)
            name = f"`{ingredient}`" if ingredient else "nothing"
            print(f"| {name} | {loss:.4f} | {step:,} | {steps:,} | {seconds:.0f} |".replace(",", " "), flush=True)


if __name__ == "__main__":
    main()
