import RondoText
import Testing

struct WordTokenizerTests {
  private func build(
    _ text: String, unknown: UnknownPolicy? = nil, size: Int? = nil, minimumCount: Int? = 1,
    normalizer: Normalizer = Normalizer()
  ) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(
        kind: .word, normalizer: normalizer, unknown: unknown, vocabularySize: size,
        minimumCount: minimumCount),
      from: [Array(text.utf8)])
  }

  private func tokens(_ text: String, by tokenizer: Tokenizer) throws -> [String] {
    try tokenizer.encode(Array(text.utf8)).ids.map {
      String(decoding: tokenizer.vocabulary.bytes(of: $0), as: UTF8.self)
    }
  }

  /// How a text is cut whose every word is known.
  private func words(_ text: String) throws -> [String] {
    try tokens(text, by: build(text, normalizer: Normalizer(form: .none)))
  }

  @Test func cutsAsTheDocumentationShows() throws {
    #expect(try words("Ann's 3.5 km, \n\tyes") == ["Ann's", " 3.5", " km", ",", " ", "\n", "\t", "yes"])
    #expect(try words("a  b") == ["a", "  ", "b"])
    #expect(try words(" a") == [" a"])
    #expect(try words("a ") == ["a", " "])
    #expect(try words("a (b) c") == ["a", " (", "b", ")", " c"])
    #expect(try words("a\u{A0}b \u{A0}c") == ["a", "\u{A0}", "b", " ", "\u{A0}", "c"])
    #expect(try words("a\r\nb\r\n \nc") == ["a", "\r\n", "b", "\r\n", " ", "\n", "c"])
    #expect(try words("我们 很好") == ["我", "们", " 很", "好"])
    #expect(try words("ภาษาไทยน้ำ") == ["ภ", "า", "ษ", "า", "ไ", "ท", "ย", "น้ำ"])
    #expect(try words("カタカナとひら") == ["カタカナ", "と", "ひ", "ら"])
    #expect(try words("हिन्दी में") == ["हिन्दी", " में"])
    #expect(try words("👩‍👩‍👧‍👦🇩🇪🇫🇷 ❤️") == ["👩‍👩‍👧‍👦", "🇩🇪", "🇫🇷", " ❤️"])
    #expect(try words("لا أعرف") == ["لا", " أعرف"])
  }

  @Test(arguments: UnknownPolicy.allCases, NormalizationForm.allCases)
  func decodingGivesTheNormalizedText(unknown: UnknownPolicy, form: NormalizationForm) throws {
    let texts = awkwardTexts.map { Array($0.utf8) } + randomTexts(count: 1000, seed: 9)
    let normalizer = Normalizer(form: form)
    for (size, minimumCount) in [(1_000_000, 1), (3000, 1), (1_000_000, 2)] {
      let tokenizer = try Tokenizer.build(
        TokenizerSettings(
          kind: .word, normalizer: normalizer, unknown: unknown, vocabularySize: size,
          minimumCount: minimumCount), from: texts)
      #expect(tokenizer.vocabularySize <= size)
      for text in texts {
        let encoding = try tokenizer.encode(text)
        #expect(unknown == .token || encoding.unknownCount == 0)
        guard encoding.unknownCount == 0 else { continue }
        #expect(try tokenizer.decode(encoding.ids) == normalizer.normalize(text))
      }
      #expect(tokenizer.entriesNoLongerOneUnit == [])
    }
  }

  @Test func bytesSpellWhatItNeverSaw() throws {
    let tokenizer = try build("to be or not to be")
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 300, seed: 10) {
      #expect(try tokenizer.decode(tokenizer.encode(text).ids) == Normalizer().normalize(text))
    }
  }

  @Test func spellsWordsItDoesNotHave() throws {
    let tokenizer = try build("to be or not to be", unknown: .token, minimumCount: 2)
    #expect(try tokens("to be born", by: tokenizer) == ["t", "o", " be", " ", "b", "o", "<unk>", "<unk>"])
    let encoding = try tokenizer.encode(Array("to be born".utf8))
    #expect(encoding.unknownCount == 2)
    #expect(encoding.unknownPieces == [Array("r".utf8), Array("n".utf8)])
  }

  @Test func ranksWordsAndCharactersTogether() throws {
    // Chosen are " " 5, o 4, t 3, " be" 2 and so on; "to" comes without a space and with one.
    let tokenizer = try build("to be or not to be", unknown: .token, size: 8)
    #expect(
      (2..<8).map { String(decoding: tokenizer.vocabulary.bytes(of: $0), as: UTF8.self) }
        == ["o", " ", "t", " be", "b", "e"])
    // How often each comes out of the text: "to", " or", " not" and " to" are spelled, r and n are unknown.
    #expect(tokenizer.vocabulary.entries.map(\.count) == [2, 0, 4, 3, 3, 2, 0, 0])
    #expect(try tokenizer.encode(Array("to be or not to be".utf8)).unknownCount == 2)
  }

  @Test func hasUsualLimits() {
    let settings = TokenizerSettings(kind: .word)
    #expect(settings.vocabularySize == 10_000 && settings.minimumCount == 2 && settings.unknown == .bytes)
  }
}
