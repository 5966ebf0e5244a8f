import Testing

@testable import Rondo

@Suite struct XXH64Tests {
  private func checksum(_ bytes: [UInt8]) -> UInt64 {
    var checksum = XXH64()
    checksum.update(bytes)
    return checksum.value
  }

  /// What xxhsum writes; the last goes through every path: stripes, eight, four and single bytes.
  @Test(arguments: [
    ("", 0xEF46_DB37_51D8_E999 as UInt64), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
    ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
  ])
  func publishedValues(text: String, expected: UInt64) {
    #expect(checksum(Array(text.utf8)) == expected)
  }

  @Test func piecesAreTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 2) }
    for size in [1, 3, 31, 32, 33, 64, 500] {
      var pieces = XXH64()
      for start in stride(from: 0, to: bytes.count, by: size) {
        pieces.update(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(pieces.value == checksum(bytes), "in pieces of \(size)")
    }
  }

  @Test func aBitMatters() {
    let bytes = [UInt8](repeating: 7, count: 77)
    var met: Set = [checksum(bytes)]
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x80
      met.insert(checksum(changed))
    }
    #expect(met.count == 78)
  }
}
