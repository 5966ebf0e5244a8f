/// Signs that a text was decoded wrongly on its way here. It is valid UTF-8 all the same, so that nothing else shows it.
package struct DecodingSigns: Sendable, Equatable, Codable {
  /// Bytes of UTF-8 that were looked at.
  package private(set) var byteCount = 0
  /// U+FFFD among them, which a decoder writes for what it cannot read.
  package private(set) var replacementCount = 0
  /// Bytes that are not ASCII.
  package private(set) var nonASCIIByteCount = 0
  /// Sequences such as `Ã¼` and `â€™`, which come of UTF-8 that is read as Latin-1 or Windows-1252.
  package private(set) var doublyEncodedCount = 0
  /// The bytes of these sequences.
  package private(set) var doublyEncodedByteCount = 0

  /// Of no text.
  package init() {}

  /// Looks at a part of a text. What the part cuts through is not seen, and bytes that are not UTF-8 are no sign.
  package init(_ text: [UInt8]) {
    byteCount = text.count
    let content = unsafe text.span.bytes
    func word(_ start: Int) -> UInt64 {
      unsafe content.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
    }
    var start = 0
    // Up to here signs have been looked for.
    var position = 0
    while start + 10 <= text.count {
      let bytes = word(start)
      let high = bytes & Self.repeated(0x80)
      if high != 0 {
        nonASCIIByteCount += Int(truncatingIfNeeded: (high >> 7 &* Self.repeated(1)) >> 56)
        // The third byte of a doubled sequence begins a code point too, as hardly one after an `é` does.
        let doubled = Self.matches(Self.doubled, bytes) & Self.leads(word(start + 2))
        let replaced = Self.matches(Self.replacement, bytes) & Self.matches(0xBF, word(start + 1))
        if doubled | replaced != 0 {
          position = max(position, start)
          while position < start + 8 { position += take(text, at: position) }
        }
      }
      start += 8
    }
    nonASCIIByteCount += text[start...].count { $0 >= 0x80 }
    position = max(position, start)
    while position < text.count { position += take(text, at: position) }
  }

  /// Those of two texts together.
  package static func += (sum: inout DecodingSigns, other: DecodingSigns) {
    sum.byteCount += other.byteCount
    sum.replacementCount += other.replacementCount
    sum.nonASCIIByteCount += other.nonASCIIByteCount
    sum.doublyEncodedCount += other.doublyEncodedCount
    sum.doublyEncodedByteCount += other.doublyEncodedByteCount
  }

  /// More than one for each 1 000 bytes, and not one or two alone, are U+FFFD.
  package var showsReplacements: Bool {
    replacementCount >= 3 && replacementCount * 1000 > byteCount
  }

  /// More than a fifth of what is not ASCII is UTF-8 in UTF-8. Where that happened it is nearly all of it; in sound text
  /// such neighbours are rare, as in `CAFÉ—`.
  package var showsDoubleEncoding: Bool {
    doublyEncodedCount >= 3 && doublyEncodedByteCount * 5 > nonASCIIByteCount
  }

  /// Whether they can be those of a text of so many bytes or fewer.
  func arePossible(in wholeByteCount: Int) -> Bool {
    0...wholeByteCount ~= byteCount
      && [replacementCount, nonASCIIByteCount, doublyEncodedCount, doublyEncodedByteCount].allSatisfy {
        0...byteCount ~= $0
      }
  }

  // MARK: Looking

  /// With this begins U+FFFD.
  private static let replacement: UInt8 = 0xEF
  /// With this begin, in UTF-8, the code points that are first bytes of UTF-8 in Latin-1: U+00C2 to U+00F4.
  private static let doubled: UInt8 = 0xC3
  /// What the bytes 0x80 to 0x9F are in Windows-1252.
  private static let windows1252 = Set("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".unicodeScalars.map(\.value))

  private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// Has the highest bit of each of eight bytes that is this one, by Mycroft's test for a byte of zero; where there is one,
  /// perhaps of others.
  private static func matches(_ byte: UInt8, _ word: UInt64) -> UInt64 {
    let difference = word ^ repeated(byte)
    return (difference &- repeated(1)) & ~difference & repeated(0x80)
  }

  /// Has the highest bit of each of eight bytes that begins a code point of several.
  private static func leads(_ word: UInt64) -> UInt64 { word & word << 1 & repeated(0x80) }

  /// Counts the sign that begins at a byte.
  ///
  /// - Returns: how many bytes it has; 1 where there is none.
  private mutating func take(_ text: [UInt8], at start: Int) -> Int {
    if text[start] == Self.replacement, start + 2 < text.count, text[start + 1] == 0xBF,
      text[start + 2] == 0xBD
    {
      replacementCount += 1
      return 3
    }
    guard text[start] == Self.doubled, start + 1 < text.count, 0x80...0xBF ~= text[start + 1] else {
      return 1
    }
    let trailCount = Self.trailCount(text[start + 1] + 0x40)
    guard trailCount > 0 else { return 1 }
    var end = start + 2
    for _ in 0..<trailCount {
      guard let length = Self.trailLength(text, at: end) else { return 1 }
      end += length
    }
    doublyEncodedCount += 1
    doublyEncodedByteCount += end - start
    return end - start
  }

  /// How many bytes come after a first byte of UTF-8; 0 for what is none.
  private static func trailCount(_ first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 1
    case 0xE0...0xEF: 2
    case 0xF0...0xF4: 3
    default: 0
    }
  }

  /// How many bytes the code point has that begins here, if it is a byte from 0x80 to 0xBF in Latin-1 or Windows-1252.
  private static func trailLength(_ text: [UInt8], at start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    let (first, second) = (UInt32(text[start]), UInt32(text[start + 1] & 0x3F))
    switch first {
    case 0xC2: return 2
    case 0xC5, 0xC6, 0xCB: return windows1252.contains((first & 0x1F) << 6 | second) ? 2 : nil
    case 0xE2:
      guard start + 2 < text.count else { return nil }
      let third = UInt32(text[start + 2] & 0x3F)
      return windows1252.contains((first & 0xF) << 12 | second << 6 | third) ? 3 : nil
    default: return nil
    }
  }
}
