"""Reads Unicode's data files and writes what is made of them; shared by the scripts beside it, never run."""

import bz2
import gzip
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Where Debian's package unicode-data puts the Unicode Character Database.
USUAL_FOLDER = "/usr/share/unicode"
OPENERS = {"": open, ".bz2": bz2.open, ".gz": gzip.open}


def folder(arguments):
    """The folder that is named after the other arguments, or the usual one."""
    return pathlib.Path(arguments[0] if arguments else USUAL_FOLDER)


def read(folder, name):
    """The text of a file, which may be compressed."""
    for suffix, opener in OPENERS.items():
        path = folder / (name + suffix)
        if path.exists():
            with opener(path, "rt", encoding="utf-8") as file:
                return file.read()
    raise SystemExit(f"there is no {name} in {folder}, nor one that is compressed")


def ranges(text, names):
    """The (first, last, value) of the lines whose value is one of `names`."""
    for line in text.splitlines():
        match = re.match(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)", line)
        if match and match[3] in names:
            yield int(match[1], 16), int(match[2] or match[1], 16), match[3]


def write_table(path, header, numbers):
    """A Swift file that ends in an array of numbers, eight in a line; `header` is what comes before them."""
    with path.open("w", encoding="utf-8") as output:
        output.write(header)
        for start in range(0, len(numbers), 8):
            output.write("    " + ", ".join(numbers[start : start + 8]) + ",\n")
        output.write("  ]\n}\n")
