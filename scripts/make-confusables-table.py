#!/usr/bin/env python3
"""Writes Sources/RondoText/ConfusablesTable+Data.swift, a part of Unicode's confusable characters (UTS #39).

Usage: make-confusables-table.py CONFUSABLES [FOLDER]   confusables.txt, which unicode.org has under Public/security, and
                                                        the folder of the Unicode Character Database; /usr/share/unicode
                                                        if none is named

What is taken of the file: code points of the Basic Multilingual Plane that are letters, digits, marks, spaces,
punctuation or mathematical signs of Latin, Greek, Cyrillic or of no script of their own, with prototypes that are so
too. Where the prototype is several code points (m and rn), it is taken for punctuation and for ligatures alone.
"""

import pathlib
import re
import sys
import unicodedata

import unicode_data

OUTPUT = unicode_data.ROOT / "Sources/RondoText/ConfusablesTable+Data.swift"

SCRIPTS = {"Latin", "Greek", "Cyrillic", "Common", "Inherited"}

HEADER = """\
// Made by scripts/make-confusables-table.py from confusables.txt of Unicode {version}.
//
// © {year} Unicode®, Inc. That file may be used under docs/unicode-license.txt; here a part of it is in another form.

extension ConfusablesTable {{
  /// A code point in the upper half, in the lower one the prototype that it is mistaken for. Where that is several code
  /// points, there is a number for each, in their order.
  static let pairs: [UInt32] = [
"""


def is_taken(source, prototype, in_scripts):
    character = chr(source)
    category = unicodedata.category(character)
    if not all(scalar in in_scripts and scalar <= 0xFFFF for scalar in [source, *prototype]):
        return False
    # What decomposes is decomposed before it is looked up.
    if unicodedata.normalize("NFD", character) != character:
        return False
    if len(prototype) == 1:
        return category[0] in "LMNPZ" or category in ("Sk", "Sm")
    is_ligature = unicodedata.normalize("NFKD", character) == "".join(map(chr, prototype))
    return category[0] == "P" or category[0] == "L" and is_ligature


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = unicode_data.folder(sys.argv[2:])
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8-sig")
    version = re.search(r"^# Version: ([0-9.]+)$", text, re.MULTILINE)[1]
    year = re.search(r"© (\d+)", text)[1]
    in_scripts = set()
    for first, last, _ in unicode_data.ranges(unicode_data.read(folder, "Scripts.txt"), SCRIPTS):
        in_scripts.update(range(first, last + 1))

    pairs = []
    for source, prototype in re.findall(r"^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA", text, re.MULTILINE):
        prototype = [int(scalar, 16) for scalar in prototype.split()]
        if is_taken(int(source, 16), prototype, in_scripts):
            pairs.append((int(source, 16), prototype))
    numbers = [f"0x{source:04X}_{scalar:04X}" for source, prototype in sorted(pairs) for scalar in prototype]
    unicode_data.write_table(OUTPUT, HEADER.format(version=version, year=year), numbers)


if __name__ == "__main__":
    main()
