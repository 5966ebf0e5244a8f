#!/usr/bin/env python3
"""Writes Sources/RondoText/WordBreakTable+Data.swift, the Word_Break property, from Unicode's data files.

Usage: make-word-break-table.py [FOLDER]   the folder of the Unicode Character Database; /usr/share/unicode, where
                                           Debian's package unicode-data puts it, if none is named
"""

import pathlib
import re
import sys

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "Sources/RondoText/WordBreakTable+Data.swift"

# In the order of WordBreakClass.
CLASSES = """Other CR LF Newline Extend Format ZWJ Regional_Indicator Katakana Hebrew_Letter ALetter Numeric ExtendNumLet
Single_Quote Double_Quote MidNumLet MidLetter MidNum WSegSpace""".split()
PICTOGRAPHIC = 0x80
LIMIT = 0x110000

HEADER = """\
// Made by scripts/make-word-break-table.py from WordBreakProperty.txt and emoji-data.txt of Unicode {version}.
//
// © {year} Unicode®, Inc. Those files may be used under docs/unicode-license.txt; here they are in another form.

extension WordBreakTable {{
  /// The version of Unicode the data is of.
  static let unicodeVersion = "{version}"

  /// Where the property changes: the first code point of a range, and in the last two digits what holds from there
  /// on (`WordBreakProperty.bits`).
  static let changes: [UInt32] = [
"""


def ranges(text, names):
    """The (first, last, value) of the lines whose value is one of `names`."""
    for line in text.splitlines():
        match = re.match(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)", line)
        if match and match[3] in names:
            yield int(match[1], 16), int(match[2] or match[1], 16), match[3]


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    words = (folder / "auxiliary/WordBreakProperty.txt").read_text(encoding="utf-8")
    emoji = (folder / "emoji/emoji-data.txt").read_text(encoding="utf-8")
    version = re.match(r"# WordBreakProperty-([0-9.]+)\.txt", words)[1]
    year = re.search(r"© (\d+)", words)[1]
    emoji_version = re.search(r"Emoji Version ([0-9.]+)", emoji)[1]
    if not version.startswith(emoji_version + "."):
        sys.exit(f"emoji-data.txt is of version {emoji_version}, WordBreakProperty.txt of {version}")

    properties = bytearray(LIMIT)
    for first, last, name in ranges(words, CLASSES):
        properties[first : last + 1] = bytes([CLASSES.index(name)]) * (last + 1 - first)
    for first, last, _ in ranges(emoji, ["Extended_Pictographic"]):
        for scalar in range(first, last + 1):
            properties[scalar] |= PICTOGRAPHIC

    changes = [
        f"0x{scalar << 8 | properties[scalar]:X}"
        for scalar in range(LIMIT)
        if scalar == 0 or properties[scalar] != properties[scalar - 1]
    ]
    with OUTPUT.open("w", encoding="utf-8") as output:
        output.write(HEADER.format(version=version, year=year))
        for start in range(0, len(changes), 8):
            output.write("    " + ", ".join(changes[start : start + 8]) + ",\n")
        output.write("  ]\n}\n")


if __name__ == "__main__":
    main()
