#!/usr/bin/env python3
"""Writes extracts of Unicode's conformance tests into Tests/RondoTextTests/Fixtures, for machines without the files.

Usage: make-unicode-extracts.py [FOLDER]   the folder of the Unicode Character Database; /usr/share/unicode, where
                                           Debian's package unicode-data puts it, if none is named
"""

import pathlib
import sys

import unicode_data

OUTPUT = unicode_data.ROOT / "Tests/RondoTextTests/Fixtures"
FILES = ["auxiliary/GraphemeBreakTest", "auxiliary/WordBreakTest", "NormalizationTest"]
LINES = 40  # from all over each file


def main():
    folder = unicode_data.folder(sys.argv[1:])
    for name in FILES:
        lines = unicode_data.read(folder, name + ".txt").splitlines()
        start = next(index for index, line in enumerate(lines) if line and not line.startswith("#"))
        tests = [line for line in lines[start:] if line and not line.startswith("#")]
        # The name of every part and its first lines, some from all over, and the last, which are the long ones.
        parts = [index for index, line in enumerate(tests) if index == 0 or line.startswith("@")]
        kept = set(range(0, len(tests), len(tests) // LINES)) | set(range(len(tests) - 12, len(tests)))
        for part in parts:
            kept |= set(range(part, part + 8))
        title = "# " + pathlib.Path(name).name
        header = [line for line in lines[:start] if line.startswith((title, "# Date", "# ©", "# For terms"))]
        note = "# An extract, made by scripts/make-unicode-extracts.py; may be used under docs/unicode-license.txt"
        with (OUTPUT / (pathlib.Path(name).name + ".txt")).open("w", encoding="utf-8") as output:
            output.write("\n".join([*header, note, *(tests[index] for index in sorted(kept))]) + "\n")


if __name__ == "__main__":
    main()
