import RondoNN

/// Going back to the last good state where the loss runs away or is no number any more. States to go back to are kept at
/// steps that follow from the settings, so that a run which was interrupted goes back to the same ones.
extension Trainer {
  /// A good state to go back to.
  enum RecoveryPoint {
    /// In a file of the run's folder.
    case file(path: String)
    /// In memory, where there is no folder.
    case memory(Checkpoint)
  }

  private static let recoveryInterval = 500
  private static let mostRollBacks = 8

  /// Whether the present state is one to go back to: the first, and the one after every validation and every 500 steps,
  /// unless its loss is on its way up.
  var isRecoveryPoint: Bool {
    guard !record.isValidationPending else { return false }
    guard progress.step % Self.recoveryInterval == 0 || isAtValidationInterval else { return false }
    return progress.lossWatch?.isCalm(ignorance: ignorance) ?? true
  }

  /// The loss of a model that knows nothing: ln V.
  var ignorance: Double { ExactMath.log(Double(tokenizer.vocabularySize)) }

  /// Keeps the present state, which was just saved where there is a folder.
  func recoveryPoint(in folder: RunFolder?) throws(CheckpointError) -> RecoveryPoint {
    guard let folder else { return .memory(copyOfState) }
    if !folder.linkLastForRollBack() { try save(to: folder.rollBackPath) }
    return .file(path: folder.rollBackPath)
  }

  private var copyOfState: Checkpoint {
    func copy(_ store: ParameterStore) -> ParameterStore {
      let copy = ParameterStore(network.configuration)
      copy.values.copy(from: store.values)
      return copy
    }
    var state = checkpointToResume
    state.parameters = copy(state.parameters)
    var optimizer = plan.settings.optimizer(parameterCount: network.gradients.count, progress: progress)
    optimizer.restore(self.optimizer)
    let averages = state.resumption?.average.map(copy)
    state.resumption?.optimizer = optimizer
    state.resumption?.average = averages
    return state
  }

  /// Goes back to a state and halves the learning rate.
  ///
  /// - Throws: `error` where eight times did not bring a better validation, or the file is another run's;
  ///   `CheckpointError` where it cannot be read.
  func rollBack(to point: RecoveryPoint, because error: TrainingError) throws -> TrainingEvent.RollBack {
    var recovery = progress.recovery ?? .init()
    guard let failedStep = error.failedStep, recovery.countSinceBest < Self.mostRollBacks else { throw error }
    let state =
      switch point {
      case .file(let path): try Checkpoint(resumingFrom: path)
      case .memory(let checkpoint): checkpoint
      }
    guard let record = state.training, let resumption = state.resumption, state.model == plan.model,
      record.corpusDigest == self.record.corpusDigest
    else { throw error }
    recovery.count += 1
    recovery.countSinceBest += 1
    recovery.rateFactor /= 2
    // The best model is in its file, however it ended.
    let (bestLoss, bestStep) = (progress.bestValidationLoss, progress.bestStep)
    self.record.progress = record.progress
    (self.record.progress.bestValidationLoss, self.record.progress.bestStep) = (bestLoss, bestStep)
    self.record.progress.recovery = recovery

    network.parameters.values.copy(from: state.parameters.values)
    optimizer.restore(resumption.optimizer)
    if let average { average.values.copy(from: (resumption.average ?? state.parameters).values) }
    // What is after the units of a state, too: where that was NaN, it stays so and comes into the sums of the way back.
    network.resetState()
    for (stream, saved) in resumption.streams.enumerated() { network.setState(saved, stream: stream) }
    network.parametersChanged()
    return TrainingEvent.RollBack(
      step: failedStep, backTo: progress.step, rateFactor: recovery.rateFactor, cause: error)
  }
}
