import RondoText
import Testing

@testable import Rondo

struct TokenCacheEntryTests {
  private let corpora = [Corpus(texts: [("a", "ab"), ("b", "b")]), Corpus(texts: [("c", "abx")])]

  private func entry() throws -> TokenCacheEntry {
    let source = TrainingData.TokenizerSource.built(TokenizerSettings())
    return TokenCacheEntry(
      try EncodedTexts(corpora, source, threadCount: 1) { _ in }, of: corpora, source)
  }

  @Test func isReadAsItWasWritten() throws {
    let entry = try entry()
    #expect(entry.corpora.map { $0.map(\.tokenCount) } == [[2, 1], [3]])
    #expect(entry.unknownCount == 1)
    // |ab|b| and |abx|, of two bytes each.
    #expect(entry.tokenByteCount == 2 * (6 + 5))
    #expect(entry.sections.map(\.end) == [6, 11])
    let again = try #require(try TokenCacheEntry.read(entry.file))
    #expect(again.file == entry.file)
    #expect(again.tokenizer == entry.tokenizer)
    #expect(again.suits(corpora, .built(TokenizerSettings())))
    #expect(again.suits(corpora, .existing(entry.tokenizer)))
    #expect(!again.suits(corpora, .built(TokenizerSettings(minimumCount: 2))))
  }

  @Test func textsOfOtherSizesAreOthers() throws {
    let entry = try entry()
    for others in [
      [corpora[0]], [corpora[1], corpora[0]], [Corpus(texts: [("a", "ab"), ("b", "bc")]), corpora[1]],
      [Corpus(texts: [("a", "ab"), ("b", "b"), ("c", "abx")])], [],
    ] {
      #expect(!entry.suits(others, .existing(entry.tokenizer)))
    }
  }

  @Test func countsThatCannotBeAreDamage() throws {
    for change in [
      { $0.corpora[0][1].tokenCount = -1 }, { $0.corpora[0][1].byteCount = -1 }, { $0.unknownCount = -1 },
      { $0.corpora[0][1].tokenCount = .max },
      {
        $0.corpora[0][1].findings = DecodingCheck.Findings(
          replaced: DecodingSigns(Array("ab".utf8)), doublyEncoded: nil)
      },
      { for number in 0..<2 { $0.corpora[0][number].tokenCount = .max / 10 } },
    ] as [(inout TokenCacheEntry) -> Void] {
      var entry = try entry()
      change(&entry)
      let file = entry.file
      #expect(throws: TokenCacheEntry.Damage.self) { try TokenCacheEntry.read(file) }
    }
  }

  @Test func everyByteIsChecked() throws {
    let file = try entry().file
    for index in file.indices {
      var damaged = file
      damaged[index] ^= 1
      #expect(throws: TokenCacheEntry.Damage.self) { try TokenCacheEntry.read(damaged) }
      #expect(throws: TokenCacheEntry.Damage.self) { try TokenCacheEntry.read(Array(file[..<index])) }
    }
  }

  @Test func anotherVersionIsAnotherEntry() throws {
    var entry = try entry()
    entry.version += 1
    #expect(try TokenCacheEntry.read(entry.file) == nil)
    entry.version -= 1
    entry.unicodeVersions.clusters = "1.0.0"
    #expect(!entry.suits(corpora, .existing(entry.tokenizer)), "cut by other rules")
  }
}
