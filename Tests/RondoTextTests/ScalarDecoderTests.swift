import RondoText
import Testing

struct ScalarDecoderTests {
  private func bytePieces(_ bytes: [UInt32]) throws -> [[UInt8]] {
    var decoder = ScalarDecoder(
      try Tokenizer.build(TokenizerSettings(kind: .byte, normalizer: Normalizer(form: .none)), from: []))
    return bytes.map { decoder.append($0) } + [decoder.finish()]
  }

  @Test func holdsBackIncompleteCharacters() throws {
    #expect(
      try bytePieces([0x61, 0xF0, 0x9F, 0x98, 0x80, 0x62]) == [
        [0x61], [], [], [], [0xF0, 0x9F, 0x98, 0x80], [0x62], [],
      ])
  }

  @Test func replacesWhatIsIllFormed() throws {
    let mark: [UInt8] = [0xEF, 0xBF, 0xBD]
    #expect(try bytePieces([0xFF, 0x61]) == [mark, [0x61], []])
    #expect(try bytePieces([0x61, 0xE2, 0x82]) == [[0x61], [], [], mark])
    #expect(try bytePieces([0xE2, 0x82, 0x41]) == [[], [], mark + [0x41], []])
    #expect(try bytePieces([0xED, 0xA0, 0x80]) == [[], mark + mark, mark, []])
    #expect(try bytePieces([0xC3, 0xC3, 0xA9]) == [[], mark, [0xC3, 0xA9], []])
    #expect(try bytePieces([0xF4, 0x90]) == [[], mark + mark, []])
    #expect(try bytePieces([0xC0]) == [mark, []])
  }

  /// One replacement character for each ill-formed sequence, as Swift's own decoding puts them.
  @Test func replacesAsTheStandardLibraryDoes() throws {
    var generator = SeededGenerator(state: 9)
    let likely: [UInt8] = [0x41, 0x80, 0x90, 0xA0, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF]
    for _ in 0..<2000 {
      let bytes = (0..<8).map { _ in likely.randomElement(using: &generator)! }
      let joined = Array(try bytePieces(bytes.map { UInt32($0) }).joined())
      #expect(joined == Array(String(decoding: bytes, as: UTF8.self).utf8), "\(bytes)")
    }
  }

  @Test func putsSpacesAndStartsAnew() throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .whitespace, normalizer: Normalizer()), from: [Array("b a a\n".utf8)])
    var decoder = ScalarDecoder(tokenizer)
    let ids: [UInt32] = [2, 3, 1, 1, 2, 0]
    #expect(
      ids.map { String(decoding: decoder.append($0), as: UTF8.self) } == [
        "a", " b", "\n", "\n", "a", " <unk>",
      ])
    #expect(decoder.finish() == [])
    #expect(decoder.append(2) == [0x61])
  }

  @Test func beginsAfterAText() throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .whitespace, normalizer: Normalizer()), from: [Array("b a a\n".utf8)])
    for (text, piece) in [("", "a"), ("b", " a"), ("b ", "a"), ("b\n", "a"), ("b\t", "a"), ("b é", " a")] {
      var decoder = ScalarDecoder(tokenizer, after: Array(text.utf8))
      #expect(String(decoding: decoder.append(2), as: UTF8.self) == piece, "\(text)")
    }
  }
}
