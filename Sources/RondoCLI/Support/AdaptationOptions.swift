import ArgumentParser
import Rondo

/// How a model follows the text that it reads.
struct AdaptationOptions: ParsableArguments {
  @Flag(name: .long, help: "Dynamic evaluation: learn from the text while it is read.")
  var dynamic = false
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Its learning rate; 0.0001 with --dynamic-statistics, 0.1 without, if not given.", valueName: "rate"))
  var dynamicRate: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "How much of the way back to the model as it was, 0 to 1; 0.002 with --dynamic-statistics, 0 without, if not given.",
      valueName: "part"))
  var dynamicDecay: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Tokens between two steps of learning; 20 if not given.", valueName: "tokens"))
  var dynamicSegment: Int?
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "The text it was trained on, which is read once to see how large the gradients were; may be given several times.",
      valueName: "text"))
  var dynamicStatistics: [String] = []
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Neural cache: make what followed similar states among so many last tokens more probable.",
      valueName: "tokens"))
  var neuralCache: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The cache's part of the probability; 0.1 if not given.", valueName: "part"))
  var cacheWeight: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "How much the similarity of states counts; 0.3 if not given.", valueName: "number"))
  var cacheFlatness: Double?

  mutating func validate() throws {
    let ofDynamic = namesOfGiven([
      ("--dynamic-rate", dynamicRate != nil), ("--dynamic-decay", dynamicDecay != nil),
      ("--dynamic-segment", dynamicSegment != nil), ("--dynamic-statistics", !dynamicStatistics.isEmpty),
    ])
    if !dynamic, let name = ofDynamic.first { throw ValidationError("\(name) needs --dynamic.") }
    let ofCache = namesOfGiven([
      ("--cache-weight", cacheWeight != nil), ("--cache-flatness", cacheFlatness != nil),
    ])
    if neuralCache == nil, let name = ofCache.first {
      throw ValidationError("\(name) needs --neural-cache.")
    }
  }

  var dynamicEvaluation: DynamicEvaluation? {
    guard dynamic else { return nil }
    return DynamicEvaluation(
      rate: dynamicRate, decay: dynamicDecay, segmentLength: dynamicSegment ?? 20,
      usesStatistics: !dynamicStatistics.isEmpty)
  }

  var cacheSettings: NeuralCacheSettings? {
    guard let neuralCache else { return nil }
    var settings = NeuralCacheSettings(size: neuralCache)
    if let cacheWeight { settings.weight = cacheWeight }
    if let cacheFlatness { settings.flatness = cacheFlatness }
    return settings
  }

  /// Reads the text of `--dynamic-statistics`, once for each model.
  ///
  /// - Parameters:
  ///   - models: of one tokenizer.
  ///   - options: how the text is to be read.
  /// - Returns: nothing where there is no such text.
  func statistics(
    _ models: [LanguageModel], reading options: CorpusOptions = CorpusOptions(), threadCount: Int
  ) throws -> [DynamicEvaluation.Statistics] {
    guard let dynamicEvaluation, let model = models.first, !dynamicStatistics.isEmpty else { return [] }
    let text = try TrainingData(
      ReadingDisplay.corpus(dynamicStatistics, options, anyBytes: model.tokenizer.takesAnyBytes),
      tokenizer: .existing(model.tokenizer), validationFraction: 0, threadCount: threadCount)
    return try models.map {
      try DynamicEvaluation.Statistics(
        $0, text, segmentLength: dynamicEvaluation.segmentLength, threadCount: threadCount)
    }
  }
}
