import ArgumentParser
import Rondo

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Say how well a model predicts texts.",
    discussion: """
      The loss is the mean of -ln p over the tokens, in nats; perplexity is e to the loss: how many tokens the model \
      hesitates between. Each text begins with a zero state, which is carried to its end. Of several models the mean \
      of their probabilities is scored.

      Example: rondo evaluate models/fables.safetensors corpora/fables.txt
      """)

  @Argument(
    help: ArgumentHelp(
      "A model, which is a .safetensors file or a run folder, or several; then texts, which are files or folders; - is standard input.",
      valueName: "model-and-text"))
  var operands: [String]
  @Flag(name: .long, help: "The result as a line of JSON.")
  var json = false
  @Flag(name: .long, help: "With --json: a line for each token and its log-probability, before the result.")
  var perToken = false
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var precision: PrecisionOption
  @OptionGroup(title: "Following the text") var adaptation: AdaptationOptions
  @Option(name: .long, parsing: .unconditional, help: "Threads; all cores if not given.")
  var threads: Int?

  mutating func validate() throws {
    if perToken, !json { throw ValidationError("--per-token needs --json.") }
  }

  private struct Token: Encodable {
    var id: UInt32
    var logProbability: Double
  }

  func run() throws {
    try ThreadError.check(threads)
    let settings = EvaluationSettings(
      precision: precision.value, dynamic: adaptation.dynamicEvaluation,
      neuralCache: adaptation.cacheSettings)
    try settings.validate()
    let modelCount = max(1, operands.prefix { RunFolder.isModel($0) }.count)
    let texts = Array(operands[modelCount...])
    guard !texts.isEmpty else {
      throw Failure(
        "no text given: name files or folders after the model\(modelCount > 1 ? "s" : "")",
        code: Failure.usage)
    }
    let models = try operands[..<modelCount].map { path in
      let model = try loadModel(at: path)
      warnOfUntrained(model, path)
      return model
    }
    try Evaluator.requireOneTokenizer(models)
    let model = models[0], threadCount = threads ?? availableThreads()
    let anyBytes = model.tokenizer.takesAnyBytes
    let evaluator = try Evaluator(
      models, settings: settings,
      statistics: adaptation.statistics(
        models, reading: reading.options(anyBytes: anyBytes), threadCount: threadCount),
      threadCount: threadCount)
    let corpus = try reading.corpus(texts, anyBytes: anyBytes)
    var short: [Corpus.Skipped] = []
    let scores = try corpus.mapDocuments { document -> Evaluation? in
      do {
        var reader = try document.reader()
        return try evaluator.evaluate {
          id, logProbability in
          if perToken { Console.print(json: Token(id: id, logProbability: logProbability)) }
        } reading: {
          try reader.read($0)
        }
      } catch CorpusError.tooShort(let count, _) {
        short.append(.init(name: document.name, reason: .tooShort(tokenCount: count)))
        return nil
      }
    }
    let total = scores.compactMap(\.self).reduce(Evaluation(), +)
    reportSkipped(short)
    guard total.predictions > 0 else {
      throw Failure(
        "there is nothing to predict: the first token has none before it, so a text needs two; give more text",
        code: Failure.badData)
    }
    if json { return Console.print(json: Result(total)) }
    let unit = model.tokenizer.kind == .whitespace ? "word" : "token"
    Console.print("loss                \(Format.fixed(total.natsPerToken, 4)) nats per \(unit)")
    Console.print("perplexity          \(Format.fixed(total.perplexity, 3))")
    Console.print("bits per character  \(Format.fixed(total.bitsPerCharacter, 4))")
    Console.print("bits per byte       \(Format.fixed(total.bitsPerByte, 4))")
    Console.print(
      "tokens              \(Format.grouped(total.tokens)), \(Format.grouped(total.predictions)) predicted")
    Console.print("unknown             \(Format.fixed(total.unknownRate * 100, 2)) %")
    if total.unknown > 0, model.tokenizer.kind != .whitespace {
      Console.error("rondo: warning: a score that contains <unk> is not comparable with another vocabulary's")
    }
  }

  private struct Result: Encodable {
    var tokens, predictions, bytes, characters, unknown: Int
    var nats, natsPerToken, perplexity, bitsPerCharacter, bitsPerByte, unknownRate: Double

    init(_ evaluation: Evaluation) {
      tokens = evaluation.tokens
      predictions = evaluation.predictions
      bytes = evaluation.bytes
      characters = evaluation.characters
      unknown = evaluation.unknown
      nats = evaluation.nats
      natsPerToken = evaluation.natsPerToken
      perplexity = evaluation.perplexity
      bitsPerCharacter = evaluation.bitsPerCharacter
      bitsPerByte = evaluation.bitsPerByte
      unknownRate = evaluation.unknownRate
    }
  }
}
