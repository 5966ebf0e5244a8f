import RondoNN
import RondoText

/// Models that score texts one after the other, with batch 1: the probability of a token is the mean of those that they
/// give it. It owns the memory for that and the weights as they are packed, once for all texts.
public final class Evaluator {
  private let tokenizer: Tokenizer
  private let scorers: [ModelScorer]
  private let threadCount: Int

  /// Packs the weights and stands before a text.
  ///
  /// - Parameters:
  ///   - models: one or more, of one tokenizer.
  ///   - settings: how they read.
  ///   - statistics: of each model, in their order, for dynamic evaluation; empty: none.
  ///   - threadCount: threads to use. The result does not depend on it.
  /// - Throws: `ConfigurationError` for settings that cannot be and for models of different tokenizers; `ThreadError`.
  /// - Precondition: there is a model, and statistics of all or none.
  public init(
    _ models: [LanguageModel], settings: EvaluationSettings = EvaluationSettings(),
    statistics: [DynamicEvaluation.Statistics] = [], threadCount: Int = 1
  ) throws {
    precondition(!models.isEmpty && [0, models.count].contains(statistics.count), "statistics of each model")
    try settings.validate()
    try Self.requireOneTokenizer(models)
    tokenizer = models[0].tokenizer
    self.threadCount = threadCount
    let gang = try ThreadGang(threadCount: threadCount)
    scorers = try models.enumerated().map { index, model in
      try ModelScorer(model, settings, statistics.isEmpty ? nil : statistics[index], gang: gang)
    }
  }

  /// - Throws: `ConfigurationError` for models of different tokenizers.
  package static func requireOneTokenizer(_ models: [LanguageModel]) throws(ConfigurationError) {
    for (index, model) in models.enumerated() where model.tokenizer != models[0].tokenizer {
      throw ConfigurationError(
        "model \(index + 1) has another vocabulary than the first: their probabilities cannot be averaged")
    }
  }

  /// Scores a text, which need not be in memory as a whole. It begins with a zero state and the models as they are,
  /// whatever was scored before.
  ///
  /// - Parameters:
  ///   - onToken: told of each predicted token and the logarithm of its probability, in order.
  ///   - read: gives further bytes, at most as many as asked for, and none at the end alone.
  /// - Throws: `TextError`; `CorpusError.tooShort` where there is nothing to predict; what `read` throws.
  public func evaluate(
    onToken: (UInt32, Double) -> Void = { _, _ in }, reading read: (Int) throws -> [UInt8]
  ) throws -> Evaluation {
    for scorer in scorers { scorer.reset() }
    let window = scorers[0].windowLength
    var result = Evaluation()
    /// What has been read and not been both input and target.
    var stream = tokenizer.boundaryID.map { [Int32($0)] } ?? []
    func score(atLeast least: Int) {
      var start = 0
      while stream.count - 1 - start >= least {
        let end = min(start + window, stream.count - 1)
        let scores = logProbabilities(inputs: stream[start..<end], targets: stream[start + 1..<end + 1])
        result.predictions += end - start
        result.nats -= scores.reduce(0, +)
        for (row, score) in scores.enumerated() { onToken(UInt32(stream[start + 1 + row]), score) }
        start = end
      }
      stream.removeFirst(start)
    }
    let unknownID = tokenizer.unknownID
    try tokenizer.encode(threadCount: threadCount, keepsClusters: true, reading: read) {
      ($0, bytes: $1.count, characters: clusterCount($1))
    } receiving: { encoding, bytes, characters in
      result.tokens += encoding.ids.count
      result.bytes += bytes
      result.characters += characters
      result.unknown += unknownID.map { id in encoding.ids.count { $0 == id } } ?? 0
      stream += encoding.ids.lazy.map { Int32($0) }
      score(atLeast: window)
    }
    score(atLeast: 1)
    guard result.predictions > 0 else { throw CorpusError.tooShort(tokenCount: stream.count, batchSize: 1) }
    return result
  }

  /// The logarithm of each target's mean probability over the models.
  private func logProbabilities(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>) -> [Double] {
    let all = scorers.map { $0.logProbabilities(inputs: inputs, targets: targets) }
    guard all.count > 1 else { return all[0] }
    return all[0].indices.map { row in
      let largest = all.reduce(-Double.infinity) { max($0, $1[row]) }
      let sum = all.reduce(0) { $0 + ExactMath.exp($1[row] - largest) }
      return largest + ExactMath.log(sum / Double(all.count))
    }
  }
}
