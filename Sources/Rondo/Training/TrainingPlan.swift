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
  /// Where there is time for so many steps, longer windows bring more than the second half of them.
  private static let manySteps = 6_000

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
    let size = Size(tokens: predictions, vocabularySize: data.tokenizer.vocabularySize)
    let hidden = request.hiddenSize ?? model?.hiddenSize ?? size.hiddenSize
    // The last layer's size where it is another.
    let top = request.lastHiddenSize ?? model?.lastHiddenSize ?? hidden
    let tied = request.tied ?? model?.tied ?? false, oneHot = request.oneHot ?? model?.oneHot ?? false
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
      lockedDropout: request.lockedDropout ?? model?.lockedDropout ?? false,
      embeddingDropout: request.embeddingDropout ?? model?.embeddingDropout ?? 0,
      activationRegularization: request.activationRegularization ?? model?.activationRegularization ?? 0,
      temporalActivationRegularization: request.temporalActivationRegularization
        ?? model?.temporalActivationRegularization ?? 0)
    settings = TrainingSettings(
      batchSize: request.batchSize ?? size.batchSize, windowLength: request.windowLength ?? size.windowLength,
      randomWindow: request.randomWindow ?? false, loss: request.loss ?? .mean, steps: request.steps ?? 1,
      optimizer: request.optimizer ?? .adamw, momentum: request.momentum ?? 0.9,
      rmspropDecay: request.rmspropDecay ?? 0.99, nonMonotone: request.nonMonotone ?? 5,
      averageDecay: request.averageDecay,
      learningRate: request.learningRate
        ?? (request.optimizer ?? .adamw).usualLearningRate(vocabularySize: data.tokenizer.vocabularySize),
      initialRange: request.initialRange, forgetBias: request.forgetBias,
      schedule: request.schedule ?? (request.optimizer == .ntASGD ? .constant : .cosine),
      warmupSteps: request.warmupSteps ?? 0, clip: request.clip ?? 1, valueClip: request.valueClip ?? 0,
      weightDecay: request.weightDecay ?? 0,
      validateEvery: request.validateEvery ?? 1, patience: request.patience ?? 0,
      validationFraction: data.validationFraction, seed: request.seed ?? 1)
    if needsProjection, request.projection == nil, model == nil {
      notes.append(
        "tied weights of \(embedding) numbers and hidden states of \(top) do not fit each other: a projection joins them"
      )
    }
    notes += softmax.notes
    // How many steps fit into a time is measured with dropout, which takes some of it.
    regularize(as: request, from: model, .init(passes: .infinity, tokens: predictions))
    try self.model.validate(vocabularySize: data.tokenizer.vocabularySize)
    try settings.validate()
    try checkForgetBias()
    shrinkToFit(predictions)
    try checkMemory(vocabularySize: data.tokenizer.vocabularySize)

    let streamLength = try BatchedTokens(data.training, batchSize: settings.batchSize).streamLength
    // With random windows that of the first pass; others differ by a few steps.
    var perEpoch = WindowLengths(settings).steps(forEpochs: 1, streamLength: streamLength)
    if request.steps == nil {
      if let epochs = request.epochs {
        try require("epochs", epochs, in: 1...1_000_000)
        settings.steps = WindowLengths(settings).steps(forEpochs: epochs, streamLength: streamLength)
      } else {
        let seconds = request.seconds ?? Self.defaultSeconds
        guard seconds > 0, seconds.isFinite else {
          throw ConfigurationError("max-time is \(seconds) seconds: it must be more than 0")
        }
        let perStep = try secondsPerStep(atMost: seconds / 20, data: data, threadCount: threadCount)
        // A twentieth goes to the start, samples and checkpoints.
        let fitting = steps(
          within: 0.95 * seconds / perStep, validating: request.validateEvery, perEpoch: perEpoch, data: data)
        // No text is gone through more often than helps.
        settings.steps = min(fitting, max(200, size.passes * perEpoch))
        if request.seconds != nil, settings.steps < fitting {
          notes.append(
            "a text of this size is known by heart after \(size.passes) passes, which take less time than was given: "
              + "--epochs sets another number")
        }
        if request.windowLength == nil, predictions >= 150_000, settings.steps >= Self.manySteps {
          lengthenWindows(vocabularySize: data.tokenizer.vocabularySize)
          perEpoch = WindowLengths(settings).steps(forEpochs: 1, streamLength: streamLength)
        }
      }
    }
    regularize(
      as: request, from: model, .init(passes: Double(settings.steps) / Double(perEpoch), tokens: predictions))
    if request.weightDecay == nil, settings.optimizer == .adamw {
      settings.weightDecay = request.dropout == nil ? usualWeightDecay(perEpoch: perEpoch) : 0.01
    }
    // Where windows have one length, steps say the same, and older versions can read them.
    let onceAPass: ValidationInterval = settings.randomWindow ? .epoch : .steps(perEpoch)
    if request.validateEvery == nil, settings.optimizer == .ntASGD {
      // Its trigger counts passes.
      settings.validateEvery = onceAPass
    } else if request.validateEvery == nil {
      let steps = validationInterval(steps: settings.steps, perEpoch: perEpoch, data: data)
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

  /// By the number of tokens: larger texts carry larger models; smaller ones are learned in smaller steps, and are known by
  /// heart after so many passes.
  private struct Size {
    var hiddenSize, batchSize, windowLength, passes: Int

    init(tokens: Int, vocabularySize: Int) {
      (hiddenSize, batchSize, windowLength, passes) =
        switch tokens {
        case ..<50_000: (256, 4, 32, 25)
        case ..<150_000: (256, 8, 64, 30)
        case ..<1_000_000: (384, 16, 64, 40)
        default: (512, 16, 64, 60)
        }
      // The decoder takes most of the time then, this size times as many entries.
      if vocabularySize > 2000 { hiddenSize = 256 }
    }
  }

  /// What keeps a text from being learned by heart: the more, the more often it is seen and the smaller it is.
  private struct Regularization {
    var dropout, weightDrop: Double

    init(passes: Double, tokens: Int) {
      (dropout, weightDrop) =
        switch passes {
        case ..<5: (0.2, 0)
        case ..<12: (0.3, 0.1)
        case _ where tokens >= 150_000: (0.3, 0.2)
        case ..<20: (0.4, 0.2)
        default: (0.5, 0.3)
        }
    }
  }

  /// Takes the dropout that was asked for, or that of the model to go on from, or this. Who asks for dropout gets no other
  /// beside it: published settings and earlier commands mean what they say.
  private mutating func regularize(
    as request: TrainingRequest, from base: ModelConfiguration?, _ usual: Regularization
  ) {
    model.dropout = request.dropout ?? base?.dropout ?? usual.dropout
    model.outputDropout = request.outputDropout ?? base?.outputDropout ?? model.dropout
    model.weightDrop =
      request.weightDrop ?? base?.weightDrop ?? (request.dropout == nil ? usual.weightDrop : 0)
  }

  /// What Adam's steps do not renew fades over five passes, or a thousand steps where those are more: the number of passes
  /// does not depend on the sizes of model and text (Wang & Aitchison 2024, arXiv:2405.13698). Of two digits, or whole.
  private func usualWeightDecay(perEpoch: Int) -> Double {
    let decay = 1 / (settings.learningRate * Double(max(1000, 5 * perEpoch)))
    var scale = 1.0
    while decay * scale < 10, scale < 1e9 { scale *= 10 }
    return (decay * scale).rounded() / scale
  }

  /// Half as many steps over windows of twice the length, if there is memory for them.
  private mutating func lengthenWindows(vocabularySize: Int) {
    var longer = self
    longer.settings.windowLength *= 2
    longer.settings.steps /= 2
    if (try? longer.checkMemory(vocabularySize: vocabularySize)) != nil { self = longer }
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

  /// How many steps of training take as long as a validation, about: a token that is only predicted takes a third to a half
  /// of the time of one that is learned from.
  private func stepsOfValidation(_ data: TrainingData) -> Int {
    data.validation.count / (2 * settings.batchSize * settings.windowLength)
  }

  /// Steps between validations: once an epoch, within 10 to 20 times a run; seldomer where it would take a fifth as long as
  /// training does.
  private func validationInterval(steps: Int, perEpoch: Int, data: TrainingData) -> Int {
    max(1, steps / 20, min(perEpoch, steps / 10), 5 * stepsOfValidation(data))
  }

  /// As many steps as leave room for the validations in the time of so many steps.
  private func steps(
    within time: Double, validating requested: ValidationInterval?, perEpoch: Int, data: TrainingData
  ) -> Int {
    let time = min(time, 1_000_000_000), validation = Double(stepsOfValidation(data))
    let interval =
      switch requested {
      case .steps(0): Int(time)
      case .steps(let steps): steps
      case .epoch: perEpoch
      case nil: validationInterval(steps: Int(time), perEpoch: perEpoch, data: data)
      }
    return max(1, Int(time / (1 + validation / Double(max(1, interval)))))
  }

  /// Measures a few real steps, for this time at most, on a model of this size that is then thrown away.
  private func secondsPerStep(atMost limit: Double, data: TrainingData, threadCount: Int) throws -> Double {
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
    } while clock.now - start < .seconds(min(3, limit)) && count < 1000
    return (clock.now - start) / .seconds(1) / Double(count)
  }
}
