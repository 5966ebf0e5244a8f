import RondoNN

/// How models read the texts that they are scored on.
public struct EvaluationSettings: Sendable, Equatable {
  /// Of the weights; f32 where they change.
  public var precision: InferencePrecision
  /// How they learn from what they have scored; nil: they stay as they are.
  public var dynamic: DynamicEvaluation?
  /// What they remember of a text beside their state; nil: nothing.
  public var neuralCache: NeuralCacheSettings?

  /// Settings; if nothing is given, models stay as they are.
  public init(
    precision: InferencePrecision = .f32, dynamic: DynamicEvaluation? = nil,
    neuralCache: NeuralCacheSettings? = nil
  ) {
    self.precision = precision
    self.dynamic = dynamic
    self.neuralCache = neuralCache
  }

  /// Checks that one can evaluate so.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate() throws(ConfigurationError) {
    try dynamic?.validate()
    try neuralCache?.validate()
    guard dynamic == nil || precision == .f32 else {
      throw ConfigurationError(
        "precision is \(precision.rawValue): a model that learns from the text has all its bits, f32")
    }
  }
}
