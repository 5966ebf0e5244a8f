import Rondo
import RondoText
import Testing

@Suite struct TextWarningTests {
  @Test func namesTheFirstDocumentAndCountsTheOthers() throws {
    let lost = "a\u{FFFD}b\u{FFFD}c\u{FFFD}", doubled = "Ã¼ Ã¶ Ã¤"
    let corpus = Corpus(
      texts: [("a", "sound"), ("b", lost), ("c", doubled), ("d", lost), ("e", lost), ("f", doubled)])
    let warnings = try TextWarning.all(of: corpus)
    #expect(
      warnings == [
        .replacementCharacters(document: "b", count: 3, characterCount: 6, otherDocuments: 2),
        .doublyEncoded(document: "c", count: 3, characterCount: 8, otherDocuments: 1),
      ])
    #expect(
      warnings.map(\.description) == [
        "'b' (and 2 others) was decoded wrongly: U+FFFD stands 3 times in its first 6 characters; make it again from "
          + "the original",
        "'c' (and 1 other) looks like UTF-8 that was read as Windows-1252, with 3 sequences such as 'Ã¼' and 'â€™' in its "
          + "first 8 characters; check --encoding, or mend it with iconv -f UTF-8 -t WINDOWS-1252",
      ])
    #expect(try TextWarning.all(of: Corpus(texts: [("a", "sound")])).isEmpty)
  }

  @Test func looksAtTheBeginningsOfSomeOfMany() throws {
    let sound = String(repeating: "x", count: 1 << 16)
    #expect(try TextWarning.all(of: Corpus(texts: [("a", sound + "\u{FFFD}\u{FFFD}\u{FFFD}")])).isEmpty)
    let texts = (0..<1000).map { (name: "\($0)", text: $0 == 996 ? "\u{FFFD}\u{FFFD}\u{FFFD}" : "x") }
    // Of 1 000 documents numbers 0, 3, 7, … 996 are looked at.
    #expect(
      try TextWarning.all(of: Corpus(texts: texts)) == [
        .replacementCharacters(document: "996", count: 3, characterCount: 3, otherDocuments: 0)
      ])
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
