import RondoNN

/// How a model is trained: everything explicit, so that the same settings give the same bytes.
public struct TrainingSettings: Sendable, Equatable {
  /// The optimizer.
  public enum OptimizerKind: String, Sendable, Codable, CaseIterable {
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101), β 0.9 and 0.999, ε 1e-8.
    case adamw
    /// Stochastic gradient descent with momentum.
    case sgd
    /// Plain stochastic gradient descent that begins to average the parameters when validation no longer gets better
    /// (non-monotonically triggered averaged SGD; Merity et al. 2017, arXiv:1708.02182).
    case ntASGD = "nt-asgd"
    /// Steps divided by the root of a running mean of squares (Tieleman & Hinton 2012), ε 1e-8.
    case rmsprop
  }

  /// What the losses of a window [T, B] become before their gradient is taken.
  public enum LossReduction: String, Sendable, Codable, CaseIterable {
    /// Their mean over time and streams.
    case mean
    /// Their sum over time and mean over streams, as Zaremba et al. 2014 (arXiv:1409.2329) have it: T times the mean's
    /// gradient, with that of the activation regularizations, so that these keep their proportion. What is reported
    /// stays the mean over tokens.
    case sum
  }

  /// Parallel streams the text is cut into (B).
  public var batchSize: Int
  /// Time steps of backpropagation (T); the state is carried on from window to window.
  public var windowLength: Int
  /// Whether windows have random lengths around `windowLength`, at most 20 more, with the learning rate times their length
  /// over `windowLength` (Merity et al. 2017, arXiv:1708.02182).
  public var randomWindow: Bool
  /// How the losses of a window are put together.
  public var loss: LossReduction
  /// Optimizer steps in all.
  public var steps: Int
  /// The optimizer.
  public var optimizer: OptimizerKind
  /// Momentum of SGD, 0 ..< 1; NT-ASGD has none.
  public var momentum: Double
  /// How much of RMSprop's mean of squares stays at each step, 0 ..< 1.
  public var rmspropDecay: Double
  /// NT-ASGD begins to average when a validation is worse than the best of those more than so many validations ago.
  public var nonMonotone: Int
  /// D of an exponential moving average of the parameters, 0.9 ... 0.99999, that is validated, saved as the best and used for
  /// samples, while training goes on with the parameters themselves; nil: none. In step t its decay is
  /// min(D, (1 + t) / (10 + t)), so that it does not remember the first parameters for long.
  public var averageDecay: Double?
  /// The learning rate that the schedule shapes.
  public var learningRate: Double
  /// All first parameters, biases too, are uniform in ± this; nil: those of PyTorch's modules.
  public var initialRange: Double?
  /// The first bias of each forget gate (the sum of its two); nil: drawn like the others. For cells that have one.
  public var forgetBias: Double?
  /// How the learning rate goes down.
  public var schedule: LearningRateSchedule
  /// Steps over which the learning rate rises in a line to its full value.
  public var warmupSteps: Int
  /// The longest the gradient may be (global norm); 0: not clipped.
  public var clip: Double
  /// The largest magnitude an element of the gradient may have; those beyond are set to it, before the norm is taken. 0:
  /// any.
  public var valueClip: Double
  /// Decoupled weight decay (AdamW) or L2 penalty (SGD, RMSprop).
  public var weightDecay: Double
  /// How often held-out text is scored.
  public var validateEvery: ValidationInterval
  /// Validations without improvement after which training ends; 0: never.
  public var patience: Int
  /// The part of the text that is held out, 0 ..< 1 (`HeldOutSplit`).
  public var validationFraction: Double
  /// Seed of the initial parameters, of dropout and of random windows.
  public var seed: UInt64

  /// Settings with the common choices for what is not given.
  public init(
    batchSize: Int = 32, windowLength: Int = 64, randomWindow: Bool = false, loss: LossReduction = .mean,
    steps: Int, optimizer: OptimizerKind = .adamw, momentum: Double = 0.9, rmspropDecay: Double = 0.99,
    nonMonotone: Int = 5, averageDecay: Double? = nil, learningRate: Double = 0.002,
    initialRange: Double? = nil, forgetBias: Double? = nil, schedule: LearningRateSchedule = .cosine,
    warmupSteps: Int = 0, clip: Double = 1, valueClip: Double = 0, weightDecay: Double = 0.01,
    validateEvery: ValidationInterval = 0, patience: Int = 0, validationFraction: Double = 0.1,
    seed: UInt64 = 1
  ) {
    self.batchSize = batchSize
    self.windowLength = windowLength
    self.randomWindow = randomWindow
    self.loss = loss
    self.steps = steps
    self.optimizer = optimizer
    self.momentum = momentum
    self.rmspropDecay = rmspropDecay
    self.nonMonotone = nonMonotone
    self.averageDecay = averageDecay
    self.learningRate = learningRate
    self.initialRange = initialRange
    self.forgetBias = forgetBias
    self.schedule = schedule
    self.warmupSteps = warmupSteps
    self.clip = clip
    self.valueClip = valueClip
    self.weightDecay = weightDecay
    self.validateEvery = validateEvery
    self.patience = patience
    self.validationFraction = validationFraction
    self.seed = seed
  }

  /// Checks that one can train so.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate() throws(ConfigurationError) {
    try require("batch-size", batchSize, in: 1...65536)
    try require("window", windowLength, in: 1...65536)
    guard !randomWindow || loss == .mean else {
      throw ConfigurationError(
        "random-window lets the rate follow the window's length, and so does loss sum: choose one")
    }
    try require("steps", steps, in: 1...1_000_000_000)
    try require("warmup", warmupSteps, in: 0...1_000_000_000)
    if case .steps(let count) = validateEvery { try require("validate-every", count, in: 0...1_000_000_000) }
    try require("patience", patience, in: 0...1_000_000)
    guard learningRate > 0, learningRate.isFinite else {
      throw ConfigurationError("learning-rate is \(learningRate): it must be more than 0")
    }
    for (name, value) in [("momentum", momentum), ("rmsprop-decay", rmspropDecay)] {
      guard value >= 0, Float(value) < 1 else {
        throw ConfigurationError("\(name) is \(value): it must be at least 0 and less than 1")
      }
    }
    for (name, bound) in [("clip", clip), ("clip-value", valueClip)] {
      // The kernels take single precision, in which a bound that is less would be 0: off.
      guard bound == 0 || bound > 0 && bound.isFinite && Float(bound) > 0 else {
        throw ConfigurationError("\(name) is \(bound): it must be 0 (off) or more")
      }
    }
    try require("non-monotone", nonMonotone, in: 1...1000)
    if let averageDecay {
      guard averageDecay >= 0.9, averageDecay <= 0.99999 else {
        throw ConfigurationError(
          "average-decay is \(averageDecay): it must be at least 0.9 and at most 0.99999")
      }
      guard optimizer != .ntASGD else {
        throw ConfigurationError(
          "average-decay is not for optimizer nt-asgd, which averages by itself: choose one")
      }
    }
    if let initialRange {
      guard Float(initialRange) > 0, Float(initialRange).isFinite else {
        throw ConfigurationError("initial-range is \(initialRange): it must be more than 0")
      }
    }
    if let forgetBias, !Float(forgetBias).isFinite {
      throw ConfigurationError("forget-bias is \(forgetBias): it must be a finite number")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw ConfigurationError("weight-decay is \(weightDecay): it must be 0 or more")
    }
    guard validationFraction >= 0, validationFraction < 1 else {
      throw ConfigurationError(
        "validation-fraction is \(validationFraction): it must be at least 0 and less than 1")
    }
    try schedule.validate()
  }

  /// What goes by validations, as the beginning of a message that it needs a text for them; nil where nothing does.
  package var needsHeldOutText: String? {
    if averages { return "averaged weights need" }
    if patience > 0 { return "patience needs" }
    if case .plateau = schedule { return "a plateau schedule needs" }
    return nil
  }

  /// How parameters follow their gradient.
  var rule: RondoNN.OptimizerKind {
    switch optimizer {
    case .adamw: .adamW()
    case .sgd: .sgd(momentum: Float(momentum))
    case .ntASGD: .sgd(momentum: 0)
    case .rmsprop: .rmsProp(decay: Float(rmspropDecay))
    }
  }

  /// The optimizer as it stands after the steps of `progress`, its moments still zero.
  func optimizer(parameterCount: Int, progress: TrainingRecord.Progress) -> Optimizer {
    Optimizer(
      kind: rule, weightDecay: Float(weightDecay), parameterCount: parameterCount, step: progress.step,
      betaPowers: (progress.betaPower1, progress.betaPower2))
  }
}

extension TrainingSettings.OptimizerKind {
  /// The full learning rate where none is asked for. Adam's is lower for words, most of which come up seldom: its steps have
  /// a length that does not depend on the gradient's.
  func usualLearningRate(vocabularySize: Int) -> Double {
    switch self {
    case .adamw: vocabularySize < 20_000 ? 0.006 : 0.003
    case .sgd: 1
    case .ntASGD: 10
    case .rmsprop: 0.002
    }
  }
}
