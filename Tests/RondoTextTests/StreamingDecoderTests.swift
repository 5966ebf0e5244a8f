import RondoText
import Testing

struct StreamingDecoderTests {
  /// Checks that the pieces are `text`, and that each ends where a cluster of it does.
  private func expectWholeClusters(_ pieces: [[UInt8]], of text: [UInt8]) {
    #expect(Array(pieces.joined()) == text)
    let ends = Set(GraphemeClusters(text).map(\.upperBound)).union([0])
    var shown = 0
    for piece in pieces {
      shown += piece.count
      #expect(ends.contains(shown), "\(text)")
    }
  }

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
      expectWholeClusters(pieces(tokenizer, ids), of: tokenizer.decode(ids))
    }
  }

  /// Any token may follow any other: clusters grow, and bytes are no text.
  @Test(arguments: TokenizerKind.allCases)
  func piecesOfRandomTokensAreWholeClusters(kind: TokenizerKind) throws {
    let texts = awkwardTexts.map { Array($0.utf8) }
    let tokenizer = try Tokenizer.build(TokenizerSettings(kind: kind, normalizer: Normalizer()), from: texts)
    let units: [UInt32] =
      kind == .byte
      ? try texts.flatMap { try tokenizer.encode($0).ids } : Array(0..<UInt32(tokenizer.vocabularySize))
    var generator = SeededGenerator(state: 10)
    for _ in 0..<500 {
      let ids = (0..<30).map { _ in units.randomElement(using: &generator)! }
      let text = String(decoding: tokenizer.decode(ids), as: UTF8.self)
      expectWholeClusters(pieces(tokenizer, ids), of: Array(text.utf8))
    }
  }

  @Test func holdsBackTheLastCharacter() throws {
    let tokenizer = try Tokenizer.build(TokenizerSettings(kind: .byte, normalizer: Normalizer()), from: [])
    func strings(_ text: String) -> [String] {
      pieces(tokenizer, text.utf8.map { UInt32($0) }).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(strings("ab\nc") == ["", "a", "b\n", "", "c"])
    #expect(strings("a\r\nb\r") == ["", "a", "\r\n", "", "b", "\r"])
    #expect(strings("a\u{301}b") == ["", "", "", "a\u{301}", "b"])
    #expect(strings("🦊").joined(separator: "|") == "||||🦊")
  }

  @Test func startsAnew() throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .whitespace, normalizer: Normalizer()), from: [Array("b a a\n".utf8)])
    var decoder = StreamingDecoder(tokenizer, after: Array("b".utf8))
    #expect(decoder.append(2) == [0x20])
    #expect(decoder.finish() == [0x61])
    #expect(decoder.append(2) == [])
    #expect(decoder.finish() == [0x61])
  }
}
