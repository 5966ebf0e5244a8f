import RondoText
import Testing

struct StreamingDecoderTests {
  private func pieces(_ tokenizer: Tokenizer, _ ids: [UInt32]) -> [[UInt8]] {
    var decoder = StreamingDecoder(tokenizer)
    return ids.map { decoder.append($0) } + [decoder.finish()]
  }

  @Test(arguments: TokenizerKind.allCases)
  func piecesJoinToWhatDecodeGives(kind: TokenizerKind) throws {
    let texts = awkwardTexts.map { Array($0.utf8) } + randomTexts(count: 300, seed: 8)
    let tokenizer = try Tokenizer.build(TokenizerSettings(kind: kind, normalizer: Normalizer()), from: texts)
    for text in texts {
      let ids = try tokenizer.encode(text).ids
      let pieces = pieces(tokenizer, ids)
      #expect(Array(pieces.joined()) == tokenizer.decode(ids))
      for piece in pieces { #expect(Array(String(decoding: piece, as: UTF8.self).utf8) == piece) }
      #expect(pieces.last == [])
    }
  }

  private func bytePieces(_ bytes: [UInt32]) throws -> [[UInt8]] {
    try pieces(
      Tokenizer.build(TokenizerSettings(kind: .byte, normalizer: Normalizer(form: .none)), from: []), bytes)
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
    var decoder = StreamingDecoder(tokenizer)
    let ids: [UInt32] = [2, 3, 1, 1, 2, 0]
    #expect(
      ids.map { String(decoding: decoder.append($0), as: UTF8.self) } == [
        "a", " b", "\n", "\n", "a", " <unk>",
      ])
    #expect(decoder.finish() == [])
    #expect(decoder.append(2) == [0x61])
  }
}
