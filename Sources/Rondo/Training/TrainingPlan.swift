import RondoNN

/// A request made explicit for one text: chosen once, printed, stored, and from then on fixed.
public struct TrainingPlan: Sendable, Equatable {
  /// The sizes of the model.
  public var model: ModelConfiguration
  /// The settings.
  public var settings: TrainingSettings
  /// What was changed and why, a line each.
  public var notes: [String] = []

  /// Chooses what the request leaves open.
  ///
  /// - Parameters:
  ///   - base: the model to go on from (`--from`): its sizes hold, and its dropout where no other is asked for.
  ///   - threadCount: threads that training will use: how many steps fit into a time is measured with them.
  /// - Throws: `ConfigurationError` for a setting that cannot be, sizes beside those of `base`, or sizes that do not fit
  ///   into memory.
  public init(
    _ request: TrainingRequest, for data: TrainingData, from base: ModelConfiguration? = nil,
    threadCount: Int = availableThreads()
  ) throws {
    if base != nil, let name = request.sizes.first {
      throw ConfigurationError("\(name) cannot be asked for with a model to go on from: it has its sizes")
    }
    let predictions = data.training.count - 1
    let size = Size(tokens: predictions, vocabularySize: data.tokenizer.vocabularySize)
    (model, notes) = try Self.model(request, for: data, from: base, size)
    settings = Self.settings(request, for: data, size)
    // How many steps fit into a time is measured with dropout, which takes some of it.
    regularize(as: request, from: base, .init(passes: .infinity, tokens: predictions))
    try model.validate(vocabularySize: data.tokenizer.vocabularySize)
    try settings.validate()
    try checkForgetBias()
    try checkHeldOut(data)
    shrinkToFit(predictions)
    try checkMemory(vocabularySize: data.tokenizer.vocabularySize)

    let perEpoch = try chooseSteps(request, for: data, passes: size.passes, threadCount: threadCount)
    regularize(
      as: request, from: base, .init(passes: Double(settings.steps) / Double(perEpoch), tokens: predictions))
    if request.weightDecay == nil, settings.optimizer == .adamw {
      settings.weightDecay = request.dropout == nil ? usualWeightDecay(perEpoch: perEpoch) : 0.01
    }
    if request.validateEvery == nil {
      settings.validateEvery = usualValidationInterval(perEpoch: perEpoch, data: data)
    }
    if request.warmupSteps == nil { settings.warmupSteps = min(100, settings.steps / 20) }
    try settings.validate()
  }

  /// - Throws: `ConfigurationError` where a bias is set for a gate that the cell does not have.
  func checkForgetBias() throws(ConfigurationError) {
    guard settings.forgetBias == nil || model.cell.hasForgetGate else {
      throw ConfigurationError("forget-bias is for cells with a forget gate: \(model.cell.rawValue) has none")
    }
  }

  /// - Throws: `ConfigurationError` where a setting goes by validations and no text is held out.
  private func checkHeldOut(_ data: TrainingData) throws(ConfigurationError) {
    guard data.validation.count < 2, let what = settings.needsHeldOutText else { return }
    throw ConfigurationError("\(what) a text to validate on: hold some out")
  }

  private mutating func shrinkToFit(_ predictions: Int) {
    if settings.windowLength > predictions {
      notes.append(
        "the text is shorter than one window of \(settings.windowLength): the window is now \(predictions)")
      settings.windowLength = predictions
    }
    let fitting = max(1, predictions / settings.windowLength)
    if settings.batchSize > fitting {
      notes.append(
        "the text has no room for \(settings.batchSize) streams of one window each: the batch size is now \(fitting)"
      )
      settings.batchSize = fitting
    }
  }
}
