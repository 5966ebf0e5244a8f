import RondoText
import Testing

@testable import Rondo

struct TokenCacheEntryTests {
  private func entry() throws -> TokenCacheEntry {
    let corpora = [Corpus(texts: [("a", "ab"), ("b", "b")]), Corpus(texts: [("c", "abx")])]
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
    #expect(again.suits(.built(TokenizerSettings())))
    #expect(again.suits(.existing(entry.tokenizer)))
    #expect(!again.suits(.built(TokenizerSettings(minimumCount: 2))))
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
    #expect(!entry.suits(.existing(entry.tokenizer)), "cut by other rules")
  }
}
