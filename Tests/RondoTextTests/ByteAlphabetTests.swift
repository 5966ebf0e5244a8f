import Testing

@testable import RondoText

struct ByteAlphabetTests {
  @Test func everyByteHasANameOfItsOwn() {
    #expect(ByteAlphabet.bytes.sorted() == Array(0...255))
    let names = (0...255).map { ByteAlphabet.name(of: [$0]) }
    #expect(Set(names.map { Array($0.utf8) }).count == 256)
    for (byte, name) in names.enumerated() { #expect(ByteAlphabet.token(named: name) == [UInt8(byte)]) }
  }

  @Test func namesAreThoseOfGPT2() {
    #expect(ByteAlphabet.name(of: Array(" the\n".utf8)) == "ĠtheĊ")
    #expect(ByteAlphabet.name(of: Array("é\u{0}\u{7F}\u{A0}\u{AD}".utf8)) == "Ã©ĀġÂłÂŃ")
    #expect(ByteAlphabet.bytes.prefix(3) == [0x21, 0x22, 0x23] && ByteAlphabet.bytes[188] == 0)
  }

  @Test func otherCharactersAreNoToken() {
    for name in ["a b", "漢", "\u{144}", "a\n", "e\u{301}"] { #expect(ByteAlphabet.token(named: name) == nil) }
    #expect(ByteAlphabet.token(named: "") == [])
  }
}
