import RondoText
import Testing

@testable import Rondo

struct ModelReaderTests {
  private func logits(_ reader: ModelReader) -> [UInt32] { reader.logits().array.map(\.bitPattern) }

  @Test(arguments: [1, 63, 64, 65, 128, 200])
  func twoPiecesAreOne(_ cut: Int) throws {
    let model = try randomModel()
    let text = String(words(80).prefix(260))
    let (whole, parts) = (try model.reader(), try model.reader())
    #expect(try whole.read(text) == 0)
    try parts.read(String(text.prefix(cut)))
    #expect(parts.state != whole.state)
    try parts.read(String(text.dropFirst(cut)))
    #expect(parts.state == whole.state)
    #expect(logits(parts) == logits(whole))
    #expect(try logits(model.reader(threadCount: 2)) == logits(model.reader()))
  }

  @Test func stateIsAValue() throws {
    let model = try randomModel()
    let reader = try model.reader()
    let fresh = reader.state
    try reader.read("the old ")
    let kept = reader.state
    let before = reader.next(5)
    try reader.read("lion")
    let branch = reader.next(5)
    #expect(branch != before)
    try reader.read(" sat")

    try reader.restart(from: kept)
    #expect(reader.state == kept)
    #expect(reader.next(5) == before)
    try reader.read("lion")
    #expect(reader.next(5) == branch)

    // In another reader too, by way of a file.
    let other = try model.reader()
    try other.restart(from: JSONText.decode(RecurrentState.self, from: JSONText.encode(kept)))
    #expect(other.next(5) == before)
    reader.restart()
    #expect(reader.state == fresh)
    #expect(try model.reader().state == fresh)
  }

  /// A state is kept in files, so it may be any model's, and damaged.
  @Test func stateThatDoesNotFitIsRefused() throws {
    let model = try randomModel()
    let reader = try model.reader()
    try reader.read("the old ")
    let before = reader.state
    for (values, message) in [
      (
        [Float](repeating: 0, count: 79),
        "the state has 79 numbers and this model needs 80: it is of another model; take one that this model left"
      ),
      (
        [],
        "the state has 0 numbers and this model needs 80: it is of another model; take one that this model left"
      ),
      (
        before.values.dropLast() + [.nan],
        "the state is damaged: it has NaN or infinity; read the text again"
      ),
      (
        [-.infinity] + before.values.dropFirst(),
        "the state is damaged: it has NaN or infinity; read the text again"
      ),
    ] {
      let state = RecurrentState(values: values)
      #expect(thrown(ConfigurationError.self) { try reader.restart(from: state) }?.description == message)
      #expect(reader.state == before)
      #expect(
        thrown(ConfigurationError.self) { try TextGenerator(model, from: state) }?.description == message)
    }
  }

  @Test func likeliestContinuations() throws {
    let model = try randomModel()
    let reader = try model.reader()
    try reader.read("the fo")
    let all = reader.next(1000)
    #expect(all.count == model.tokenizer.vocabularySize)
    #expect(abs(all.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.probability >= $1.probability })
    #expect(all.allSatisfy { $0.probability > 0 })
    #expect(Set(all.map(\.id)).count == all.count)
    for count in [0, 1, 3] { #expect(reader.next(count) == Array(all.prefix(count))) }
    #expect(reader.next(3).reduce(0) { $0 + $1.probability } < 1)
    #expect(reader.next(1000) == all, "looking changes nothing")
    for token in all where token.id > 1 {
      #expect(try model.tokenizer.encode(Array(token.text.utf8)).ids == [token.id])
    }
    #expect(Set(all.map(\.text)).isSuperset(of: ["<unk>", "<boundary>", "t", "\n"]))

    let greedy = try TextGenerator(
      model, prompt: "the fo", settings: .init(sampler: .init(temperature: 0), length: 1))
    #expect(try greedy.next()?.first?.token == all[0].id)
  }

  @Test func unknownCharactersAreCounted() throws {
    let reader = try randomModel("abc").reader()
    #expect(try reader.read("aΩbé") == 2)
    #expect(try reader.read("") == 0)
    #expect(try reader.read("abc") == 0)
  }

  // MARK: - The token before the first

  private func record(documents: Int) -> TrainingRecord {
    TrainingRecord(
      command: nil, settings: TrainingSettings(steps: 1), corpus: (0..<documents).map { "\($0).txt" },
      corpusDigest: "", trainingTokens: 0, validationTokens: 0, progress: .init())
  }

  @Test func newlineStandsForABoundaryHardlySeen() throws {
    let text = "ab\nab\n"
    let newline = try randomModel(text).tokenizer.vocabulary.id(of: Array("\n".utf8))
    #expect(newline != nil)
    #expect(try randomModel(text).startID == 1)
    #expect(try randomModel(text, training: record(documents: 1)).startID == newline)
    #expect(try randomModel(text, training: record(documents: 19)).startID == newline)
    #expect(try randomModel(text, training: record(documents: 20)).startID == 1)
    #expect(try randomModel("abab", training: record(documents: 1)).startID == 1, "there is no newline")
    #expect(try randomModel(text, kind: .whitespace, training: record(documents: 1)).startID == 1, "<eos>")

    // What was held out or cut does not count, nor do files to validate on.
    var seen = record(documents: 24)
    seen.trainingDocuments = 19
    #expect(try randomModel(text, training: seen).startID == newline)
    seen.trainingDocuments = 20
    #expect(try randomModel(text, training: seen).startID == 1)

    // After it an empty line, if that is what comes.
    for (bias, start) in [(Float(-20), "\n"), (20, "\n\n")] {
      let model = try randomModel(text, training: record(documents: 1))
      model.parameters["decoder.bias"][Int(try #require(newline))] = bias
      let (fresh, other) = (try model.reader(), try model.reader())
      other.network.resetState()
      try other.read(start)
      #expect(fresh.state == other.state)
    }
  }

  @Test(arguments: [(19, 5, false), (20, 0, true), (20, 5, true)])
  func theTrainerCountsTheDocumentsItSees(_ training: Int, _ validation: Int, _ hasLearned: Bool) throws {
    func corpus(_ count: Int) -> Corpus {
      Corpus(texts: (0..<count).map { (name: "\($0).txt", text: "ab\nab\n") })
    }
    let data = try TrainingData(
      corpus(training), validation: validation == 0 ? nil : corpus(validation),
      tokenizer: .built(TokenizerSettings(kind: .character, normalizer: Normalizer())), validationFraction: 0)
    let plan = TrainingPlan(
      model: tinySizes(), settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1))
    let model = try Trainer(plan: plan, data: data, threadCount: 1).model
    #expect(model.training?.trainingDocuments == training)
    #expect((model.startID == model.tokenizer.boundaryID) == hasLearned)
  }
}
