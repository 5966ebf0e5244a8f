import RondoText
import Testing

@testable import Rondo

struct TextGeneratorTests {
  /// One text: its tokens, what was shown, and why it ended.
  private struct Written: Equatable {
    var tokens: [UInt32] = []
    var scores: [Double] = []
    var pieces: [String] = []
    var end: TextGenerator.End?
    var text: String { pieces.joined() }
  }

  private func write(
    _ model: LanguageModel, from state: RecurrentState? = nil, _ settings: GenerationSettings,
    scores: Bool = false
  ) throws -> [Written] {
    try write(model, "", from: state, settings, scores: scores)
  }

  private func write(
    _ model: LanguageModel, _ prompt: String, from state: RecurrentState? = nil,
    _ settings: GenerationSettings, scores: Bool = false, threads: Int = 1
  ) throws -> [Written] {
    let generator = try TextGenerator(
      model, prompt: prompt, from: state, settings: settings, scoresTokens: scores, threadCount: threads)
    var written = Array(repeating: Written(), count: settings.count)
    while let pieces = try generator.next() {
      #expect(!pieces.isEmpty)
      for piece in pieces {
        #expect(written[piece.sample].end == nil, "an ended text goes on")
        if let token = piece.token { written[piece.sample].tokens.append(token) }
        if let score = piece.logProbability { written[piece.sample].scores.append(score) }
        written[piece.sample].pieces.append(piece.text)
        written[piece.sample].end = piece.end
      }
    }
    #expect(written.allSatisfy { $0.end != nil })
    #expect(try generator.next() == nil)
    return written
  }

  private let sharp = SamplerSettings(temperature: 1)

  // MARK: - Which tokens

  @Test func sameSeedSameText() throws {
    let model = try randomModel()
    let settings = GenerationSettings(sampler: sharp, length: 80, seed: 11)
    let first = try write(model, "the ", settings)
    #expect(first[0].tokens.count == 80)
    #expect(first[0].end == .length)
    #expect(try write(model, "the ", settings) == first)
    #expect(try write(model, "the ", settings, threads: 2) == first)
    var rounded = settings
    rounded.precision = .int8
    #expect(try write(model, "the ", rounded) == write(model, "the ", rounded, threads: 2))
    #expect(try write(model, "crow", settings) != first)
    var other = settings
    other.seed = 12
    #expect(try write(model, "the ", other) != first)
  }

  @Test func firstOfFourIsTheSingleOne() throws {
    let model = try randomModel()
    var settings = GenerationSettings(sampler: sharp, length: 60, stops: ["fo"], seed: 3)
    let single = try write(model, "the", settings, scores: true)
    settings.count = 4
    let four = try write(model, "the", settings, scores: true)
    #expect(four[0] == single[0])
    #expect(Set(four.map(\.text)).count == 4)
  }

  /// More texts than the tokens that are read in one go, after a prompt of more tokens than that.
  @Test func manyTextsTakeNoMoreMemoryThanTheyNeed() throws {
    let model = try randomModel()
    #expect(try ModelReader(model).network.maximumRows == 64)
    #expect(try ModelReader(model, streams: 4).network.maximumRows == 64)
    #expect(try ModelReader(model, streams: 4096).network.maximumRows == 4096)
    let prompt = String(words(80).prefix(150))
    var settings = GenerationSettings(sampler: sharp, length: 20, seed: 3)
    let single = try write(model, prompt, settings)
    settings.count = 100
    #expect(try write(model, prompt, settings)[0] == single[0])
  }

  @Test func temperatureZeroIsGreedy() throws {
    let model = try randomModel()
    let written = try write(model, "fox", .init(sampler: .init(temperature: 0), length: 40, seed: 1))[0]
    #expect(try write(model, "fox", .init(sampler: .init(temperature: 0), length: 40, seed: 2))[0] == written)
    let reader = try model.reader()
    try reader.read("fox")
    for token in written.tokens {
      #expect(reader.next(1).first?.id == token)
      reader.read([token])
    }
    #expect(Set(written.tokens).count > 1)
  }

  @Test func scoresAreThoseOfEvaluation() throws {
    let model = try randomModel()
    // A filter that changes what is drawn, and not what it is worth.
    let written = try write(
      model, .init(sampler: .init(temperature: 0.7, topK: 5), length: 300, seed: 2), scores: true)[0]
    #expect(written.scores.count == 300)
    var tokens: [UInt32] = []
    var scores: [Double] = []
    let evaluation = try model.evaluate(Array(written.text.utf8)) {
      tokens.append($0)
      scores.append($1)
    }
    #expect(tokens == written.tokens)
    for (left, right) in zip(scores, written.scores) { #expect(abs(left - right) < 1e-5) }
    #expect(abs(evaluation.nats + written.scores.reduce(0, +)) < 1e-3)
    #expect(try write(model, .init(length: 5))[0].scores.isEmpty, "not asked for")
  }

  /// A space at its end says that the last word of a text is complete, so it is a part of that text.
  @Test func aWordAfterAStateComesWithoutASpace() throws {
    let model = try randomModel(kind: .whitespace)
    let reader = try model.reader()
    try reader.read("the fox ")
    let settings = GenerationSettings(sampler: sharp, length: 4, seed: 3)
    let whole = try write(model, "the fox ", settings)[0]
    #expect(whole.text.split(separator: " ").count > 1 && !whole.text.hasPrefix(" "))
    #expect(try write(model, from: reader.state, settings)[0] == whole)
    #expect(try write(model, " ", from: reader.state, settings)[0] == whole)
  }

  @Test func stateInsteadOfAPrompt() throws {
    let model = try randomModel()
    let settings = GenerationSettings(sampler: sharp, length: 30, seed: 5)
    let reader = try model.reader()
    try reader.read("the old ")
    let whole = try write(model, "the old lion", settings)[0]
    #expect(try write(model, "lion", from: reader.state, settings)[0] == whole)
    try reader.read("lion")
    #expect(try write(model, from: reader.state, settings)[0] == whole)
  }

  @Test func unknownIsNeverWritten() throws {
    // Everything but special tokens is out of the question.
    let character = try randomModel(specialBias: 1000)
    character.parameters["decoder.bias"][1] = -1000
    for allows in [false, true] {
      let settings = GenerationSettings(sampler: sharp, length: 50, seed: 1, allowsUnknown: allows)
      let written = try write(character, settings)[0]
      #expect(written.tokens.count == 50)
      #expect(!written.tokens.contains(0))
      #expect(!written.text.contains("\u{FFFD}"))
    }
    let whitespace = try randomModel("a b c a b", kind: .whitespace, specialBias: 1000)
    whitespace.parameters["decoder.bias"][1] = -1000
    let without = try write(whitespace, .init(sampler: sharp, length: 20, seed: 1))[0]
    #expect(!without.text.contains("<unk>"))
    let with = try write(whitespace, .init(sampler: sharp, length: 3, seed: 1, allowsUnknown: true))[0]
    #expect(with.text == "<unk> <unk> <unk>")
  }

  // MARK: - Where it ends

  @Test func boundaryEndsTheText() throws {
    let model = try randomModel()
    model.parameters["decoder.bias"][1] = 1000
    let written = try write(model, .init(length: 50, count: 2))
    #expect(written.map(\.end) == [.boundary, .boundary])
    #expect(written.map(\.tokens) == [[1], [1]])
    #expect(written.map(\.text) == ["", ""])
  }

  @Test func stopStringEndsTheTextAndIsLeftOut() throws {
    let model = try randomModel()
    var settings = GenerationSettings(sampler: sharp, length: 200, seed: 9)
    let whole = try write(model, settings)[0].text
    for stop in [whole.dropFirst(30).prefix(3), whole.dropFirst(100).prefix(1), whole.suffix(2)] {
      settings.stops = ["not in any text", String(stop)]
      let written = try write(model, settings)[0]
      let place = try #require(whole.firstRange(of: String(stop)))
      #expect(written.end == .stop)
      #expect(written.text == whole[..<place.lowerBound])
      #expect(written.tokens.count == whole[..<place.upperBound].count, "no token more than it takes")
    }
    settings.stops = ["#"]
    let unstopped = try write(model, settings)[0]
    #expect(unstopped.text == whole)
    #expect(unstopped.end == .length)
    // What could have become a stop string is given back at the end.
    settings.stops = [whole.suffix(2) + "#"]
    #expect(try write(model, settings)[0].text == whole)
  }

  @Test func linesEndTheText() throws {
    let model = try randomModel()
    let newline = Int(try #require(model.tokenizer.vocabulary.id(of: Array("\n".utf8))))
    model.parameters["decoder.bias"][newline] += 2
    var settings = GenerationSettings(sampler: sharp, length: 400, seed: 4)
    let lines = try write(model, settings)[0].text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count > 4)
    for count in [1, 3] {
      settings.lines = count
      let written = try write(model, settings)[0]
      #expect(written.text == lines.prefix(count).map { $0 + "\n" }.joined())
      #expect(written.end == .lines)
    }
  }

  @Test func noLength() throws {
    let written = try write(try randomModel(), "the", .init(length: 0, count: 3))
    #expect(written.map(\.end) == [.length, .length, .length])
    #expect(written.map(\.text) == ["", "", ""])
    #expect(written.map(\.tokens) == [[], [], []])
    #expect(try write(randomModel(), .init(length: 1))[0].tokens.count == 1)
  }

  @Test func textsEndEachForItself() throws {
    let model = try randomModel()
    let settings = GenerationSettings(sampler: sharp, length: 120, stops: ["o"], seed: 1, count: 5)
    let written = try write(model, settings)
    #expect(Set(written.map(\.tokens.count)).count > 1)
    for text in written { #expect(text.end == (text.tokens.count < 120 ? .stop : text.end)) }
  }

  // MARK: - Whole characters

  @Test func piecesOfBytesAreWholeCharacters() throws {
    let data = try trainingData(String(repeating: "寓言é🦊", count: 60), kind: .byte, fraction: 0)
    let trainer = try Trainer(
      plan: TrainingPlan(
        model: tinySizes(),
        settings: TrainingSettings(
          batchSize: 3, windowLength: 12, steps: 250, learningRate: 0.02, schedule: .constant)),
      data: data, threadCount: 1)
    _ = try trainer.run()
    // 12 bytes are the four characters; 11 cut the last one.
    for (length, text) in [(24, "寓言é🦊寓言é🦊"), (23, "寓言é🦊寓言é\u{FFFD}")] {
      let written = try write(
        trainer.model, "寓言é🦊寓言é🦊", .init(sampler: .init(temperature: 0), length: length))[0]
      #expect(written.text == text)
      #expect(written.pieces.dropLast().allSatisfy { !$0.contains("\u{FFFD}") })
      #expect(written.pieces.prefix(12) == ["", "", "", "", "", "寓", "", "言", "", "", "", "é"])
    }
  }

  /// A mark that comes after a prompt, and a letter whose marks are tokens of their own.
  @Test func piecesAreWholeClusters() throws {
    let model = try randomModel("a\n\u{301}b🇩🇪", kind: .byte)
    for prompt in ["", "a", "\n", "🇩", "🇩🇪"] {
      for seed in 1...20 {
        let settings = GenerationSettings(sampler: sharp, length: 60, seed: UInt64(seed))
        let written = try write(model, prompt, settings)[0]
        let text = Array((prompt + written.text).utf8)
        let ends = Set(GraphemeClusters(text).map(\.upperBound)).union([0, prompt.utf8.count])
        var shown = prompt.utf8.count
        for piece in written.pieces {
          shown += piece.utf8.count
          #expect(ends.contains(shown))
        }
      }
    }
  }

  @Test func whitespaceGoesOnAfterItsPrompt() throws {
    let model = try randomModel("a b c d e f a b c\n", kind: .whitespace)
    let settings = GenerationSettings(sampler: sharp, length: 4, seed: 1)
    let afterWord = try write(model, "a b", settings)[0].text
    #expect(afterWord.first == " ")
    #expect(afterWord.split(separator: " ").count == 4)
    for prompt in ["a b ", "a b\t", "a b\n"] {
      #expect(try write(model, prompt, settings)[0].text.first != " ")
    }
    #expect(try write(model, settings)[0].text.first != " ")
  }
}
