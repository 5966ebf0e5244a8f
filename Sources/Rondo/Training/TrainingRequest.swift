/// What somebody asks for when training: nil is left to Rondo, which then chooses by the size of the text.
public struct TrainingRequest: Sendable, Equatable {
  /// Settings of the model; see `ModelConfiguration`.
  public var layerCount: Int?
  public var hiddenSize: Int?
  public var embeddingSize: Int?
  public var tied: Bool?
  public var inputDropout: Double?
  public var dropout: Double?
  public var outputDropout: Double?
  /// Settings of training; see `TrainingSettings`.
  public var batchSize: Int?
  public var windowLength: Int?
  public var optimizer: TrainingSettings.OptimizerKind?
  public var momentum: Double?
  public var learningRate: Double?
  public var schedule: LearningRateSchedule?
  public var warmupSteps: Int?
  public var clip: Double?
  public var weightDecay: Double?
  public var validateEvery: Int?
  public var patience: Int?
  public var validationFraction: Double?
  public var seed: UInt64?
  /// How long: by steps, by passes through the text, or by seconds turned into steps once at the start. The first
  /// given counts; none means three minutes.
  public var steps: Int?
  public var epochs: Int?
  public var seconds: Double?

  /// Everything left to Rondo.
  public init() {}
}
