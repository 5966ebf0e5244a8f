#!/usr/bin/env python3
"""Trains on a text with one setting and then with one ingredient changed at a time, each for the same time, and prints
a table of the best validation losses.

The last tenth of the text is held out. What stands in a line comes after the common setting, and of an option that is
given twice the last holds. Run by `make ingredients`.
"""

import argparse
import json
import pathlib
import tempfile

from measure import REPOSITORY, run

COMMON = (
    "--layers 2 --hidden-size 512 --embedding-size 64 --batch-size 16 --window 64 --learning-rate 0.006"
    " --weight-decay 0.034 --dropout 0.2 --weight-drop 0"
)
INGREDIENTS = [
    "",
    "--dropout 0",
    "--dropout 0.3 --weight-drop 0.1",
    "--locked-dropout",
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


def train(options, ingredient, folder):
    """Steps in all, the best validation loss and its step."""
    arguments = [*COMMON.split(), "--max-time", f"{60 * options.minutes:g}s", *ingredient.split()]
    lines = run([
        options.rondo, "train", options.text, "--out", folder / "run", "--sample-every", 0, "--threads", options.threads,
        "--json", "--quiet", *arguments,
    ]).splitlines()  # fmt: skip
    points = [(line["validation_loss"], line["step"]) for line in map(json.loads, lines) if "validation_loss" in line]
    return points[-1][1], *min(points)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=pathlib.Path, help="a text such as tinyshakespeare.txt")
    parser.add_argument("--minutes", type=float, default=8, help="of each training")
    parser.add_argument("--only", type=int, nargs="+", metavar="LINE", help="some lines of the table, from 1")
    parser.add_argument("--rondo", type=pathlib.Path, default=REPOSITORY / ".build" / "release" / "rondo")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    numbers = options.only or range(1, len(INGREDIENTS) + 1)
    if any(not 1 <= number <= len(INGREDIENTS) for number in numbers):
        parser.error(f"there are lines 1 to {len(INGREDIENTS)}")
    print(f"{options.text.name}, {options.minutes:g} minutes each, {options.threads} threads: {COMMON}\n")
    print("| changed | best loss | at step | of |\n|---|---|---|---|")
    for number in numbers:
        ingredient = INGREDIENTS[number - 1]
        with tempfile.TemporaryDirectory() as folder:
            steps, loss, step = train(options, ingredient, pathlib.Path(folder))
        name = f"`{ingredient}`" if ingredient else "nothing"
        print(f"| {name} | {loss:.4f} | {step:,} | {steps:,} |".replace(",", " "), flush=True)


if __name__ == "__main__":
    main()
