import RondoNN

/// One model that scores one text after the other, with batch 1.
final class ModelScorer {
  /// Tokens to score in one call, if there are so many: whole segments.
  let windowLength: Int
  private let engine: Engine
  private let segmentLength: Int
  private let cache: NeuralCache?

  private enum Engine {
    case fixed(InferenceNetwork)
    case dynamic(DynamicNetwork)
  }

  /// Tokens that are read in one go.
  private static let usualWindow = 256

  init(
    _ model: LanguageModel, _ settings: EvaluationSettings, _ statistics: DynamicEvaluation.Statistics?,
    gang: ThreadGang
  ) throws(ConfigurationError) {
    if let dynamic = settings.dynamic {
      segmentLength = dynamic.segmentLength
      engine = .dynamic(
        try dynamic.network(model, statistics, keepsOutputs: settings.neuralCache != nil, gang: gang))
    } else {
      segmentLength = Self.usualWindow
      engine = .fixed(
        InferenceNetwork(
          try model.weights(settings.precision, gang), gang: gang, maximumBatch: 1,
          maximumRows: Self.usualWindow, scores: true))
    }
    windowLength = (Self.usualWindow + segmentLength - 1) / segmentLength * segmentLength
    cache = try settings.neuralCache?.cache(
      for: model, maximumRows: segmentLength, maximumQueries: segmentLength, gang: gang)
  }

  /// Stands before a text, with a zero state and the model as it was.
  func reset() {
    cache?.reset()
    switch engine {
    case .fixed(let network): network.resetState()
    case .dynamic(let network): network.reset()
    }
  }

  /// The logarithm of each target's probability.
  func logProbabilities(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>) -> [Double] {
    var result: [Double] = []
    var start = 0
    while start < inputs.count {
      let end = min(start + segmentLength, inputs.count)
      let own = inputs[inputs.startIndex + start..<inputs.startIndex + end]
      let next = targets[targets.startIndex + start..<targets.startIndex + end]
      let losses: Buffer<Double>
      switch engine {
      case .fixed(let network):
        _ = network.score(inputs: own, targets: next, batch: 1)
        losses = network.rowLosses(own.count)
      case .dynamic(let network):
        network.score(inputs: own, targets: next)
        losses = network.rowLosses(own.count)
      }
      result +=
        cache?.logProbabilities(of: next, at: output(own.count), losses: losses)
        ?? losses.array.map { -$0 }
      start = end
    }
    return result
  }

  private func output(_ rows: Int) -> Matrix {
    switch engine {
    case .fixed(let network): network.topOutput(rows)
    case .dynamic(let network): network.topOutput(rows)
    }
  }
}
