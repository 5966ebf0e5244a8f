import enum RondoNN.ExactMath
import RondoText
import Testing

@testable import Rondo

struct EvaluatorTests {
  @Test(arguments: [TokenizerKind.character, .whitespace], InferencePrecision.allCases)
  func eachTextBeginsAnew(_ kind: TokenizerKind, _ precision: InferencePrecision) throws {
    let model = try randomModel(kind: kind)
    let evaluator = try model.evaluator(threadCount: 2, precision: precision)
    for text in [words(200), "the fox", words(90, seed: 2), "the fox"] {
      let utf8 = Array(text.utf8)
      var scores: [Double] = [], expected: [Double] = []
      let evaluation = try evaluator.evaluate(onToken: { scores.append($1) }, reading: readingParts(of: utf8))
      let alone = try model.evaluate(utf8, precision: precision) { expected.append($1) }
      #expect(evaluation == alone && scores == expected)
    }
  }

  @Test func goesOnAfterATextThatCannotBeScored() throws {
    let model = try randomModel()
    let evaluator = try model.evaluator()
    let invalid = Array(words(200).utf8) + [0xFF]
    #expect(throws: TextError.invalidUTF8(offset: invalid.count - 1)) {
      try evaluator.evaluate(reading: readingParts(of: invalid))
    }
    #expect(throws: CorpusError.tooShort(tokenCount: 1, batchSize: 1)) {
      try evaluator.evaluate(reading: readingParts(of: []))
    }
    let text = Array("the fox".utf8)
    #expect(try evaluator.evaluate(reading: readingParts(of: text)) == model.evaluate(text))
  }

  private func scores(_ evaluator: Evaluator, _ text: String) throws -> [Double] {
    var scores: [Double] = []
    let result = try evaluator.evaluate(
      onToken: { scores.append($1) }, reading: readingParts(of: Array(text.utf8)))
    #expect(abs(result.nats + scores.reduce(0, +)) <= 1e-9 * result.nats)
    return scores
  }

  /// The probability of each token is the mean of the models'.
  @Test func severalModelsAverageTheirProbabilities() throws {
    let models = try (1...3 as ClosedRange<UInt64>).map { try randomModel(seed: $0) }
    let text = words(80)
    let alone = try models.map { try scores($0.evaluator(), text) }
    let together = try scores(Evaluator(models, threadCount: 2), text)
    #expect(together.count == text.utf8.count)
    for (index, score) in together.enumerated() {
      let mean = alone.reduce(0) { $0 + ExactMath.exp($1[index]) } / 3
      #expect(abs(ExactMath.exp(score) - mean) <= 1e-12)
    }
    #expect(
      try scores(Evaluator([models[0], models[0]]), text).elementsEqual(alone[0]) { abs($0 - $1) < 1e-12 })
    #expect(throws: ConfigurationError.self) { try Evaluator([models[0], randomModel("other text")]) }
  }

  /// Each model learns by its own statistics.
  @Test func severalModelsHaveStatisticsOfTheirOwn() throws {
    let models = [try randomModel(seed: 1), try randomModel(seed: 2)]
    let data = try TrainingData(
      Corpus(texts: [(name: "t", text: words(300))]), tokenizer: .existing(models[0].tokenizer),
      validationFraction: 0)
    let settings = EvaluationSettings(
      dynamic: DynamicEvaluation(rate: 1e-3, segmentLength: 7, usesStatistics: true))
    let statistics = try models.map {
      try DynamicEvaluation.Statistics($0, data, segmentLength: 7, threadCount: 1)
    }
    let text = words(80)
    let alone = try zip(models, statistics).map {
      try scores(Evaluator([$0], settings: settings, statistics: [$1]), text)
    }
    let together = try scores(Evaluator(models, settings: settings, statistics: statistics), text)
    for (index, score) in together.enumerated() {
      let mean = (ExactMath.exp(alone[0][index]) + ExactMath.exp(alone[1][index])) / 2
      #expect(abs(ExactMath.exp(score) - mean) <= 1e-12)
    }
    #expect(
      try scores(Evaluator(models, settings: settings, statistics: statistics.reversed()), text) != together)
  }

  /// With a cache, in segments, learning: every text begins with what was there before the first.
  @Test(arguments: [
    EvaluationSettings(neuralCache: NeuralCacheSettings(size: 20, weight: 0.4, flatness: 0.5)),
    EvaluationSettings(dynamic: DynamicEvaluation(rate: 0.5, segmentLength: 7, usesStatistics: false)),
    EvaluationSettings(
      dynamic: DynamicEvaluation(rate: 0.5, segmentLength: 7, usesStatistics: false),
      neuralCache: NeuralCacheSettings(size: 20, weight: 0.4, flatness: 0.5)),
  ])
  func followingATextEndsWithIt(settings: EvaluationSettings) throws {
    let model = try randomModel()
    let before = model.tensors
    let text = words(100)
    let evaluator = try Evaluator([model], settings: settings, threadCount: 2)
    let first = try scores(evaluator, text)
    #expect(try scores(evaluator, words(40, seed: 9)) != first)
    #expect(try scores(evaluator, text) == first)
    // A random model gains from what the text has had.
    let plain = try scores(model.evaluator(), text)
    #expect(first.reduce(0, +) > plain.reduce(0, +) + 50)
    #expect(model.tensors == before)
  }

  @Test func settingsThatCannotBe() throws {
    let model = try randomModel()
    for (settings, message) in [
      (
        EvaluationSettings(precision: .int8, dynamic: DynamicEvaluation(usesStatistics: false)),
        "precision is int8: a model that learns from the text has all its bits, f32"
      ),
      (
        EvaluationSettings(dynamic: DynamicEvaluation(rate: 0, usesStatistics: false)),
        "dynamic-rate is 0.0: it must be more than 0"
      ),
      (
        EvaluationSettings(dynamic: DynamicEvaluation(decay: 1.5, usesStatistics: false)),
        "dynamic-decay is 1.5: it must be 0 to 1"
      ),
      (
        EvaluationSettings(dynamic: DynamicEvaluation(segmentLength: 0, usesStatistics: false)),
        "dynamic-segment is 0: it must be at least 1"
      ),
      (
        EvaluationSettings(neuralCache: NeuralCacheSettings(size: 0)),
        "neural-cache is 0: it must be at least 1"
      ),
      (
        EvaluationSettings(neuralCache: NeuralCacheSettings(weight: 1)),
        "cache-weight is 1.0: it must be more than 0 and less than 1"
      ),
      (
        EvaluationSettings(neuralCache: NeuralCacheSettings(flatness: -1)),
        "cache-flatness is -1.0: it must be 0 or more"
      ),
    ] {
      #expect(
        thrown(ConfigurationError.self) { _ = try Evaluator([model], settings: settings) }?.description
          == message)
    }
  }
}
