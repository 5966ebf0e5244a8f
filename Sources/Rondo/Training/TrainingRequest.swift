/// What somebody asks for when training: nil is left to Rondo, which then chooses by the size of the text.
public struct TrainingRequest: Sendable, Equatable {
  /// The recurrent cell.
  public var cell: ModelConfiguration.Cell?
  /// Rounds of a Mogrifier LSTM; 5 if nil.
  public var mogrifierRounds: Int?
  /// The rank of its matrices; full if nil.
  public var mogrifierRank: Int?
  /// Recurrent layers.
  public var layerCount: Int?
  /// Units of each layer.
  public var hiddenSize: Int?
  /// Units of the last layer; as many as the others if nil.
  public var lastHiddenSize: Int?
  /// Length of a token's embedding.
  public var embeddingSize: Int?
  /// Whether the decoder uses the encoder's weight.
  public var tied: Bool?
  /// Whether the last layer's output is projected to the embedding's length; if nil, where tied weights need it.
  public var projection: Bool?
  /// Whether each layer above the first adds the output of the layer below to its own.
  public var residual: Bool?
  /// Whether the layers have layer normalization.
  public var layerNorm: Bool?
  /// The kind of softmax; by the size of the vocabulary if nil, where no cutoffs are given.
  public var softmax: ModelConfiguration.Softmax?
  /// The first entry of each cluster of an adaptive softmax; by the size of the vocabulary if nil.
  public var cutoffs: [Int]?
  /// Dropout on the first layer's input.
  public var inputDropout: Double?
  /// Dropout between layers.
  public var dropout: Double?
  /// Dropout before the decoder; that between layers if nil.
  public var outputDropout: Double?
  /// Whether tokens enter as one-hot vectors.
  public var oneHot: Bool?
  /// Whether dropout has one mask for all time steps of a window.
  public var lockedDropout: Bool?
  /// Dropout of whole embeddings.
  public var embeddingDropout: Double?
  /// Dropout of recurrent weights.
  public var weightDrop: Double?
  /// α of activation regularization.
  public var activationRegularization: Double?
  /// β of temporal activation regularization.
  public var temporalActivationRegularization: Double?
  /// Parallel streams.
  public var batchSize: Int?
  /// Steps of backpropagation through time.
  public var windowLength: Int?
  /// Whether windows have random lengths; no if nil.
  public var randomWindow: Bool?
  /// How the losses of a window are put together; the mean if nil.
  public var loss: TrainingSettings.LossReduction?
  /// The optimizer.
  public var optimizer: TrainingSettings.OptimizerKind?
  /// Momentum of SGD.
  public var momentum: Double?
  /// How much of RMSprop's mean of squares stays at each step.
  public var rmspropDecay: Double?
  /// Validations that NT-ASGD waits for a better one.
  public var nonMonotone: Int?
  /// The decay of averaged weights; none if nil.
  public var averageDecay: Double?
  /// The full learning rate.
  public var learningRate: Double?
  /// The first parameters are uniform in ± this; if nil as in PyTorch's modules.
  public var initialRange: Double?
  /// The first bias of each forget gate; drawn like the others if nil.
  public var forgetBias: Double?
  /// How the learning rate goes down.
  public var schedule: LearningRateSchedule?
  /// Steps of warm-up.
  public var warmupSteps: Int?
  /// The longest gradient; 0: not clipped.
  public var clip: Double?
  /// The largest magnitude of an element of the gradient; 0 or nil: any.
  public var valueClip: Double?
  /// Weight decay; if nil by the steps of a pass with AdamW, or 0.01 where `dropout` is given, and none with the others.
  public var weightDecay: Double?
  /// How often to validate.
  public var validateEvery: ValidationInterval?
  /// Validations without improvement before the end; 0: never.
  public var patience: Int?
  /// The seed.
  public var seed: UInt64?
  /// Steps in all. Of `steps`, `epochs` and `seconds` the first given counts; none means three minutes.
  public var steps: Int?
  /// Passes through the text.
  public var epochs: Int?
  /// Seconds, turned into steps once at the start.
  public var seconds: Double?

  /// Everything left to Rondo.
  public init() {}

  /// The settings that are asked for. What is left open and does not follow from the text is as usual, one step and none
  /// of warm-up until they are chosen; the batch size and the window length are these, and the learning rate is that for
  /// this many entries.
  package func settings(
    batchSize: Int = 1, windowLength: Int = 1, vocabularySize: Int = 0, validationFraction: Double
  ) -> TrainingSettings {
    let optimizer = optimizer ?? .adamw
    return TrainingSettings(
      batchSize: self.batchSize ?? batchSize, windowLength: self.windowLength ?? windowLength,
      randomWindow: randomWindow ?? false, loss: loss ?? .mean, steps: steps ?? 1, optimizer: optimizer,
      momentum: momentum ?? 0.9, rmspropDecay: rmspropDecay ?? 0.99, nonMonotone: nonMonotone ?? 5,
      averageDecay: averageDecay,
      learningRate: learningRate ?? optimizer.usualLearningRate(vocabularySize: vocabularySize),
      initialRange: initialRange, forgetBias: forgetBias,
      schedule: schedule ?? (optimizer == .ntASGD ? .constant : .cosine), warmupSteps: warmupSteps ?? 0,
      clip: clip ?? 1, valueClip: valueClip ?? 0, weightDecay: weightDecay ?? 0,
      validateEvery: validateEvery ?? 1, patience: patience ?? 0, validationFraction: validationFraction,
      seed: seed ?? 1)
  }

  /// Names of what is asked for and says what the model is made of, which a model to go on from has already.
  package var sizes: [String] {
    let asked: [(name: String, isAsked: Bool)] = [
      ("cell", cell != nil), ("mogrifier-rounds", mogrifierRounds != nil),
      ("mogrifier-rank", mogrifierRank != nil), ("layers", layerCount != nil),
      ("hidden-size", hiddenSize != nil), ("last-hidden-size", lastHiddenSize != nil),
      ("embedding-size", embeddingSize != nil), ("tied", tied != nil), ("one-hot", oneHot != nil),
      ("projection", projection != nil), ("residual", residual != nil), ("layer-norm", layerNorm != nil),
      ("softmax", softmax != nil), ("cutoffs", cutoffs != nil),
    ]
    return asked.filter(\.isAsked).map(\.name)
  }
}
