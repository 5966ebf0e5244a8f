/// JSON as in a checkpoint (docs/checkpoint-format.md). Members that older checkpoints do not have are left out where they
/// have the value that was then the only one, so that equal runs have equal files, whatever wrote them.
extension TrainingSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case loss, steps, optimizer, momentum, schedule, clip, patience, seed
    case batchSize = "batch_size"
    case windowLength = "window"
    case learningRate = "learning_rate"
    case warmupSteps = "warmup"
    case randomWindow = "random_window"
    case valueClip = "clip_value"
    case rmspropDecay = "rmsprop_decay"
    case nonMonotone = "non_monotone"
    case averageDecay = "average_decay"
    case initialRange = "initial_range"
    case forgetBias = "forget_bias"
    case weightDecay = "weight_decay"
    case validateEvery = "validate_every"
    case validationFraction = "validation_fraction"
  }

  /// Reads what `encode` wrote, here or in an older version.
  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      batchSize: try members.decode(Int.self, forKey: .batchSize),
      windowLength: try members.decode(Int.self, forKey: .windowLength),
      steps: try members.decode(Int.self, forKey: .steps),
      optimizer: try members.decode(OptimizerKind.self, forKey: .optimizer),
      momentum: try members.decode(Double.self, forKey: .momentum),
      learningRate: try members.decode(Double.self, forKey: .learningRate),
      schedule: try members.decode(LearningRateSchedule.self, forKey: .schedule),
      warmupSteps: try members.decode(Int.self, forKey: .warmupSteps),
      clip: try members.decode(Double.self, forKey: .clip),
      weightDecay: try members.decode(Double.self, forKey: .weightDecay),
      validateEvery: try members.decode(ValidationInterval.self, forKey: .validateEvery),
      patience: try members.decode(Int.self, forKey: .patience),
      validationFraction: try members.decode(Double.self, forKey: .validationFraction),
      seed: try members.decode(UInt64.self, forKey: .seed))
    randomWindow = try members.decode(.randomWindow, else: randomWindow)
    loss = try members.decode(.loss, else: loss)
    valueClip = try members.decode(.valueClip, else: valueClip)
    rmspropDecay = try members.decode(.rmspropDecay, else: rmspropDecay)
    nonMonotone = try members.decode(.nonMonotone, else: nonMonotone)
    averageDecay = try members.decodeIfPresent(Double.self, forKey: .averageDecay)
    initialRange = try members.decodeIfPresent(Double.self, forKey: .initialRange)
    forgetBias = try members.decodeIfPresent(Double.self, forKey: .forgetBias)
  }

  /// An object with the options of `rondo train`, their names with `_` for `-`.
  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(batchSize, forKey: .batchSize)
    try members.encode(windowLength, forKey: .windowLength)
    try members.encode(steps, forKey: .steps)
    try members.encode(optimizer, forKey: .optimizer)
    try members.encode(momentum, forKey: .momentum)
    try members.encode(learningRate, forKey: .learningRate)
    try members.encode(schedule, forKey: .schedule)
    try members.encode(warmupSteps, forKey: .warmupSteps)
    try members.encode(clip, forKey: .clip)
    try members.encode(weightDecay, forKey: .weightDecay)
    try members.encode(validateEvery, forKey: .validateEvery)
    try members.encode(patience, forKey: .patience)
    try members.encode(validationFraction, forKey: .validationFraction)
    try members.encode(seed, forKey: .seed)
    let usual = Self(steps: steps)
    func write<Value: Encodable & Equatable>(_ member: KeyPath<Self, Value>, _ key: CodingKeys) throws {
      if self[keyPath: member] != usual[keyPath: member] {
        try members.encode(self[keyPath: member], forKey: key)
      }
    }
    try write(\.randomWindow, .randomWindow)
    try write(\.loss, .loss)
    try write(\.valueClip, .valueClip)
    try write(\.rmspropDecay, .rmspropDecay)
    try write(\.nonMonotone, .nonMonotone)
    try write(\.averageDecay, .averageDecay)
    try write(\.initialRange, .initialRange)
    try write(\.forgetBias, .forgetBias)
  }
}
