"""A made-up text of any size with many different words: read, encoded and trained on, in little memory."""

import json
import math
import os
import shutil
import subprocess
import time

import numpy

import corpora
from measure import Failed, Row, high_water_mark

TOKENIZERS = ("character", "word", "subword")
LAYERS, HIDDEN, BATCH, WINDOW = 1, 128, 64, 64
TRAINING_SECONDS = 60
SPARE = 500  # MB of disk that stay free
MOST_MEMORY = 300  # MB

WORDS = 50_000_000
SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnpqrstvwxz" for vowel in "aeiou"]
BLOCK = 1_000_000  # words that are made at a time
PASSAGE = 100_000  # bytes of real text between them


def made_words(generator):
    """Lines of a million words, the n-th of all as likely as 1/n. A word is its number, a syllable for each two digits."""
    numbers = numpy.exp(generator.random(BLOCK) * math.log(WORDS)).astype(numpy.int64)
    base = len(SYLLABLES)
    syllables = numpy.array([list(syllable.encode()) for syllable in SYLLABLES], dtype=numpy.uint8)
    most = math.ceil(math.log(WORDS, base))
    letters = numpy.empty((BLOCK, 2 * most + 1), dtype=numpy.uint8)
    used = numpy.ones(letters.shape, dtype=bool)
    for place in range(most):
        letters[:, 2 * place : 2 * place + 2] = syllables[numbers // base**place % base]
        if place > 0:
            used[:, 2 * place : 2 * place + 2] = (numbers >= base**place)[:, None]
    letters[:, -1] = ord(" ")
    letters[11::12, -1] = ord("\n")
    return letters[used].tobytes()


def made_text(megabytes, settings):
    """A file of so many megabytes: such lines, and passages of real text between them. Always the same."""
    made = settings.folder / f"large-{megabytes}.txt"
    if made.exists():
        return made
    generator = numpy.random.default_rng(corpora.SEED)
    real = corpora.path("English", settings).read_bytes()
    left = megabytes * 1_000_000
    with open(made, "wb") as file:
        while left > 0:
            start = real.index(b"\n", int(generator.integers(len(real) - PASSAGE))) + 1
            end = real.rindex(b"\n", start, start + PASSAGE) + 1
            part = (made_words(generator) + b"\n" + real[start:end])[:left]
            file.write(part)
            left -= len(part)
    return made


class LargeText:
    """One run for each tokenizer, which gives all figures of its rows."""

    def __init__(self, settings):
        # Besides the text, 2 bytes for each token, of which there are at most as many as bytes.
        needed = 3 * settings.large_megabytes + SPARE
        free = shutil.disk_usage(settings.folder).free // 1_000_000
        if free < needed:
            raise Failed(f"{settings.folder} has {free} MB of {needed} MB that this takes; TMPDIR names another folder")
        self.settings = settings
        self.figures = {}

    def run(self, tokenizer):
        settings = self.settings
        out = settings.folder / "run-large"
        command = [
            settings.rondo, "train", made_text(settings.large_megabytes, settings), "--tokenizer", tokenizer,
            "--layers", LAYERS, "--hidden-size", HIDDEN, "--batch-size", BATCH, "--window", WINDOW, "--seed", 1,
            "--sample-every", 0, "--max-time", f"{TRAINING_SECONDS}s", "--threads", settings.threads,
            "--out", out, "--json", "--quiet",
        ]  # fmt: skip
        start = time.perf_counter()
        first, speeds, memory = None, [], 0
        try:
            with subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(settings.folder)},
            ) as process:  # fmt: skip
                for text in process.stdout:
                    first = first or time.perf_counter()
                    memory = max(memory, high_water_mark(process))
                    line = json.loads(text)
                    if "tokens_per_second" in line:
                        speeds.append(line["tokens_per_second"])
                while process.poll() is None:
                    memory = max(memory, high_water_mark(process))
                    time.sleep(0.02)
                message = process.stderr.read()
        finally:
            shutil.rmtree(out, ignore_errors=True)
        if process.returncode != 0 or not speeds:
            raise Failed(f"training by {tokenizer}: exit status {process.returncode}: {message.strip()}")
        return {
            "speed": settings.large_megabytes / (first - start),
            "training": float(numpy.median(speeds)),
            "memory": memory / 1e6,
        }

    def figure(self, name, tokenizer):
        if tokenizer not in self.figures:
            self.figures[tokenizer] = self.run(tokenizer)
        return self.figures[tokenizer][name]


def large_rows(settings):
    large = LargeText(settings)

    def row(name, work, unit, target, tokenizer):
        return Row(
            "large-text", f"{work} by {tokenizer}, {settings.large_megabytes:,} MB of text", unit, target,
            lambda: large.figure(name, tokenizer), most_rounds=1,
        )  # fmt: skip

    return [
        row(name, work, unit, target, tokenizer)
        for name, work, unit, target in (
            ("speed", "up to the first step", "MB/s", ""),
            ("training", f"train {LAYERS}x{HIDDEN} {BATCH}x{WINDOW}", "tokens/s", ""),
            ("memory", "peak memory", "MB", f"≤ {MOST_MEMORY}"),
        )
        for tokenizer in TOKENIZERS
    ]
