import RondoNN

extension Trainer {
  var isValidationDue: Bool { progress.step == plan.settings.steps || isAtValidationInterval }

  /// Whether an interval between validations has just gone by.
  var isAtValidationInterval: Bool {
    switch plan.settings.validateEvery {
    case .steps(let count): count > 0 && progress.step % count == 0
    // After the last window of a pass it is that of the next pass already.
    case .epoch: progress.position == 0
    }
  }

  /// The mean loss over the held-out text, its state carried from window to window; nil where there is none, or where
  /// `goesOn` ended it, which leaves it pending.
  func validate(
    goesOn: (TrainingEvent.Validating) throws -> Bool
  ) throws -> TrainingEvent.Validation? {
    var loss: Double?
    if validator != nil {
      isValidating = true
      exchangeAverage()
      defer {
        exchangeAverage()
        isValidating = false
      }
      loss = try validator?.meanLoss(network, windowLength: plan.settings.windowLength) {
        try goesOn(.init(step: progress.step, tokens: $0, totalTokens: $1))
      }
      guard loss != nil else { return nil }
    }
    record.progress.validationPending = nil
    guard let loss else { return nil }
    guard loss.isFinite else {
      throw TrainingError.lossIsNotFinite(
        step: progress.step, learningRate: learningRate(step: progress.step - 1), clip: plan.settings.clip)
    }
    let isBest = progress.bestValidationLoss.map { loss < $0 } ?? true
    record.progress.validationLoss = loss
    if isBest {
      (record.progress.bestValidationLoss, record.progress.bestStep) = (loss, progress.step)
      record.progress.recovery?.countSinceBest = 0
    }
    // Else a run that was ended early and went on would not be the one that was never ended.
    if isAtValidationInterval { takeBearings(loss) }
    return TrainingEvent.Validation(
      step: progress.step, loss: loss, isBest: isBest, bestLoss: progress.bestValidationLoss ?? loss,
      bestStep: progress.bestStep ?? progress.step,
      beginsAveraging: progress.averaging?.step == progress.step)
  }

  /// What follows for training from the loss at the end of an interval.
  private func takeBearings(_ loss: Double) {
    if plan.settings.optimizer == .ntASGD {
      var trigger = progress.averaging ?? AveragingTrigger()
      trigger.note(loss, step: progress.step, nonMonotone: plan.settings.nonMonotone)
      record.progress.averaging = trigger
    }
    if progress.bestIntervalLoss.map({ loss < $0 }) ?? true {
      record.progress.bestIntervalLoss = loss
      record.progress.validationsWithoutImprovement = 0
    } else {
      record.progress.validationsWithoutImprovement += 1
      if case .plateau(let factor) = plan.settings.schedule { record.progress.plateauFactor *= factor }
    }
  }

  /// Lets the averaged parameters and the trained ones change places, where the average is used.
  private func exchangeAverage() {
    guard let average, record.usesAverage else { return }
    network.parameters.values.swap(with: average.values)
    network.parametersChanged()
  }
}
