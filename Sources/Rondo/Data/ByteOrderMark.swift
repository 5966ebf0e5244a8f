/// The bytes of U+FEFF at the start of a text, which say in which encoding it is.
enum ByteOrderMark {
  /// That of UTF-8, which is dropped and converts nothing.
  static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The longest mark has four bytes.
  static let longest = 4

  /// The encoding that the beginning of a text names, and the bytes of the mark; nil for UTF-8 and without a mark.
  /// The four bytes of UTF-32 are looked for first: in UTF-16 they would be a mark before U+0000, which no text has.
  static func wide(_ beginning: [UInt8]) -> (encoding: String, count: Int)? {
    for (mark, encoding) in marks where beginning.starts(with: mark) { return (encoding, mark.count) }
    return nil
  }

  private static let marks: [(mark: [UInt8], encoding: String)] = [
    ([0xFF, 0xFE, 0x00, 0x00], "UTF-32LE"), ([0x00, 0x00, 0xFE, 0xFF], "UTF-32BE"),
    ([0xFF, 0xFE], "UTF-16LE"), ([0xFE, 0xFF], "UTF-16BE"),
  ]
}
