import Rondo
import RondoText
import Testing

@Suite struct TextWarningTests {
  private func warnings(_ texts: [(name: String, text: String)]) throws -> [TextWarning] {
    try TrainingData(Corpus(texts: texts)).warnings
  }

  @Test func namesAFewDocumentsAndCountsTheOthers() throws {
    let lost = "a\u{FFFD}b\u{FFFD}c\u{FFFD}", doubled = "Ã¼ Ã¶ Ã¤"
    let found = try warnings([
      ("a", "sound"), ("b", lost), ("c", doubled), ("d", lost), ("e", lost), ("f", doubled), ("g", lost),
    ])
    #expect(
      found == [
        .replacementCharacters(documents: ["b", "d", "e", "g"], count: 12, byteCount: 48),
        .doublyEncoded(documents: ["c", "f"], count: 6, byteCount: 28),
      ])
    #expect(
      found.map(\.description) == [
        "'b', 'd', 'e' and 1 other were decoded wrongly: U+FFFD stands 12 times in 48 bytes; make them again from the "
          + "original",
        "'c', 'f' look like UTF-8 that was read as Windows-1252, with 6 sequences such as 'Ã¼' and 'â€™' in 28 bytes; "
          + "check --encoding, or mend them with iconv -f UTF-8 -t WINDOWS-1252",
      ])
    #expect(try warnings([("a", "sound")]).isEmpty)
  }

  @Test func looksAtAllOfAllDocuments() throws {
    #expect(
      try warnings((0..<1000).map { ("\($0)", $0 == 300 ? "\u{FFFD}\u{FFFD}\u{FFFD}" : "xy") })
        == [.replacementCharacters(documents: ["300"], count: 3, byteCount: 9)])
    let sound = String(repeating: "x", count: 1 << 17)
    let found = try warnings([("a", sound + String(repeating: "Ã¼ Ã¶ Ã¤", count: 5000))])
    #expect(found.count == 1)
    #expect(found.first?.description.hasPrefix("'a' looks like UTF-8 that was read as Windows-1252") == true)
  }

  @Test func looksAtTheTextsToValidateOnToo() throws {
    let data = try TrainingData(
      Corpus(texts: [("a", "sound")]), validation: Corpus(texts: [("b", "\u{FFFD}\u{FFFD}\u{FFFD}")]))
    #expect(data.warnings == [.replacementCharacters(documents: ["b"], count: 3, byteCount: 9)])
  }

  private func tokenizer(entries: Int, times count: Int, kind: TokenizerKind = .character) throws -> Tokenizer
  {
    let text = (0..<entries).map { String(Unicode.Scalar(0x4E00 + UInt32($0))!) }.joined(
      separator: kind == .whitespace ? " " : "")
    return try Tokenizer.build(
      TokenizerSettings(kind: kind, normalizer: Normalizer()),
      from: [[UInt8]](repeating: Array((text + (kind == .whitespace ? " " : "")).utf8), count: count))
  }

  @Test func aVocabularyThatExplodes() throws {
    // Two entries are special tokens.
    #expect(try TextWarning.about(tokenizer(entries: 19_998, times: 21)) == nil)
    #expect(
      try TextWarning.about(tokenizer(entries: 19_999, times: 20))
        == .largeVocabulary(entryCount: 20_001, characterCount: 399_980))
    #expect(try TextWarning.about(tokenizer(entries: 6_000, times: 16)) == nil, "96 000 characters are few")
    #expect(
      try TextWarning.about(tokenizer(entries: 6_000, times: 17))?.description
        == "a vocabulary of 6002 entries is large for 102000 characters; check the encoding of the text, or make it "
        + "smaller with --minimum-count or --vocabulary-size")
    #expect(try TextWarning.about(tokenizer(entries: 6_000, times: 21)) == nil)
    #expect(try TextWarning.about(tokenizer(entries: 19_999, times: 20, kind: .whitespace)) == nil)
  }

  @Test func aVocabularyWithImpossibleCounts() throws {
    var entries = [SpecialToken.unknown, .boundary].map { VocabularyEntry(.special($0), count: .max) }
    entries.append(VocabularyEntry(.bytes([0x61]), count: .max))
    let tokenizer = try Tokenizer(
      kind: .character, normalizer: Normalizer(), vocabulary: Vocabulary(entries: entries))
    #expect(TextWarning.about(tokenizer) == nil)
  }
}
