import RondoText
import Testing

struct TokenizerPiecesTests {
  private typealias Standing = Tokenizer.Piece.Standing

  private func tokenizer(
    _ kind: TokenizerKind, _ text: String, unknown: UnknownPolicy? = nil, minimumCount: Int = 1
  ) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(kind: kind, unknown: unknown, minimumCount: minimumCount), from: [Array(text.utf8)])
  }

  /// Each piece as its text and how it stands.
  private func pieces(_ tokenizer: Tokenizer, _ text: String) throws -> [(String, Standing)] {
    let normalized = try tokenizer.normalize(Array(text.utf8))
    return tokenizer.pieces(of: normalized).map {
      (String(decoding: normalized[$0.range], as: UTF8.self), $0.standing)
    }
  }

  @Test(arguments: TokenizerKind.allCases)
  func followEachOther(_ kind: TokenizerKind) throws {
    let texts = awkwardTexts.map { Array($0.utf8) } + randomTexts(count: 300, seed: 3)
    for unknown in kind.unknownPolicies {
      // Of every second text the vocabulary has what it needs.
      let known = texts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      let tokenizer = try Tokenizer.build(TokenizerSettings(kind: kind, unknown: unknown), from: known)
      for text in texts {
        let normalized = try tokenizer.normalize(text)
        let pieces = tokenizer.pieces(of: normalized)
        let encoding = try tokenizer.encode(text)
        #expect(pieces.map(\.id) == encoding.ids)
        var end = 0
        for piece in pieces {
          #expect(kind == .whitespace ? piece.range.lowerBound >= end : piece.range.lowerBound == end)
          #expect(!piece.range.isEmpty)
          end = piece.range.upperBound
          if case .bytes(let bytes) = tokenizer.vocabulary.entries[Int(piece.id)].token {
            #expect(Array(normalized[piece.range]) == bytes)
          }
        }
        if kind != .whitespace {
          #expect(end == normalized.count)
          #expect(pieces.count { $0.standing == .unknown } == encoding.unknownCount)
        }
      }
    }
  }

  @Test func sayWhatIsKnown() throws {
    let unknown = try pieces(tokenizer(.character, "abc"), "aé\u{301}b\r\n")
    #expect(unknown.map(\.0) == ["a", "é\u{301}", "b", "\r\n"])
    #expect(unknown.map(\.1) == [.known, .unknown, .known, .unknown])

    // The text did not have z; it did not have e followed by an accent without a composed form either.
    let spelling = try tokenizer(.character, "abcx", unknown: .bytes)
    #expect(
      try pieces(spelling, "azx\u{301}x").map(\.1) == [
        .known, .spelled, .spelled, .spelled, .spelled, .known,
      ])

    let words = try tokenizer(.word, "the fox the fox é", minimumCount: 1)
    let spelled = try pieces(words, "the foxé ü")
    #expect(spelled.map(\.0).prefix(4) == ["the", " ", "f", "o"])
    #expect(spelled.map(\.1) == Array(repeating: .known, count: 7) + [.spelled, .spelled])

    let whitespace = try pieces(tokenizer(.whitespace, "a b\n"), " a  xy\tb\n<unk>")
    #expect(whitespace.map(\.0) == ["a", "xy", "b", "\n", "<unk>"])
    #expect(whitespace.map(\.1) == [.known, .unknown, .known, .known, .unknown])

    #expect(try pieces(tokenizer(.byte, "a"), "zé").map(\.1) == [.known, .known, .known])
  }

  @Test(arguments: TokenizerKind.allCases)
  func areTheSameInChunks(_ kind: TokenizerKind) throws {
    let text = Array(String(repeating: "Füchse 🦊👨‍👩‍👧 e\u{301}\u{323} 我们\r\n", count: 6000).utf8)
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: kind, minimumCount: 1), from: [text.dropLast(2)])
    var whole: [Tokenizer.Piece] = []
    var chunks = 0, start = 0
    try tokenizer.pieces(threadCount: 2, reading: readingParts(of: text)) {
      ($0, $1.count)
    } receiving: { pieces, count in
      whole += pieces.map { piece in
        var piece = piece
        piece.range = piece.range.lowerBound + start..<piece.range.upperBound + start
        return piece
      }
      start += count
      chunks += 1
    }
    #expect(chunks > 1)
    #expect(whole == tokenizer.pieces(of: try tokenizer.normalize(text)))
  }
}
