#!/usr/bin/env python3
"""Writes Sources/RondoText/WordBreakTable+Data.swift, the Word_Break property, from Unicode's data files.

Usage: make-word-break-table.py [FOLDER]   the folder of the Unicode Character Database; /usr/share/unicode, where
                                           Debian's package unicode-data puts it, if none is named
"""

import re
import sys

import unicode_data

OUTPUT = unicode_data.ROOT / "Sources/RondoText/WordBreakTable+Data.swift"

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


def main():
    folder = unicode_data.folder(sys.argv[1:])
    words = unicode_data.read(folder, "auxiliary/WordBreakProperty.txt")
    emoji = unicode_data.read(folder, "emoji/emoji-data.txt")
    version = re.match(r"# WordBreakProperty-([0-9.]+)\.txt", words)[1]
    year = re.search(r"© (\d+)", words)[1]
    emoji_version = re.search(r"Emoji Version ([0-9.]+)", emoji)[1]
    if not version.startswith(emoji_version + "."):
        sys.exit(f"emoji-data.txt is of version {emoji_version}, WordBreakProperty.txt of {version}")

    properties = bytearray(LIMIT)
    for first, last, name in unicode_data.ranges(words, CLASSES):
        properties[first : last + 1] = bytes([CLASSES.index(name)]) * (last + 1 - first)
    for first, last, _ in unicode_data.ranges(emoji, ["Extended_Pictographic"]):
        for scalar in range(first, last + 1):
            properties[scalar] |= PICTOGRAPHIC

    changes = [
        f"0x{scalar << 8 | properties[scalar]:X}"
        for scalar in range(LIMIT)
        if scalar == 0 or properties[scalar] != properties[scalar - 1]
    ]
    unicode_data.write_table(OUTPUT, HEADER.format(version=version, year=year), changes)


if __name__ == "__main__":
    main()
