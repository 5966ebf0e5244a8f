#!/usr/bin/env python3
"""Measures rondo against PyTorch, onnxruntime and tokenizers on this machine, in turn, and prints a table of each kind.

Every round starts each side as a new process, one after the other and in turn first. A figure is the median over all
rounds; the ratio is that of the medians, beside it the smallest and largest ratio of a round. The share of the FMA
peak counts the operations that rondo's products execute, against the best of all rounds of a loop that does nothing
but fused multiply-adds in registers on as many threads; the limit is the ratio that all of that peak would be. Run by
`make bench`.
"""

import argparse
import itertools
import json
import os
import pathlib
import platform
import statistics
import sys
import tempfile
import time

import generation
import large_text
import sizes
import texts
import training
from measure import REPOSITORY, Failed, Settings, in_turn

# What --only takes, and of each the rows, made when it is their turn.
ROWS = {
    **{key: lambda settings, key=key: [training.training_row(key, settings)] for key in training.SHAPES},
    "h": training.cell_rows,
    "cells": training.variant_rows,
    "i-full": lambda settings: [training.softmax_row(settings)],
    "a1": lambda settings: [training.one_thread_row(settings)],
    "memory": lambda settings: [training.memory_row(settings)],
    **{key: lambda settings, key=key: [generation.generation_row(key, settings)] for key in generation.PRECISIONS},
    "streams": lambda settings: [generation.streams_row("f32", settings)],
    "streams-int8": lambda settings: [generation.streams_row("int8", settings)],
    "start": generation.start_rows,
    **{key: lambda settings, key=key: texts.text_rows(key, settings) for key in texts.TEXTS},
    "sizes": sizes.size_rows,
    "large-text": large_text.large_rows,
}
# It takes a quarter of an hour, and 7 GB of disk.
ONLY_BY_NAME = {"large-text"}
GROUPS = {
    "train": [*training.SHAPES, "h", "cells", "i-full", "a1"],
    "generate": [*generation.PRECISIONS, "streams", "streams-int8"],
    "text": list(texts.TEXTS),
}
QUICK = ["a", "b", "d", "memory", "f32", "int8", "streams-int8", "start", "english", "words"]


def chosen_rows(options):
    if options.only is None:
        return QUICK if options.quick else [key for key in ROWS if key not in ONLY_BY_NAME]
    chosen = []
    for name in options.only.split(","):
        if name not in ROWS and name not in GROUPS:
            raise SystemExit(f"bench.py: there is no row '{name}'; there are {', '.join([*ROWS, *GROUPS])}")
        chosen += GROUPS.get(name, [name])
    return list(dict.fromkeys(chosen))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def report(row, index, ours, theirs):
    peer = f", {row.peer_name} {number(theirs[-1])}, ratio {ours[-1] / theirs[-1]:.2f}" if theirs else ""
    print(f"  round {index + 1}: rondo {number(ours[-1])} {row.unit}{peer}", file=sys.stderr, flush=True)


def cells(result):
    row, ratio, share, limit = result.row, result.ratio(), result.share(), result.limit()
    spread, digits = (result.round_ratios(), 2) if row.peer else (result.ours, 1)
    return (
        row.key, row.work, number(statistics.median(result.ours)),
        number(statistics.median(result.theirs)) if row.peer else "", "" if ratio is None else f"{ratio:.2f}",
        f"{min(spread):.{digits}f}–{max(spread):.{digits}f}", row.target,
        "" if share is None else f"{share:.0%}", "" if limit is None else f"{limit:.2f}",
    )  # fmt: skip


def table(unit, peer, results):
    """A table in Markdown of rows that have a unit and a peer in common; columns that all leave empty are left out."""
    head = ("", unit, "Rondo", peer, "ratio", "rounds", "target", "peak", "limit")
    columns = list(zip(*[cells(result) for result in results]))
    used = [(title, column) for title, column in zip(head, columns) if any(column)]
    widths = [max(map(len, (title, *column))) for title, column in used]
    titles, *lines = zip(*[(title, *column) for title, column in used])
    ruled = [titles, tuple("-" * width for width in widths), *lines]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in ruled
    )


def warn_if_busy():
    load = os.getloadavg()[0]
    if load > 0.5:
        # Both sides wait for all their threads at every step: one that other work holds up stops the rest.
        print(f"bench.py: the machine is busy (load {load:.1f}); trust no figure of this run", file=sys.stderr)
    return load


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows, 3 short rounds: under three minutes")
    parser.add_argument("--only", metavar="ROWS", help=f"of {', '.join([*ROWS, *GROUPS])}; with commas between")
    parser.add_argument("--rounds", type=int, help="9, with --quick 3")
    parser.add_argument("--seconds", type=float, help="about what one side of a round takes: 5, with --quick 1")
    parser.add_argument("--large", type=int, default=2000, metavar="MB", help="of the text of large-text: 2000")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--corpora", type=pathlib.Path, metavar="FOLDER", help="real texts; see corpora.py")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures of all rounds there")
    parser.add_argument("--rondo", type=pathlib.Path, default=REPOSITORY / ".build/release/rondo")
    parser.add_argument("--built", type=pathlib.Path, default=REPOSITORY / ".build-bench", help="what bench.sh built")
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.quick else 9)

    load = warn_if_busy()
    results, notes, started = [], [], time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(
            rondo=options.rondo.resolve(),
            text_program=options.built.resolve() / "release/rondo-bench",
            kernels=options.built.resolve() / "kernels",
            folder=pathlib.Path(name),
            corpora=options.corpora,
            threads=options.threads,
            seconds=options.seconds or (1 if options.quick else 5),
            megabytes=20 if options.quick else 100,
            large_megabytes=options.large,
        )
        for key in (chosen := chosen_rows(options)):
            try:
                for row in ROWS[key](settings):
                    print(f"{row.key}: {row.work}", file=sys.stderr, flush=True)
                    results.append(in_turn(row, rounds, settings, report))
            except Failed as failure:
                notes.append(f"{key}: not measured: {failure}")
                print(f"bench.py: {notes[-1]}", file=sys.stderr, flush=True)
        if set(chosen) & {"f16", "int8"}:
            notes += generation.bits_per_character(settings)

    passed = time.perf_counter() - started
    peaks = {}
    for result in results:
        if result.peak:
            peaks[result.row.threads] = max(result.peak, peaks.get(result.row.threads, 0))
    for (unit, peer), group in itertools.groupby(results, lambda result: (result.row.unit, result.row.peer_name)):
        print(table(unit, peer, list(group)), end="\n\n")
    if set(chosen) & set(training.SHAPES):
        print(training.NOTATION)
    print("rounds: the least and the most; peak: share of the FMA peak; limit: the ratio that all of it would be")
    if "a" in chosen:
        print(f"target of a besides: {training.PEAK_SHARE:.0%} of the peak")
    for threads, peak in sorted(peaks.items()):
        print(f"FMA peak of {threads} thread{'s' if threads > 1 else ''}: {peak / 1e9:.0f} GFLOP/s")
    for note in notes:
        print(note)
    print(f"{rounds} rounds, {options.threads} threads, {platform.machine()}, {passed:.0f} s"
          + (f"; the machine was busy at the start (load {load:.1f})" if load > 0.5 else ""))  # fmt: skip
    if options.quick and options.only is None:
        print(f"--quick leaves out: {', '.join(key for key in ROWS if key not in QUICK)}")
    if options.json:
        figures = [
            {
                "row": result.row.key, "work": result.row.work, "unit": result.row.unit, "rondo": result.ours,
                "peer": result.row.peer_name, "peer_figures": result.theirs, "fma_peak": result.peak,
                "operations": result.row.operations,
            }
            for result in results
        ]  # fmt: skip
        options.json.write_text(json.dumps({"load": load, "rounds": rounds, "rows": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
