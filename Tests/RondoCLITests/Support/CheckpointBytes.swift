import Testing

/// A checkpoint as bytes, to be damaged with care.
struct CheckpointBytes {
  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8]) throws {
    try #require(bytes.count > 8)
    self.bytes = bytes
    try #require(headerCount <= bytes.count - 8)
  }

  private var headerCount: Int { bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) } }
  var header: String { String(decoding: bytes[8..<8 + headerCount], as: UTF8.self) }
  var dataCount: Int { bytes.count - 8 - headerCount }

  /// Replaces a text of the header by another of its length.
  mutating func replace(_ old: String, with new: String) throws {
    try #require(old.utf8.count == new.utf8.count)
    let start = try #require(offset(of: old))
    bytes.replaceSubrange(start..<start + old.utf8.count, with: new.utf8)
  }

  /// Makes the digest right again.
  mutating func seal() throws {
    let start = try #require(offset(of: "\"crc32c:")) + 8
    bytes.replaceSubrange(start..<start + 8, with: "00000000".utf8)
    let digits = String(Self.crc32c(bytes), radix: 16)
    let padded = String(repeating: "0", count: 8 - digits.count) + digits
    bytes.replaceSubrange(start..<start + 8, with: padded.utf8)
  }

  /// CRC-32C, bit by bit.
  static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    var register = UInt32.max
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 }
    }
    return ~register
  }

  private func offset(of text: String) -> Int? {
    let wanted = Array(text.utf8), end = 8 + headerCount
    return (8..<end).first { bytes[$0..<end].starts(with: wanted) }
  }
}
