import RondoNN
import RondoText
import Testing

@testable import Rondo

/// Prompts that end inside a word.
struct PromptCompletionTests {
  private static let text = "the king saw a kingdom and the kings ran to a queen quickly a quick quiet day\n"

  /// A model that has learned a little of it.
  private static let model = Result { try trained(.whitespace) }
  private func model() throws -> LanguageModel { try Self.model.get() }

  private static func trained(_ kind: TokenizerKind) throws -> LanguageModel {
    let data = try trainingData(String(repeating: text, count: 20), kind: kind, fraction: 0)
    let trainer = try Trainer(
      plan: TrainingPlan(
        model: tinySizes(),
        settings: TrainingSettings(
          batchSize: 3, windowLength: 12, steps: 60, learningRate: 0.02, schedule: .constant)),
      data: data, threadCount: 1)
    _ = try trainer.run()
    return trainer.model
  }

  private func write(
    _ model: LanguageModel, _ prompt: String, temperature: Double = 2, length: Int = 8, seed: UInt64 = 1,
    count: Int = 1, stops: [String] = []
  ) throws -> [[TextGenerator.Piece]] {
    let generator = try TextGenerator(
      model, prompt: prompt,
      settings: GenerationSettings(
        sampler: SamplerSettings(temperature: temperature), length: length, stops: stops, seed: seed,
        count: count),
      scoresTokens: true)
    var texts = [[TextGenerator.Piece]](repeating: [], count: count)
    while let pieces = try generator.next() { for piece in pieces { texts[piece.sample].append(piece) } }
    return texts
  }

  private func text(_ pieces: [TextGenerator.Piece]) -> String { pieces.map(\.text).joined() }

  @Test(arguments: ["the kin", "the ki", "the king", "a q", "the", "saw  a\tkingd", "\nqui"])
  func thePromptGoesOnWithItsWord(prompt: String) throws {
    let model = try model()
    let known = Set(Self.text.split(whereSeparator: \.isWhitespace))
    let end = try #require(prompt.split(whereSeparator: \.isWhitespace).last)
    var firsts: Set<Substring> = []
    for seed in 1...30 {
      let whole = prompt + text(try write(model, prompt, temperature: 20, seed: UInt64(seed))[0])
      let words = whole.split(whereSeparator: \.isWhitespace)
      #expect(words.allSatisfy(known.contains), "\(whole)")
      firsts.insert(words[prompt.split(whereSeparator: \.isWhitespace).count - 1])
      #expect(!whole.dropFirst(prompt.count).contains("  "))
    }
    // All that begin so, and only they.
    #expect(firsts == known.filter { $0.hasPrefix(end) })
  }

  @Test func eachTextDrawsItsOwn() throws {
    let model = try model()
    let four = try write(model, "the ki", count: 4)
    #expect(try four[0] == write(model, "the ki")[0])
    #expect(Set(four.map { $0[0].token }).count > 1)
    for pieces in four {
      let word = model.text(of: try #require(pieces[0].token))
      #expect(text(pieces).hasPrefix(word.dropFirst(2)))
    }
  }

  /// "queen" is the only word that begins so: it is drawn, and adds nothing.
  @Test func aWordThatIsThereIsNotCounted() throws {
    let model = try model()
    let pieces = try write(model, "a queen", length: 3)[0]
    #expect(pieces[0].token.map(model.text(of:)) == "queen")
    #expect(pieces[0].text == "")
    #expect(pieces.count == 4 && pieces[3].end == .length)
    #expect(try write(model, "a quee", length: 1)[0].map(\.text) == ["n"])
    #expect(try text(write(model, "a quee", length: 0)[0]) == "")
  }

  @Test func itIsReadAsTheWholeWord() throws {
    let model = try model()
    let whole = try write(model, "to a queen ", temperature: 0, length: 7)[0]
    let part = try write(model, "to a que", temperature: 0, length: 8)[0]
    #expect(part.dropFirst().map(\.token) == whole.map(\.token))
    #expect(text(part).hasPrefix("en"))
    #expect(text(part).hasSuffix(text(whole)))
    // Scores are those without a prompt's end.
    let reader = try model.reader()
    try reader.read("to a ")
    let expected = try #require(reader.next(1000).first { $0.text == "queen" }).probability
    #expect(abs(ExactMath.exp(try #require(part[0].logProbability)) - expected) < 1e-12)
  }

  @Test func anUnknownWordIsRead() throws {
    let model = try model()
    for prompt in ["the zzz", "the kingz", "the <unk>"] {
      let pieces = try write(model, prompt, length: 4)[0]
      #expect(pieces.count == 4)
      #expect([" ", "\n"].contains(text(pieces).prefix(1)))
    }
  }

  @Test func stopsAreFoundInWhatIsAdded() throws {
    let pieces = try write(model(), "a quee", stops: ["een", "n"])[0]
    #expect(text(pieces) == "")
    #expect(pieces.last?.end == .stop)
  }

  @Test func continuationsCompleteThePrompt() throws {
    let model = try model()
    let reader = try model.reader()
    let completions = try reader.next(10, after: "the ki")
    #expect(Set(completions.map(\.text)) == ["king", "kings", "kingdom"])
    #expect(abs(completions.reduce(0) { $0 + $1.probability } - 1) < 1e-12)

    // The same as among all words after what was read.
    let other = try model.reader()
    try other.read("the ")
    #expect(reader.state == other.state)
    let all = other.next(1000).filter { $0.text.hasPrefix("ki") }
    #expect(all.map(\.id) == completions.map(\.id))
    let sum = all.reduce(0) { $0 + $1.probability }
    for (one, all) in zip(completions, all) { #expect(abs(one.probability - all.probability / sum) < 1e-12) }

    for prompt in ["the king ", "the zzz", ""] {
      reader.restart()
      other.restart()
      try other.read(prompt)
      #expect(try reader.next(10, after: prompt) == other.next(10))
      #expect(reader.state == other.state)
    }
  }

  // MARK: Tokens that are joined

  private static let joined =
    text + String(repeating: "I don't, he doesn't: 3.5 x\u{301} x cafe\u{301}s 漢字 漢語\n", count: 3)

  /// What is read and what is drawn spell the prompt and what is written, each byte once; and all that can stand at the
  /// prompt's end is drawn there, and nothing else. Some of these words the model does not know: it spells them.
  @Test(
    arguments: [TokenizerKind.word, .subword],
    [
      "the kin", "the ki", "the ", "a  ", "a queen", "I don", "I don'", "a 3.", "x", "I x", "caf\u{E9}",
      "zzz", "a kingz",
    ])
  func drawnTokensSpellTheEndOfThePrompt(kind: TokenizerKind, prompt: String) throws {
    let model = try randomModel(Self.joined, kind: kind)
    let tokenizer = model.tokenizer
    let read = try tokenizer.prompt(Array(prompt.utf8))
    let candidates = Set(try #require(read.openEnd).candidates)
    let open = Array(read.text[read.closedText.count...])
    var firsts: Set<UInt32> = []
    for seed in 1...100 {
      let pieces = try write(model, prompt, temperature: 20, length: 6, seed: UInt64(seed))[0]
      let drawn = tokenizer.decode(pieces.compactMap(\.token))
      #expect(drawn.starts(with: open))
      let whole = tokenizer.decode(read.encoding.ids) + drawn
      #expect(
        Array((prompt + text(pieces)).utf8) == Array(String(decoding: whole, as: UTF8.self).utf8),
        "\(prompt)|\(text(pieces))")
      firsts.insert(try #require(pieces[0].token))
    }
    #expect(firsts.isSubset(of: candidates))
    #expect(firsts.count >= min(candidates.count, 3))
  }

  /// The words it learned are what it goes on with, though it could spell others.
  @Test(arguments: [TokenizerKind.word, .subword])
  func theWordsOfTheTextAreFound(kind: TokenizerKind) throws {
    let model = try Self.trained(kind)
    let known = Set(Self.text.split(whereSeparator: \.isWhitespace).map { " " + $0 })
    for prompt in ["the ki", "to a q", "and the", "a qui", "to a "] {
      for seed in 1...5 {
        let piece = try write(model, prompt, temperature: 0.5, length: 1, seed: UInt64(seed))[0][0]
        let word = model.text(of: try #require(piece.token))
        #expect(known.contains(word) && (prompt + piece.text).hasSuffix(word), "\(prompt)|\(word)")
      }
    }
  }

  /// The prompt ends in `x`, and a word that the model knows has a mark on it.
  @Test func aMarkMayComeAfterThePrompt() throws {
    let model = try randomModel(Self.joined, kind: .word)
    var texts: Set<[UInt8]> = []
    for seed in 1...50 {
      let pieces = try write(model, "I x", temperature: 20, length: 1, seed: UInt64(seed))[0]
      texts.insert(Array(text(pieces).utf8.prefix(2)))
    }
    #expect(texts.contains([0xCC, 0x81]))
  }
}
