import RondoNN

/// A request made explicit for one text: chosen once, printed, stored, and from then on fixed.
public struct TrainingPlan: Sendable, Equatable {
  /// The sizes of the model.
  public var model: ModelConfiguration
  /// The settings.
  public var settings: TrainingSettings
  /// What was changed and why, a line each.
  public var notes: [String] = []

  private static let defaultSeconds = 180.0

  /// Chooses what the request leaves open.
  ///
  /// - Parameters:
  ///   - model: the model to go on from (`--from`), whose sizes then hold.
  ///   - threadCount: threads that training will use: how many steps fit into a time is measured with them.
  /// - Throws: `ConfigurationError` for a setting that cannot be, or sizes that do not fit into memory.
  public init(
    _ request: TrainingRequest, for data: TrainingData, from model: ModelConfiguration? = nil,
    threadCount: Int = availableThreads()
  ) throws {
    let predictions = data.training.count - 1
    let size = Size(tokens: predictions)
    let hidden = request.hiddenSize ?? model?.hiddenSize ?? size.hiddenSize
    // The last layer's size where it is another.
    let top = request.lastHiddenSize ?? model?.lastHiddenSize ?? hidden
    let tied = request.tied ?? model?.tied ?? false, oneHot = request.oneHot ?? model?.oneHot ?? false
    let dropout = request.dropout ?? model?.dropout ?? size.dropout
    let embedding =
      request.embeddingSize ?? model?.embeddingSize
      ?? (oneHot ? 0 : tied ? top : min(hidden, data.tokenizer.vocabularySize < 512 ? 64 : 256))
    let needsProjection = tied && !oneHot && embedding != top
    let projection = request.projection ?? model?.projection ?? needsProjection
    let softmax = try Self.cutoffs(
      request, for: data, from: model, inputs: projection ? embedding : top, tied: tied)
    let cell = request.cell ?? model?.cell ?? .lstm
    let rounds = request.mogrifierRounds ?? model?.mogrifierRounds
    // What is usual is not kept, so that it is the same model whether it was given or not.
    let hasUsualRounds = cell.hasRounds && rounds == NetworkConfiguration.usualMogrifierRounds
    self.model = ModelConfiguration(
      cell: cell, mogrifierRounds: hasUsualRounds ? nil : rounds,
      mogrifierRank: request.mogrifierRank ?? model?.mogrifierRank,
      layerCount: request.layerCount ?? model?.layerCount ?? 2,
      hiddenSize: hidden, lastHiddenSize: top == hidden ? nil : top, embeddingSize: embedding, tied: tied,
      oneHot: oneHot,
      projection: projection, residual: request.residual ?? model?.residual ?? false,
      layerNorm: request.layerNorm ?? model?.layerNorm ?? false,
      cutoffs: softmax.cutoffs,
      inputDropout: request.inputDropout ?? model?.inputDropout ?? 0,
      dropout: dropout,
      outputDropout: request.outputDropout ?? model?.outputDropout ?? dropout,
      lockedDropout: request.lockedDropout ?? model?.lockedDropout ?? false,
      embeddingDropout: request.embeddingDropout ?? model?.embeddingDropout ?? 0,
      weightDrop: request.weightDrop ?? model?.weightDrop ?? 0,
      activationRegularization: request.activationRegularization ?? model?.activationRegularization ?? 0,
      temporalActivationRegularization: request.temporalActivationRegularization
        ?? model?.temporalActivationRegularization ?? 0)
    settings = TrainingSettings(
      batchSize: request.batchSize ?? size.batchSize, windowLength: request.windowLength ?? size.windowLength,
      randomWindow: request.randomWindow ?? false, loss: request.loss ?? .mean, steps: request.steps ?? 1,
      optimizer: request.optimizer ?? .adamw, momentum: request.momentum ?? 0.9,
      rmspropDecay: request.rmspropDecay ?? 0.99, nonMonotone: request.nonMonotone ?? 5,
      averageDecay: request.averageDecay,
      learningRate: request.learningRate ?? (request.optimizer ?? .adamw).usualLearningRate,
      initialRange: request.initialRange, forgetBias: request.forgetBias,
      schedule: request.schedule ?? (request.optimizer == .ntASGD ? .constant : .cosine),
      warmupSteps: request.warmupSteps ?? 0, clip: request.clip ?? 1, valueClip: request.valueClip ?? 0,
      weightDecay: request.weightDecay ?? ((request.optimizer ?? .adamw) == .adamw ? 0.01 : 0),
      validateEvery: request.validateEvery ?? 1, patience: request.patience ?? 0,
      validationFraction: data.validationFraction, seed: request.seed ?? 1)
    if needsProjection, request.projection == nil, model == nil {
      notes.append(
        "tied weights of \(embedding) numbers and hidden states of \(top) do not fit each other: a projection joins them"
      )
    }
    notes += softmax.notes
    try self.model.validate(vocabularySize: data.tokenizer.vocabularySize)
    try settings.validate()
    try checkForgetBias()
    shrinkToFit(predictions)
    try checkMemory(vocabularySize: data.tokenizer.vocabularySize)

    let streamLength = try BatchedTokens(data.training, batchSize: settings.batchSize).streamLength
    let windows = WindowLengths(settings)
    // With random windows that of the first pass; others differ by a few steps.
    let perEpoch = windows.steps(forEpochs: 1, streamLength: streamLength)
    if request.steps == nil {
      if let epochs = request.epochs {
        try require("epochs", epochs, in: 1...1_000_000)
        settings.steps = windows.steps(forEpochs: epochs, streamLength: streamLength)
      } else {
        let seconds = request.seconds ?? Self.defaultSeconds
        guard seconds > 0, seconds.isFinite else {
          throw ConfigurationError("max-time is \(seconds) seconds: it must be more than 0")
        }
        let fitting = try steps(in: seconds, data: data, threadCount: threadCount)
        // Left to itself a small text is not gone through more often than helps.
        settings.steps = request.seconds == nil ? min(fitting, max(200, 60 * perEpoch)) : fitting
      }
    }
    // Where windows have one length, steps say the same, and older versions can read them.
    let onceAPass: ValidationInterval = settings.randomWindow ? .epoch : .steps(perEpoch)
    if request.validateEvery == nil, settings.optimizer == .ntASGD {
      // Its trigger counts passes.
      settings.validateEvery = onceAPass
    } else if request.validateEvery == nil {
      // Once an epoch, within 10 to 20 times a run; seldomer where it would take a fifth as long as training does: a
      // token that is only predicted takes a third of the time of one that is learned from.
      let costInSteps = data.validation.count / (3 * settings.batchSize * settings.windowLength)
      let steps = max(1, settings.steps / 20, min(perEpoch, settings.steps / 10), 5 * costInSteps)
      settings.validateEvery = steps == perEpoch ? onceAPass : .steps(steps)
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

  /// Sizes by the number of tokens: larger texts carry larger models, smaller ones need more dropout.
  private struct Size {
    var hiddenSize, batchSize, windowLength: Int
    var dropout: Double

    init(tokens: Int) {
      switch tokens {
      case ..<50_000: (hiddenSize, batchSize, windowLength, dropout) = (128, 16, 64, 0.3)
      case ..<150_000: (hiddenSize, batchSize, windowLength, dropout) = (192, 32, 64, 0.3)
      case ..<1_000_000: (hiddenSize, batchSize, windowLength, dropout) = (256, 32, 64, 0.3)
      default: (hiddenSize, batchSize, windowLength, dropout) = (512, 64, 128, 0.2)
      }
    }
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

  /// Measures a few real steps on a model of this size that is then thrown away.
  private func steps(in seconds: Double, data: TrainingData, threadCount: Int) throws -> Int {
    let trainer = try Trainer(plan: self, data: data, threadCount: threadCount)
    try trainer.step()
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    repeat {
      do {
        try trainer.step()
      } catch let error as TrainingError {
        // A step takes as long where the loss runs away, and the run will go back from there.
        guard error.failedStep != nil else { throw error }
      }
      count += 1
    } while clock.now - start < .seconds(min(1.5, seconds / 20)) && count < 1000
    let (whole, fraction) = (clock.now - start).components
    let perStep = (Double(whole) + Double(fraction) * 1e-18) / Double(count)
    // A tenth of the time goes to validations and samples.
    return max(1, Int(min(0.9 * seconds / perStep, 1_000_000_000)))
  }
}
