"""A corpus of 1 MB, of 100 MB and of 1 GB: a token costs the same, and memory stays."""

import os
import shutil

import corpora
from measure import Failed, Row, peak_memory, seconds_of, tokens_per_second

SMALL, LARGE = 1, (100, 1000)  # MB
LAYERS, HIDDEN, BATCH, WINDOW = 1, 128, 64, 64
UNTIMED_STEPS = 20  # the first come before the first line that rondo prints
SPARE = 200  # MB of disk that stay free


class Sized:
    """Training the same small model on fables over and over, up to so many megabytes."""

    def __init__(self, settings):
        # rondo keeps 2 bytes for each token in a file in TMPDIR.
        needed = SMALL + sum(LARGE) + 2 * max(LARGE) + SPARE
        free = shutil.disk_usage(settings.folder).free // 1_000_000
        if free < needed:
            raise Failed(f"{settings.folder} has {free} MB of {needed} MB that this takes; TMPDIR names another folder")
        self.settings = settings
        self.environment = {**os.environ, "TMPDIR": str(settings.folder)}
        tokens_a_step = BATCH * WINDOW
        self.steps = UNTIMED_STEPS + 300
        self.steps = UNTIMED_STEPS + max(100, int(self.speed(SMALL) * settings.seconds / tokens_a_step))

    def command(self, megabytes, steps):
        return [
            self.settings.rondo, "train", corpora.repeated("English", megabytes, self.settings),
            "--layers", LAYERS, "--hidden-size", HIDDEN, "--batch-size", BATCH, "--window", WINDOW,
            "--seed", 1, "--validation-fraction", 0, "--validate-every", 0, "--sample-every", 0,
            "--steps", steps, "--threads", self.settings.threads, "--out", self.out(), "--json", "--quiet",
        ]  # fmt: skip

    def out(self):
        return self.settings.folder / "run-sizes"

    def measured(self, measure, megabytes, steps, *arguments):
        try:
            return measure(self.command(megabytes, steps), *arguments, env=self.environment)
        finally:
            shutil.rmtree(self.out(), ignore_errors=True)

    def speed(self, megabytes):
        """Tokens a second of the steps alone."""
        return self.measured(tokens_per_second, megabytes, self.steps, BATCH * WINDOW, UNTIMED_STEPS)

    def preparation(self, megabytes):
        """MB a second of a whole process of one step: nearly all of it is reading, counting and encoding the text."""
        return megabytes / self.measured(seconds_of, megabytes, 1)

    def memory(self, megabytes):
        return self.measured(peak_memory, megabytes, UNTIMED_STEPS) / 1e6


def size_rows(settings):
    sized = Sized(settings)
    middle, largest = LARGE

    def row(key, work, unit, measure, megabytes, beside, rounds):
        return Row(
            key, f"{work}, {megabytes:,} MB of text", unit, "flat", lambda: measure(megabytes),
            lambda: measure(beside), f"{beside} MB", most_rounds=rounds,
        )  # fmt: skip

    shape = f"train {LAYERS}x{HIDDEN} {BATCH}x{WINDOW}"
    return [
        *(row("sizes", shape, "tokens/s", sized.speed, megabytes, SMALL, 5) for megabytes in LARGE),
        row("sizes", "up to the first step", "MB/s", sized.preparation, largest, middle, 1),
        *(row("sizes", "peak memory", "MB", sized.memory, megabytes, SMALL, 1) for megabytes in LARGE),
    ]
