import RondoNN
import RondoText

/// Trains a model by truncated backpropagation through time over B parallel streams (Werbos 1990,
/// doi:10.1109/5.58337; Williams & Peng 1990, doi:10.1162/neco.1990.2.4.490).
///
/// Not for several threads at once; it runs its own.
public final class Trainer {
  /// The plan that is followed.
  public let plan: TrainingPlan
  /// Where training stands.
  public var progress: TrainingRecord.Progress { record.progress }
  /// Whether there is nothing left to do: all steps are done and validated, or validation stopped improving.
  public var isOver: Bool { record.isOver }
  /// Parameters of the model.
  public var parameterCount: Int { network.parameters.parameterCount }
  /// Text for the checkpoint: the full command, where there is one.
  public var command: String? {
    get { record.command }
    set { record.command = newValue }
  }

  let tokenizer: Tokenizer
  let network: RecurrentNetwork
  var optimizer: Optimizer
  /// The average of the parameters, where one is asked for; `record.usesAverage` says whether it is the model already.
  let average: ParameterStore?
  private(set) var tokens: BatchedTokens
  private let windows: WindowLengths
  var validator: Validator?
  var record: TrainingRecord
  var isValidating = false
  private let normPartials: Buffer<Double>
  private var inputs: [Int32]
  private var targets: [Int32]

  /// A trainer at its first step.
  ///
  /// - Parameters:
  ///   - plan: sizes and settings.
  ///   - data: the text.
  ///   - base: parameters to begin with (`FineTuning`); nil draws them from the seed.
  ///   - threadCount: threads; nil: as many as the process may use. The result does not depend on it.
  /// - Throws: `ConfigurationError`, also where the plan's sizes are not those of `base`; or when the threads cannot be
  ///   started.
  public convenience init(
    plan: TrainingPlan, data: TrainingData, base: FineTuning? = nil, threadCount: Int? = nil
  ) throws {
    try plan.checkMemory(vocabularySize: data.tokenizer.vocabularySize)
    try plan.checkForgetBias()
    try base?.check(plan.model)
    let network = plan.model.network(vocabularySize: data.tokenizer.vocabularySize)
    let parameters = ParameterStore(network)
    parameters.initialize(
      seed: plan.settings.seed, tied: plan.model.tied, range: plan.settings.initialRange)
    if let bias = plan.settings.forgetBias { parameters.setForgetBias(Float(bias)) }
    base?.apply(to: parameters, of: network)
    let record = TrainingRecord(
      command: nil, settings: plan.settings, corpus: data.documentNames, corpusDigest: data.digest,
      trainingTokens: data.training.count, validationTokens: data.validation.count,
      trainingDocuments: data.trainingDocumentCount, progress: .init())
    try self.init(
      plan: plan, data: data, parameters: parameters, record: record,
      optimizer: plan.settings.optimizer(parameterCount: parameters.values.count, progress: record.progress),
      average: nil, threadCount: threadCount)
  }

  init(
    plan: TrainingPlan, data: TrainingData, parameters: ParameterStore, record: TrainingRecord,
    optimizer: Optimizer, average: ParameterStore?, threadCount: Int?
  ) throws {
    self.plan = plan
    self.record = record
    self.optimizer = optimizer
    tokenizer = data.tokenizer
    let windows = WindowLengths(plan.settings)
    self.windows = windows
    network = RecurrentNetwork(
      configuration: plan.model.network(vocabularySize: data.tokenizer.vocabularySize),
      parameters: parameters,
      gang: try ThreadGang(threadCount: threadCount ?? ThreadGang.availableCores),
      maximumSteps: windows.longest, maximumBatch: plan.settings.batchSize)
    if plan.settings.averages {
      self.average = average ?? ParameterStore(network.configuration)
      if average == nil { self.average?.values.copy(from: parameters.values) }
    } else {
      self.average = nil
    }
    tokens = try BatchedTokens(data.training, batchSize: plan.settings.batchSize)
    validator =
      data.validation.count < 2 ? nil : try Validator(data.validation, batchSize: plan.settings.batchSize)
    normPartials = Buffer(count: parameters.values.count / 4096 + 1)
    inputs = Array(repeating: 0, count: windows.longest * plan.settings.batchSize)
    targets = inputs
  }

  // MARK: The loop

  /// Trains to the end of the plan. Nobody else can train into the folder meanwhile.
  ///
  /// The state is saved before the first step, so that a disk without room is met at once; then before and after each
  /// validation, every 500 steps and every five minutes, and at the end.
  ///
  /// Where the loss runs away, or is no number any more, training goes back to the state after the last validation or
  /// the last multiple of 500 steps, and on from there with half the learning rate. Where that was done eight times
  /// without a better validation, the error ends the run.
  ///
  /// - Parameters:
  ///   - folder: where checkpoints and metrics go; nil keeps everything in memory.
  ///   - onEvent: told of every step and validation; `.stop` ends the run with everything saved.
  /// - Throws: `TrainingError.lossIsNotFinite` and `.lossRanAway`, `CheckpointError`, `CorpusError.temporaryFile`, what
  ///   `onEvent` throws.
  public func run(
    savingTo folder: RunFolder? = nil,
    onEvent: (TrainingEvent, Trainer) throws -> TrainingControl = { _, _ in .proceed }
  ) throws -> TrainingOutcome {
    let lock = try folder.map { try FolderLock($0.path) }
    defer { withExtendedLifetime(lock) {} }
    folder?.removeLeftovers()
    let metrics = try folder.map {
      try MetricsLog(
        continuing: $0.metricsPath, after: progress.step, validationIsPending: record.isValidationPending,
        rollBacks: progress.recovery?.count ?? 0)
    }
    var lastSave = try save(to: folder, metrics)
    // One that is there belongs to an interrupted run, which goes back to what it would have gone back to.
    var point =
      if let path = folder?.existingRollBackPath, !isRecoveryPoint {
        RecoveryPoint.file(path: path)
      } else {
        try recoveryPoint(in: folder)
      }
    var isInterrupted = false, isEnding = false
    while !isOver, !isInterrupted {
      var control = TrainingControl.proceed
      do {
        if record.isValidationPending {
          let validation = try validate {
            control = try onEvent(.validating($0), self)
            isEnding = isEnding || control == .validateAndStop
            return control != .stop
          }
          guard !record.isValidationPending else {
            isInterrupted = true
            break
          }
          if let validation { try metrics?.append(MetricsLog.Line(validation)) }
          if validation?.isBest == true, let folder {
            try saveModel(to: folder.bestPath)
          }
          lastSave = try save(to: folder, metrics)
          if let validation { control = try onEvent(.validation(validation), self) }
          if isEnding { control = .stop }
        } else {
          let report = try step()
          if let line = metricsLine(report) { try metrics?.append(line) }
          control = try onEvent(.step(report), self)
          if control == .validateAndStop { (isEnding, control) = (true, endWithValidation()) }
          if record.isValidationPending || isRecoveryPoint || control == .stop
            || lastSave.duration(to: .now) > Self.saveInterval
          {
            lastSave = try save(to: folder, metrics)
          }
        }
        if isRecoveryPoint { point = try recoveryPoint(in: folder) }
      } catch let error as TrainingError {
        let report = try rollBack(to: point, because: error)
        try metrics?.append(MetricsLog.Line(report))
        lastSave = try save(to: folder, metrics)
        control = try onEvent(.rollBack(report), self)
        if control == .validateAndStop { (isEnding, control) = (true, endWithValidation()) }
      }
      if control != .proceed { isInterrupted = !isOver }
    }
    if isOver { folder?.removeRollBack() }
    return TrainingOutcome(
      reason: isInterrupted ? .interrupted : record.hasStoppedImproving ? .stoppedEarly : .finished,
      step: progress.step,
      bestValidationLoss: progress.bestValidationLoss, bestStep: progress.bestStep)
  }

  /// Has the present state validated next.
  private func endWithValidation() -> TrainingControl {
    record.progress.validationPending = true
    return .proceed
  }

  private static let saveInterval = Duration.seconds(300)

  /// The metrics first: what a checkpoint counts on must not be lost before it.
  private func save(to folder: RunFolder?, _ metrics: borrowing MetricsLog?) throws -> ContinuousClock.Instant
  {
    do {
      try metrics?.sync()
      if let folder { try save(to: folder.lastPath) }
      return .now
    } catch CheckpointError.nonFinite {
      throw TrainingError.lossIsNotFinite(
        step: progress.step, learningRate: learningRate(step: progress.step - 1), clip: plan.settings.clip)
    }
  }

  /// One window: forward, backward, clipping, optimizer.
  ///
  /// - Parameter learningRate: that of this step; nil: the schedule's.
  /// - Throws: `TrainingError.lossIsNotFinite`, `CorpusError.temporaryFile`; the parameters and the progress are then
  ///   those before the step. `TrainingError.lossRanAway` after it.
  @discardableResult
  func step(learningRate: Double? = nil) throws -> TrainingEvent.Step {
    let settings = plan.settings
    let count = try tokens.copyWindow(
      at: progress.position, length: windows.length(step: progress.step), inputs: &inputs, targets: &targets)
    let loss = network.train(
      inputs: inputs[..<(count * tokens.batchSize)], targets: targets[..<(count * tokens.batchSize)],
      batch: tokens.batchSize,
      key: DropoutKey(seed: settings.seed, step: UInt64(progress.step)))

    var scale = settings.loss == .sum ? Float(count) : 1
    if settings.valueClip > 0 {
      network.gang.clamp(network.gradients, scale: scale, bound: Float(settings.valueClip))
      scale = 1
    }
    let norm = Double(scale) * network.gang.norm(of: network.gradients, partials: normPartials)
    let rate = (learningRate ?? self.learningRate(step: progress.step)) * windows.rateFactor(steps: count)
    guard loss.isFinite, norm.isFinite else {
      throw TrainingError.lossIsNotFinite(step: progress.step + 1, learningRate: rate, clip: settings.clip)
    }
    if settings.clip > 0 { scale *= Optimizer.clippingScale(norm: norm, maximumNorm: settings.clip) }
    optimizer.update(
      network.parameters, gradients: network.gradients, learningRate: Float(rate), gradientScale: scale,
      network.gang)
    if let average, let weight = record.averageWeight(step: progress.step + 1) {
      network.gang.average(average.values, with: network.parameters.values, weight: weight)
    }
    network.parametersChanged()
    advance(by: count, loss: loss)
    var watch = progress.lossWatch ?? LossWatch()
    let hasRunAway = watch.note(loss, ignorance: ignorance)
    record.progress.lossWatch = watch
    if hasRunAway {
      throw TrainingError.lossRanAway(step: progress.step, learningRate: rate, clip: settings.clip)
    }
    return TrainingEvent.Step(
      step: progress.step, steps: settings.steps,
      epochs: Double(progress.epoch) + Double(progress.position) / Double(tokens.streamLength), loss: loss,
      learningRate: rate, gradientNorm: norm, tokens: count * tokens.batchSize)
  }

  /// That of the schedule, for a window of the usual length.
  func learningRate(step: Int) -> Double {
    let settings = plan.settings
    return settings.learningRate
      * settings.schedule.factor(
        step: step, of: settings.steps, epoch: progress.epoch, warmupSteps: settings.warmupSteps,
        plateauFactor: progress.plateauFactor)
      * (progress.recovery?.rateFactor ?? 1)
  }

  private func advance(by count: Int, loss: Double) {
    record.progress.step += 1
    record.progress.position += count
    // Else no model could be saved any more that can be loaded again.
    if loss.isFinite {
      record.progress.lossSum += loss
      record.progress.lossCount += 1
    }
    (record.progress.betaPower1, record.progress.betaPower2) = optimizer.betaPowers
    if progress.position >= tokens.streamLength {
      record.progress.position = 0
      record.progress.epoch += 1
      network.resetState()
    }
    record.progress.validationPending = isValidationDue ? true : nil
  }

  private func metricsLine(_ report: TrainingEvent.Step) -> MetricsLog.Line? {
    guard report.step % MetricsLog.interval == 0 || report.step == plan.settings.steps else { return nil }
    defer { (record.progress.lossSum, record.progress.lossCount) = (0, 0) }
    return MetricsLog.Line(
      step: report.step, epochs: report.epochs, loss: progress.lossSum / Double(progress.lossCount),
      learningRate: report.learningRate, gradientNorm: report.gradientNorm)
  }
}

extension TrainingPlan {
  init(model: ModelConfiguration, settings: TrainingSettings) {
    self.model = model
    self.settings = settings
  }
}
