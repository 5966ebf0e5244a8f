import Testing

@testable import RondoNN

struct CRC32CTests {
  private func checksum(_ bytes: [UInt8], continuing checksum: UInt32 = 0) -> UInt32 {
    unsafe CRC32C.checksum(of: bytes.span.bytes, continuing: checksum)
  }

  /// The check value of the polynomial, and the examples of RFC 3720, B.4.
  @Test func knownVectors() {
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(checksum([]) == 0)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(checksum((0..<32).map { UInt8(31 - $0) }) == 0x113F_DB5C)
  }

  @Test func everyLengthAgreesWithTheDefinition() {
    var generator = SplitMix64(state: 1)
    let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for count in 0...bytes.count {
      let prefix = Array(bytes.prefix(count)), slow = slowCRC32C(prefix)
      #expect(checksum(prefix) == slow)
      #expect(unsafe prefix.withUnsafeBytes { unsafe CRC32C.slicedChecksum(of: $0, continuing: 0) } == slow)
    }
  }

  @Test func piecesGiveTheSameAsTheWhole() {
    var generator = SplitMix64(state: 2)
    let bytes = (0..<100).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for cut in 0...bytes.count {
      let first = checksum(Array(bytes.prefix(cut)))
      #expect(checksum(Array(bytes.dropFirst(cut)), continuing: first) == slowCRC32C(bytes))
    }
  }
}
