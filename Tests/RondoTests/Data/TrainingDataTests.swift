import RondoText
import Testing

@testable import Rondo

struct TrainingDataTests {
  private func data(
    _ texts: [String], validation: [String]? = nil, kind: TokenizerKind = .character, fraction: Double = 0.25,
    size: Int? = nil
  ) throws -> TrainingData {
    try TrainingData(
      Corpus(texts: texts.enumerated().map { (name: "\($0).txt", text: $1) }),
      validation: validation.map { Corpus(texts: $0.map { (name: "held.txt", text: $0) }) },
      tokenizer: .built(TokenizerSettings(kind: kind, normalizer: Normalizer(), vocabularySize: size)),
      validationFraction: fraction)
  }

  /// Tokens as text, a boundary as |.
  private func spelled(_ stream: TokenStream, _ data: TrainingData) throws -> String {
    try stream.tokens(0..<stream.count).map { id in
      UInt32(id) == data.tokenizer.boundaryID
        ? "|" : String(decoding: data.tokenizer.decode([UInt32(id)]), as: UTF8.self)
    }.joined()
  }

  @Test func ofALargeTextAMillionTokensAtMostAreHeldOut() throws {
    let corpus = Corpus(texts: [("large.txt", String(repeating: "abcdefghi\n", count: 1_200_000))])
    let data = try TrainingData(corpus)
    #expect(data.validationFraction == 0.05)
    #expect(data.validation.count == 600_002, "a boundary before and one after")
  }

  @Test func tailOfEachDocumentIsHeldOut() throws {
    let data = try data(["abcdefgh", "ABCD"])
    // A boundary stands before the first document and where one ends: not where it was cut.
    #expect(try spelled(data.training, data) == "|abcdefABC")
    #expect(try spelled(data.validation, data) == "|gh|D|")
    #expect(data.unknownCount == 0, "what is held out is in the vocabulary too")
    #expect(data.tokenizer.vocabularySize == 2 + 12)
    #expect(data.documentNames == ["0.txt", "1.txt"])
    #expect(data.trainingDocumentCount == 0, "both are cut")
  }

  @Test func nothingIsHeldOut() throws {
    let data = try data(["abc", "de"], fraction: 0)
    #expect(try spelled(data.training, data) == "|abc|de|")
    #expect(data.trainingDocumentCount == 2)
    #expect(data.validation.isEmpty)
  }

  @Test func wholeDocumentsAreHeldOutOfMany() throws {
    let data = try data((0..<20).map { $0 % 2 == 0 ? "ab" : "ba" }, fraction: 0.5)
    #expect(try spelled(data.training, data) == "|ab|ab|ab|ab|ab|ab|ab|ab|ab|ab|")
    #expect(try spelled(data.validation, data) == "|ba|ba|ba|ba|ba|ba|ba|ba|ba|ba|")
    #expect(data.trainingDocumentCount == 10)
  }

  @Test func validationCorpusOfItsOwn() throws {
    let data = try data(["abcabc"], validation: ["abx", "y"])
    #expect(try spelled(data.training, data) == "|abcabc|")
    #expect(try spelled(data.validation, data) == "|ab\u{FFFD}|\u{FFFD}|")
    #expect(data.tokenizer.vocabularySize == 2 + 3, "the vocabulary is that of the training text alone")
    #expect(data.unknownCount == 2)
    #expect(data.documentNames == ["0.txt", "held.txt", "held.txt"])
    #expect(data.trainingDocumentCount == 1)
  }

  @Test func whitespaceFilesFollowEachOther() throws {
    let data = try data(["a b\nc d\n", "b a\n"], kind: .whitespace, fraction: 0)
    #expect(data.tokenizer.boundaryID == nil)
    #expect(
      try data.training.tokens(0..<data.training.count).map {
        data.tokenizer.vocabulary.entries[Int($0)].token.name
      }
        == ["\"a\"", "\"b\"", "<eos>", "\"c\"", "\"d\"", "<eos>", "\"b\"", "\"a\"", "<eos>"])
    #expect(data.validation.isEmpty)
  }

  @Test func limitedVocabularyCountsWhatItLacks() throws {
    let data = try data(["aaabbc"], fraction: 0, size: 4)
    #expect(data.unknownCount == 1)
    #expect(try spelled(data.training, data) == "|aaabb\u{FFFD}|")
  }

  @Test func existingTokenizerIsUsedAsItIs() throws {
    let first = try data(["abc"], fraction: 0)
    let second = try TrainingData(
      Corpus(texts: [(name: "other", text: "cabz")]), tokenizer: .existing(first.tokenizer),
      validationFraction: 0)
    #expect(second.tokenizer == first.tokenizer)
    #expect(try spelled(second.training, second) == "|cab\u{FFFD}|")
    #expect(second.unknownCount == 1)
  }

  @Test func digestIsOfEveryToken() throws {
    let digest = try data(["abcdefgh"]).digest
    #expect(try data(["abcdefgh"]).digest == digest)
    #expect(try data(["abcdefhg"]).digest != digest)
    #expect(try data(["badcfegh"]).digest != digest)
    #expect(try data(["abcdefgh"], fraction: 0.5).digest != digest, "the same tokens, parted elsewhere")
    #expect(try data(["abcd", "efgh"], fraction: 0).digest != data(["abcdefgh"], fraction: 0).digest)
    // It is in checkpoints, so it must not change. |aab| is 1 2 2 3 1, after its number of tokens; nothing is held out.
    var expected = ContentDigest()
    for number: UInt8 in [5, 1, 2, 2, 3, 1, 0] { expected.update([number] + [UInt8](repeating: 0, count: 7)) }
    #expect(try data(["aab"], fraction: 0).digest == expected.description)
  }

  @Test func invalidBytesNameFileAndLine() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write("good.txt", "fine\n")
    let bad = try folder.write("bad.txt", Array("one\ntwo ".utf8) + [0xFF])
    for corpus in [[good, bad], [bad]] {
      let error = thrown(CorpusError.self) {
        try TrainingData(
          Corpus(paths: corpus),
          tokenizer: .built(TokenizerSettings(kind: .character, normalizer: Normalizer())),
          validationFraction: 0)
      }
      #expect(error == .notUTF8(name: "bad.txt", offset: 8, line: 2))
    }
    let error = thrown(CorpusError.self) {
      try TrainingData(
        Corpus(paths: [good]), validation: Corpus(paths: [bad]),
        tokenizer: .built(TokenizerSettings(kind: .character, normalizer: Normalizer())),
        validationFraction: 0)
    }
    #expect(error == .notUTF8(name: "bad.txt", offset: 8, line: 2))
  }

  @Test func oneWordIsTooShort() {
    #expect(throws: CorpusError.tooShort(tokenCount: 1, batchSize: 1)) {
      try data(["word"], kind: .whitespace, fraction: 0)
    }
  }

  @Test(arguments: TokenizerKind.allCases)
  func neitherThreadsNorTheSplitIntoChunksMatter(kind: TokenizerKind) throws {
    let line = "The fox, the crow\r\nand e\u{301} 🇩🇪🇫🇷 漢字かな क्षत्रिय 👩‍👩‍👧‍👦.\n"
    let text = (0..<4000).map { "\($0) " + line }.joined()
    let settings = TokenizerSettings(kind: kind, minimumCount: 1)
    let whole = try Tokenizer.build(settings, from: [Array(text.utf8)])
    let ids = try whole.encode(Array(text.utf8)).ids.map { Int32($0) }
    let boundary = whole.boundaryID.map { [Int32($0)] } ?? []
    for threadCount in [1, 2, 3] {
      var progress: [TrainingData.Progress] = []
      let data = try TrainingData(
        Corpus(texts: [("a.txt", text), ("b.txt", text)]),
        tokenizer: .built(settings), validationFraction: 0, threadCount: threadCount
      ) { progress.append($0) }
      #expect(data.tokenizer.vocabulary.entries.map(\.token) == whole.vocabulary.entries.map(\.token))
      #expect(try data.training.tokens(0..<data.training.count) == boundary + ids + boundary + ids + boundary)
      let total = 2 * text.utf8.count
      #expect(progress.last == .init(phase: .encoding, bytes: total, totalBytes: total))
      #expect(progress.last { $0.phase == .counting }?.bytes == total)
    }
  }
}
