import Rondo
import RondoText
import Testing

struct CorpusTokenizerTests {
  private let corpus = Corpus(texts: [
    ("a.txt", String(repeating: "der Fuchs\n", count: 20_000)), ("b.txt", "ü\n"),
  ])

  @Test func makesTheTokenizerOfTrainingData() throws {
    var progress: [TrainingData.Progress] = []
    let tokenizer = try corpus.tokenizer(TokenizerSettings(), threadCount: 2) { progress.append($0) }
    #expect(tokenizer == (try TrainingData(corpus, validationFraction: 0).tokenizer))
    #expect(progress.allSatisfy { $0.phase == .counting && $0.totalBytes == 200_003 })
    #expect(progress.last?.bytes == 200_003)
  }

  @Test(arguments: [1, 3])
  func coversAllTexts(_ threadCount: Int) throws {
    let tokenizer = try Corpus(texts: [("a", "der Fuch")]).tokenizer(TokenizerSettings(), threadCount: 1)
    var progress: [TrainingData.Progress] = []
    let (coverage, warnings) = try corpus.coverage(by: tokenizer, threadCount: threadCount) {
      progress.append($0)
    }
    #expect(coverage.characterCount == 200_002)
    #expect(coverage.knownCount == 160_000)
    #expect(coverage.unknown.map(\.count) == [20_001, 20_000, 1])
    #expect(progress.allSatisfy { $0.phase == .encoding && $0.totalBytes == 200_003 })
    #expect(progress.last?.bytes == 200_003)
    #expect(warnings.isEmpty)
    let lost = Corpus(texts: [("lost.txt", "\u{FFFD}\u{FFFD}\u{FFFD}")])
    #expect(
      try lost.coverage(by: tokenizer, threadCount: threadCount).warnings
        == [.replacementCharacters(documents: ["lost.txt"], count: 3, byteCount: 9)])
  }
}
