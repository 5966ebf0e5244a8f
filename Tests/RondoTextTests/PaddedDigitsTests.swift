import RondoText
import Testing

struct PaddedDigitsTests {
  @Test func fillsUpWithZeros() {
    #expect(UInt8(10).padded(to: 2, radix: 16) == "0a")
    #expect(UInt32(0xAD).padded(to: 4, radix: 16, uppercase: true) == "00AD")
    #expect(UInt8(0o33).padded(to: 3, radix: 8) == "033")
    #expect(0.padded(to: 3, radix: 10) == "000")
    #expect(UInt64.max.padded(to: 4, radix: 16) == "ffffffffffffffff")
  }
}
