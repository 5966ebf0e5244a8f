/// Signs that a text was decoded wrongly on its way here. It is valid UTF-8 all the same, so that nothing else shows it.
package struct DecodingSigns: Sendable, Equatable {
  /// Code points that were looked at.
  package private(set) var characterCount = 0
  /// U+FFFD among them, which a decoder writes for what it cannot read.
  package private(set) var replacementCount = 0
  /// Code points that are not ASCII.
  package private(set) var nonASCIICount = 0
  /// Sequences such as `Ã¼` and `â€™`, which come of UTF-8 that is read as Latin-1 or Windows-1252.
  package private(set) var doublyEncodedCount = 0
  /// The code points of these sequences.
  package private(set) var doublyEncodedLength = 0

  /// Looks at a text.
  package init(_ text: some Sequence<Unicode.Scalar>) {
    var missing = 0, length = 0
    for scalar in text {
      characterCount += 1
      if scalar == "\u{FFFD}" { replacementCount += 1 }
      if !scalar.isASCII { nonASCIICount += 1 }
      if missing > 0, Self.isTrail(scalar) {
        missing -= 1
        length += 1
        if missing == 0 {
          doublyEncodedCount += 1
          doublyEncodedLength += length
        }
      } else {
        missing = Self.trailCount(scalar)
        length = 1
      }
    }
  }

  /// More than a thousandth of the text, and not one or two alone, is U+FFFD.
  package var showsReplacements: Bool {
    replacementCount >= 3 && replacementCount * 1000 > characterCount
  }

  /// More than a fifth of what is not ASCII is UTF-8 in UTF-8. Where that happened it is nearly all of it; in sound text
  /// such neighbours are rare, as in `CAFÉ—`.
  package var showsDoubleEncoding: Bool {
    doublyEncodedCount >= 3 && doublyEncodedLength * 5 > nonASCIICount
  }

  /// How many bytes come behind a first byte of UTF-8 that is this code point in Latin-1; 0 for all others.
  private static func trailCount(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0xC2...0xDF: 1
    case 0xE0...0xEF: 2
    case 0xF0...0xF4: 3
    default: 0
    }
  }

  /// Whether a code point is a byte from 0x80 to 0xBF in Latin-1 or Windows-1252.
  private static func isTrail(_ scalar: Unicode.Scalar) -> Bool {
    0x80...0xBF ~= scalar.value || windows1252.contains(scalar)
  }

  /// What the bytes 0x80 to 0x9F are in Windows-1252.
  private static let windows1252 = Set("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".unicodeScalars)
}
