import RondoNN
import RondoText

/// How a model goes on learning from a text while it reads it (Krause, Kahembwe, Murray & Renals 2018,
/// arXiv:1709.07432): after each segment is scored, a step along its gradient, and back towards what was trained.
///
///     p ← p + d (p₀ − p) − η g / (s + ε)      d = min(1, λ s / mean s)
///
/// s is the root mean square of the parameter's gradient in training (`DynamicEvaluation.Statistics`). Without it, the
/// gradient is not divided and d is λ.
public struct DynamicEvaluation: Sendable, Equatable {
  /// η.
  public var rate: Double
  /// λ, 0 to 1.
  public var decay: Double
  /// Tokens of a segment.
  public var segmentLength: Int
  /// ε.
  public var epsilon: Double

  /// Settings; those that are not given are usual ones.
  ///
  /// - Parameter usesStatistics: whether there will be statistics: the usual rate and decay are others then.
  public init(
    rate: Double? = nil, decay: Double? = nil, segmentLength: Int = 20, epsilon: Double = 2e-5,
    usesStatistics: Bool
  ) {
    self.rate = rate ?? (usesStatistics ? 1e-4 : 0.1)
    self.decay = decay ?? (usesStatistics ? 2e-3 : 0)
    self.segmentLength = segmentLength
    self.epsilon = epsilon
  }

  /// Checks that one can evaluate so.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate() throws(ConfigurationError) {
    guard Float(rate) > 0, Float(rate).isFinite else {
      throw ConfigurationError("dynamic-rate is \(rate): it must be more than 0")
    }
    guard decay >= 0, decay <= 1 else {
      throw ConfigurationError("dynamic-decay is \(decay): it must be 0 to 1")
    }
    try require("dynamic-segment", segmentLength, in: 1...65536)
    guard Float(epsilon) > 0, Float(epsilon).isFinite else {
      throw ConfigurationError("dynamic-epsilon is \(epsilon): it must be more than 0")
    }
  }

  /// How large a model's gradients were in training.
  public struct Statistics: Sendable {
    let values: GradientStatistics
    let parameterCount: Int

    /// Streams of the windows, each of one segment: Krause et al.'s number.
    private static let batchSize = 100

    /// Goes through a text once, in windows of a segment of up to 100 streams.
    ///
    /// - Parameters:
    ///   - text: what the model was trained on, in the tokens of its own tokenizer; its `training` part is read.
    ///   - threadCount: threads to use. The result does not depend on it.
    /// - Throws: `ThreadError`, `CorpusError`; `ConfigurationError` where there is no memory for such windows.
    /// - Precondition: `text.tokenizer` is the model's.
    public init(
      _ model: LanguageModel, _ text: TrainingData, segmentLength: Int, threadCount: Int = availableThreads()
    ) throws {
      precondition(text.tokenizer == model.tokenizer, "the text is in tokens of another model")
      let batch = max(1, min(Self.batchSize, (text.training.count - 1) / segmentLength))
      try requireMemory(model, segmentLength: segmentLength, batch: batch)
      var tokens = try BatchedTokens(text.training, batchSize: batch)
      let network = RecurrentNetwork(
        configuration: model.network.withoutRegularization, parameters: model.parameters,
        gang: try ThreadGang(threadCount: threadCount), maximumSteps: segmentLength, maximumBatch: batch)
      var inputs = [Int32](repeating: 0, count: segmentLength * batch), targets = inputs
      var position = 0
      values = try network.gradientStatistics(batch: batch) {
        guard position < tokens.streamLength else { return nil }
        let steps = try tokens.copyWindow(
          at: position, length: segmentLength, inputs: &inputs, targets: &targets)
        position += steps
        return (inputs[..<(steps * batch)], targets[..<(steps * batch)])
      }
      parameterCount = model.parameterCount
    }
  }

  /// - Throws: `ConfigurationError` where there is no memory for it.
  func network(
    _ model: LanguageModel, _ statistics: Statistics?, keepsOutputs: Bool, gang: ThreadGang
  ) throws(ConfigurationError) -> DynamicNetwork {
    try requireMemory(model, segmentLength: segmentLength, batch: 1)
    return DynamicNetwork(
      model.network, model.parameters,
      update: DynamicUpdate(
        rate: Float(rate), decay: Float(decay), epsilon: Float(epsilon), statistics: statistics?.values),
      segmentLength: segmentLength, keepsOutputs: keepsOutputs, gang: gang)
  }
}

extension LanguageModel {
  /// The model that dynamic evaluation leaves after a text, which begins with a zero state.
  ///
  /// - Throws: `ConfigurationError`, `TextError`, `ThreadError`.
  public func adapted(
    to utf8: [UInt8], _ dynamic: DynamicEvaluation, statistics: DynamicEvaluation.Statistics? = nil,
    threadCount: Int = 1
  ) throws -> LanguageModel {
    try dynamic.validate()
    let ids = ([startID] + (try tokenizer.encode(utf8).ids)).map { Int32($0) }
    let gang = try ThreadGang(threadCount: threadCount)
    let network = try dynamic.network(self, statistics, keepsOutputs: false, gang: gang)
    var start = 0
    while start < ids.count - 1 {
      let end = min(start + dynamic.segmentLength, ids.count - 1)
      network.score(inputs: ids[start..<end], targets: ids[start + 1..<end + 1])
      start = end
    }
    return LanguageModel(
      configuration: configuration, tokenizer: tokenizer, training: training, parameters: network.parameters)
  }
}

private func requireMemory(
  _ model: LanguageModel, segmentLength: Int, batch: Int
) throws(ConfigurationError) {
  try requireMemory(
    for: "dynamic-segment is \(segmentLength)",
    RecurrentNetwork.memory(
      model.network.withoutRegularization, steps: segmentLength, batch: batch, moments: 1
    ).total)
}
