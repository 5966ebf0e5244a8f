import Testing

@testable import RondoText

/// Vocabularies of more units than may be in memory, for one.
struct TokenizerBuilderTests {
  private static let text: [UInt8] = {
    // A third of the words comes often, the others once or twice.
    var random = SeededGenerator(state: 3)
    var text = ""
    for index in 0..<3_000 {
      let number = index % 3 == 0 ? random.next() % 40 : random.next() % 2_000
      text +=
        ["w", "ж", "né", "漢 字"][Int(number % 4)] + String(number, radix: 5) + (index % 9 == 0 ? "\n" : " ")
    }
    return Array(text.utf8)
  }()

  private func tokenizer(
    _ settings: TokenizerSettings, _ limits: TokenizerBuilder.Limits, threadCount: Int = 1,
    chunkSize: Int = 500
  ) throws -> Tokenizer {
    let builder = TokenizerBuilder(settings, threadCount: threadCount, store: ByteArrayStore(), limits)
    for line in Self.text.split(separator: 0x0A, maxSplits: 1) {
      try builder.add(chunkSize: chunkSize, reading: readingParts(of: Array(line)))
    }
    let tokenizer = try builder.tokenizer()
    #expect(try builder.tokenizer() == tokenizer, "it can be asked again")
    return tokenizer
  }

  private static let settings = [
    TokenizerSettings(kind: .character, vocabularySize: 20),
    TokenizerSettings(kind: .character, unknown: .bytes, vocabularySize: 270),
    TokenizerSettings(kind: .whitespace, vocabularySize: 100),
    TokenizerSettings(kind: .whitespace, vocabularySize: 100, minimumCount: 30),
    TokenizerSettings(kind: .word, vocabularySize: 300),
    TokenizerSettings(kind: .word, unknown: .token, vocabularySize: 60),
  ]

  /// Where there is room for all entries, what does not fit into memory changes nothing.
  @Test(arguments: settings, [1, 3])
  func theVocabularyIsThatOfTheWholeText(_ settings: TokenizerSettings, threadCount: Int) throws {
    let whole = try tokenizer(settings, .init())
    for counted in [0, 10, 500] {
      let limits = TokenizerBuilder.Limits(counted: counted, ranked: 1)
      #expect(try tokenizer(settings, limits, threadCount: threadCount) == whole)
      #expect(try tokenizer(settings, limits, threadCount: threadCount, chunkSize: 37) == whole)
    }
    #expect(try tokenizer(settings, .init(counted: .max, ranked: 1), threadCount: threadCount) == whole)
  }

  @Test func mergesAreThoseOfTheMostFrequentPreTokens() throws {
    let settings = TokenizerSettings(kind: .subword, vocabularySize: 400)
    let whole = try tokenizer(settings, .init())
    #expect(try tokenizer(settings, .init(counted: 10, ranked: 10_000)) == whole)
    let few = try tokenizer(settings, .init(counted: .max, ranked: 50))
    #expect(few != whole)
    for (counted, threadCount) in [(0, 1), (100, 2), (500, 3)] {
      #expect(try tokenizer(settings, .init(counted: counted, ranked: 50), threadCount: threadCount) == few)
    }
    // What has no part in them is counted all the same.
    func byteCount(_ tokenizer: Tokenizer) -> Int {
      tokenizer.vocabulary.entries.reduce(0) { sum, entry in
        guard case .bytes(let bytes) = entry.token else { return sum }
        return sum + bytes.count * entry.count
      }
    }
    #expect(byteCount(few) == byteCount(whole))
  }

  /// Who sets no size gets every unit.
  @Test func withoutASizeNothingIsLeftOut() throws {
    let settings = TokenizerSettings(kind: .whitespace)
    #expect(try tokenizer(settings, .init(counted: 0, ranked: 0)) == tokenizer(settings, .init()))
  }
}
