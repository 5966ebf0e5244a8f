import RondoText
import Testing

struct ByteTokenizerTests {
  private func build(_ form: NormalizationForm, _ text: [UInt8] = [], size: Int? = nil) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(kind: .byte, normalizer: Normalizer(form: form), vocabularySize: size), from: [text])
  }

  @Test func hasTheBytesAndABoundary() throws {
    let tokenizer = try build(.none, [0x61, 0xFF, 0x61])
    #expect(tokenizer.vocabularySize == 257)
    for byte in UInt8.min...UInt8.max {
      #expect(try tokenizer.encode([byte]).ids == [UInt32(byte)])
      #expect(tokenizer.vocabulary.bytes(of: UInt32(byte)) == [byte])
    }
    #expect(tokenizer.decode([0x61, 256, 0xFF, 256]) == [0x61, 0xFF])
    #expect(tokenizer.vocabulary.entries[0x61].count == 2 && tokenizer.vocabulary.entries[0xFF].count == 1)
    #expect(tokenizer.vocabulary.entries[256] == VocabularyEntry(.special(.boundary), count: 0))
  }

  @Test func takesAnyBytesWhereItNormalizesNothing() throws {
    let all = (0...255).map { UInt8($0) }.reversed() + [0xE2, 0x82]
    let tokenizer = try build(.none, all)
    #expect(tokenizer.decode(try tokenizer.encode(all).ids) == all)
    #expect(throws: TextError.invalidUTF8(offset: 1)) { try build(.nfc).encode([0x61, 0x80]) }
    #expect(throws: TextError.invalidUTF8(offset: 0)) {
      try Tokenizer.build(
        TokenizerSettings(kind: .byte, normalizer: Normalizer(form: .none, foldsCase: true)), from: [[0x80]])
    }
  }

  @Test func hasOneSize() throws {
    #expect(try build(.nfc, size: 257).vocabularySize == 257)
    #expect(throws: TextError.vocabularySizeIsFixed(size: 300, fixed: 257)) { try build(.nfc, size: 300) }
  }
}
