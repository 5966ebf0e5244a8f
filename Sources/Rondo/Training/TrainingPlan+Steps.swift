/// How many steps there are, and how often the held-out text is scored.
extension TrainingPlan {
  private static let defaultSeconds = 180.0
  /// Where there is time for so many steps, longer windows bring more than the second half of them.
  private static let manySteps = 6_000

  /// The steps that were asked for, or those of so many passes, or as many as fit into the time.
  ///
  /// - Parameter passes: how often a text of this size is gone through at most where a time decides.
  /// - Returns: steps of a pass; with random windows those of the first, others differ by a few.
  mutating func chooseSteps(
    _ request: TrainingRequest, for data: TrainingData, passes: Int, threadCount: Int
  ) throws -> Int {
    let streamLength = try BatchedTokens(data.training, batchSize: settings.batchSize).streamLength
    let perEpoch = WindowLengths(settings).steps(forEpochs: 1, streamLength: streamLength)
    if let steps = request.steps {
      settings.steps = steps
      return perEpoch
    }
    if let epochs = request.epochs {
      try require("epochs", epochs, in: 1...1_000_000)
      settings.steps = WindowLengths(settings).steps(forEpochs: epochs, streamLength: streamLength)
      return perEpoch
    }
    let seconds = request.seconds ?? Self.defaultSeconds
    guard seconds > 0, seconds.isFinite else {
      throw ConfigurationError("max-time is \(seconds) seconds: it must be more than 0")
    }
    let perStep = try secondsPerStep(atMost: seconds / 20, data: data, threadCount: threadCount)
    // A twentieth goes to the start, samples and checkpoints.
    let fitting = steps(
      within: 0.95 * seconds / perStep, validating: request.validateEvery, perEpoch: perEpoch, data: data)
    // No text is gone through more often than helps.
    settings.steps = min(fitting, max(200, passes * perEpoch))
    if request.seconds != nil, settings.steps < fitting {
      notes.append(
        "a text of this size is known by heart after \(passes) passes, which take less time than was given: "
          + "--epochs sets another number")
    }
    guard request.windowLength == nil, data.training.count > 150_000, settings.steps >= Self.manySteps else {
      return perEpoch
    }
    lengthenWindows(vocabularySize: data.tokenizer.vocabularySize)
    return WindowLengths(settings).steps(forEpochs: 1, streamLength: streamLength)
  }

  /// Half as many steps over windows of twice the length, if there is memory for them.
  private mutating func lengthenWindows(vocabularySize: Int) {
    var longer = self
    longer.settings.windowLength *= 2
    longer.settings.steps /= 2
    if (try? longer.checkMemory(vocabularySize: vocabularySize)) != nil { self = longer }
  }

  /// Once a pass for NT-ASGD, whose trigger counts passes.
  func usualValidationInterval(perEpoch: Int, data: TrainingData) -> ValidationInterval {
    let steps =
      settings.optimizer == .ntASGD
      ? perEpoch : validationInterval(steps: settings.steps, perEpoch: perEpoch, data: data)
    // Where windows have one length, steps say the same as passes, and older versions can read them.
    return steps == perEpoch && settings.randomWindow ? .epoch : .steps(steps)
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
    let clock = ContinuousClock()
    var start = clock.now, count = 0
    for number in 0...1000 {
      do {
        try trainer.step()
      } catch TrainingError.lossRanAway {
        // It took as long as any, and the run will go back from there.
      } catch TrainingError.lossIsNotFinite {
        // It ended before the update, and so would all after it.
        break
      }
      // The first, which makes memory ready, is not counted.
      if number == 0 { start = clock.now } else { count += 1 }
      if count > 0, clock.now - start >= .seconds(min(3, limit)) { break }
    }
    return (clock.now - start) / .seconds(1) / Double(max(1, count))
  }
}
