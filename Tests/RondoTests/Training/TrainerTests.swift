import Foundation
import RondoNN
import RondoText
import TestSupport
import Testing

@testable import Rondo

/// A run that is stopped, killed, continued or changed.
struct TrainerTests {
  private let folder: TemporaryFolder
  private let text = words(550)

  init() throws { folder = try TemporaryFolder() }

  private struct Killed: Error {}

  private func settings(
    steps: Int, optimizer: TrainingSettings.OptimizerKind = .adamw, learningRate: Double = 0.01,
    schedule: LearningRateSchedule = .constant, clip: Double = 1, weightDecay: Double = 0.01,
    validateEvery: ValidationInterval = 0, patience: Int = 0
  ) -> TrainingSettings {
    TrainingSettings(
      batchSize: 3, windowLength: 8, steps: steps, optimizer: optimizer, learningRate: learningRate,
      schedule: schedule, warmupSteps: 5, clip: clip, weightDecay: weightDecay, validateEvery: validateEvery,
      patience: patience, seed: 7)
  }

  private func trainer(
    _ settings: TrainingSettings, _ data: TrainingData, dropout: Double = 0,
    cell: ModelConfiguration.Cell = .lstm,
    threads: Int = 1
  ) throws -> Trainer {
    try Trainer(
      plan: TrainingPlan(model: tinySizes(dropout: dropout, cell: cell), settings: settings), data: data,
      threadCount: threads)
  }

  private func run(named name: String) throws -> RunFolder {
    try RunFolder(creating: folder.path(of: name))
  }

  /// Stops, or fails as a killed process would, after a step.
  private func stop(at step: Int) -> (TrainingEvent, Trainer) throws -> TrainingControl {
    { event, _ in if case .step(let report) = event, report.step == step { .stop } else { .proceed } }
  }

  private func kill(at step: Int) -> (TrainingEvent, Trainer) throws -> TrainingControl {
    { event, _ in
      if case .step(let report) = event, report.step == step { throw Killed() }
      return .proceed
    }
  }

  private func expectSameRun(_ one: String, _ other: String) throws {
    for file in ["last.safetensors", "best.safetensors"] {
      let left = try tensors(at: folder.path(of: "\(one)/\(file)"))
      let right = try tensors(at: folder.path(of: "\(other)/\(file)"))
      #expect(left.keys.sorted() == right.keys.sorted())
      for name in left.keys.sorted() {
        #expect(left[name]?.map(\.bitPattern) == right[name]?.map(\.bitPattern), "\(file) \(name)")
      }
      #expect(try folder.bytes(of: "\(one)/\(file)") == folder.bytes(of: "\(other)/\(file)"), "\(file)")
    }
    #expect(try folder.text(of: "\(one)/metrics.jsonl") == folder.text(of: "\(other)/metrics.jsonl"))
  }

  // MARK: - Going on

  struct Case: Sendable, CustomTestStringConvertible {
    var optimizer: TrainingSettings.OptimizerKind
    var schedule: LearningRateSchedule
    var stop: Int
    var threads: Int
    var testDescription: String {
      "\(optimizer.rawValue) \(schedule), stop at \(stop), then \(threads) threads"
    }
  }

  @Test(arguments: [
    Case(optimizer: .adamw, schedule: .cosine, stop: 100, threads: 1),
    Case(optimizer: .adamw, schedule: .plateau(factor: 0.5), stop: 107, threads: 2),
    Case(optimizer: .sgd, schedule: .plateau(factor: 0.5), stop: 150, threads: 1),
    Case(optimizer: .sgd, schedule: .cosine, stop: 93, threads: 3),
    Case(optimizer: .ntASGD, schedule: .constant, stop: 110, threads: 2),
    Case(optimizer: .rmsprop, schedule: .epochs(after: 1, factor: 0.5), stop: 77, threads: 2),
  ])
  func resumedRunIsTheUninterruptedOne(_ run: Case) throws {
    let data = try trainingData(text)
    let settings = settings(
      steps: 200, optimizer: run.optimizer,
      learningRate: run.optimizer == .sgd ? 0.5 : run.optimizer == .rmsprop ? 0.02 : 0.3,
      schedule: run.schedule, validateEvery: 30)
    let whole = try trainer(settings, data, dropout: 0.2)
    #expect(try whole.run(savingTo: self.run(named: "whole")).reason == .finished)
    #expect(whole.progress.epoch >= 1, "the test crosses the end of the text")
    if case .plateau = run.schedule { #expect(whole.progress.plateauFactor < 1, "the rate came down") }

    let parts = try self.run(named: "parts")
    let outcome = try trainer(settings, data, dropout: 0.2).run(savingTo: parts, onEvent: stop(at: run.stop))
    #expect(outcome.reason == .interrupted)
    #expect(outcome.step == run.stop)
    let resumed = try Trainer(resuming: parts.lastPath, data: data, threadCount: run.threads)
    #expect(resumed.progress.step == run.stop)
    #expect(try resumed.run(savingTo: parts).step == 200)
    try expectSameRun("whole", "parts")

    let names = try tensors(at: parts.lastPath).keys
    let moments: [String] =
      switch run.optimizer {
      case .adamw: ["first_moment", "second_moment"]
      case .sgd: ["velocity"]
      case .ntASGD: []  // it has no momentum
      case .rmsprop: ["square_average"]
      }
    for name in ["first_moment", "second_moment", "velocity", "square_average"] {
      #expect(names.contains("optimizer.\(name).rnn.weight_hh_l1") == moments.contains(name))
    }
    #expect(names.contains("state.streams"))
  }

  @Test func firstParametersAndRuleAreThoseOfTheSettings() throws {
    var settings = settings(steps: 1)
    (settings.initialRange, settings.forgetBias) = (0.05, 1)
    let first = try trainer(settings, trainingData(text)).model.tensors
    let weights = try #require(first["rnn.weight_hh_l1"]), bias = try #require(first["rnn.bias_ih_l0"])
    #expect(weights.allSatisfy { abs($0) <= 0.05 } && weights.contains { abs($0) > 0.04 })
    #expect(bias[20..<40].allSatisfy { $0 == 1 } && bias[..<20].allSatisfy { abs($0) <= 0.05 })
    (settings.optimizer, settings.rmspropDecay) = (.rmsprop, 0.9)
    #expect(settings.rule == .rmsProp(decay: 0.9))
    (settings.optimizer, settings.momentum) = (.sgd, 0.5)
    #expect(settings.rule == .sgd(momentum: 0.5))
    settings.optimizer = .ntASGD
    #expect(settings.rule == .sgd(momentum: 0))
  }

  /// Checkpoints of plain SGD had velocities once.
  @Test func velocitiesThatNobodyNeedsAreLeftOut() throws {
    let data = try trainingData(text), run = try run(named: "run")
    let first = try trainer(settings(steps: 40, optimizer: .sgd), data)
    #expect(try first.run(savingTo: run, onEvent: stop(at: 20)).reason == .interrupted)
    var checkpoint = try Checkpoint(resumingFrom: run.lastPath)
    checkpoint.training?.settings.momentum = 0
    try checkpoint.write(to: run.lastPath)
    let velocity = "optimizer.velocity.rnn.weight_hh_l1"
    #expect(try tensors(at: run.lastPath)[velocity] != nil)
    let resumed = try Trainer(resuming: run.lastPath, data: data, threadCount: 1)
    #expect(try resumed.run(savingTo: run).step == 40)
    #expect(try tensors(at: run.lastPath)[velocity] == nil)
  }

  /// The state of each cell is carried over, whether it has a c or not.
  @Test(arguments: ModelConfiguration.Cell.allCases)
  func eachCellIsResumed(_ cell: ModelConfiguration.Cell) throws {
    let data = try trainingData(text), settings = settings(steps: 40, validateEvery: 15)
    _ = try trainer(settings, data, dropout: 0.2, cell: cell).run(savingTo: run(named: "whole"))
    let parts = try run(named: "parts")
    let first = try trainer(settings, data, dropout: 0.2, cell: cell)
    #expect(try first.run(savingTo: parts, onEvent: stop(at: 22)).reason == .interrupted)
    let checkpoint = try SafetensorsReader(contentsOf: parts.lastPath)
    let state = checkpoint.tensors.first { $0.name == "state.streams" }
    #expect(state?.shape == [3, 2, cell.hasCellState ? 2 : 1, 20])
    let resumed = try Trainer(resuming: parts.lastPath, data: data, threadCount: 2)
    #expect(resumed.model.configuration.cell == cell)
    #expect(try resumed.run(savingTo: parts).step == 40)
    try expectSameRun("whole", "parts")
  }

  @Test func metricsAfterTheCheckpointAreDropped() throws {
    let data = try trainingData(text)
    let settings = settings(steps: 100, schedule: .cosine, validateEvery: 20)
    try #expect(trainer(settings, data).run(savingTo: run(named: "whole")).step == 100)
    let killed = try run(named: "killed")
    #expect(throws: Killed.self) {
      try trainer(settings, data).run(savingTo: killed, onEvent: kill(at: 50))
    }
    let left = try folder.text(of: "killed/metrics.jsonl")
    #expect(left.contains(#""step":50"#), "a line after the checkpoint is there to be dropped")
    try folder.write("killed/metrics.jsonl", left + #"{"step":6"#)

    let resumed = try Trainer(resuming: killed.lastPath, data: data, threadCount: 1)
    #expect(resumed.progress.step == 40, "the last checkpoint is that of the last validation")
    _ = try resumed.run(savingTo: killed)
    try expectSameRun("whole", "killed")

    let steps = try folder.text(of: "killed/metrics.jsonl").split(separator: "\n")
      .map { try JSONText.decode(MetricsLog.Line.self, from: String($0)) }
    #expect(steps.filter { $0.loss != nil }.map(\.step) == Array(stride(from: 10, through: 100, by: 10)))
    #expect(
      steps.filter { $0.validationLoss != nil }.map(\.step) == Array(stride(from: 20, through: 100, by: 20)))
  }

  @Test func longerTotalNeedsConstantSchedule() throws {
    let data = try trainingData(text)
    for schedule in [LearningRateSchedule.constant, .cosine] {
      let folder = try run(named: schedule.description)
      _ = try trainer(settings(steps: 20, schedule: schedule), data).run(savingTo: folder)
      guard schedule == .constant else {
        let error = thrown(TrainingError.self) {
          try Trainer(resuming: folder.lastPath, data: data, steps: 40, threadCount: 1)
        }
        #expect(error?.description.contains("--schedule constant alone; this run's is cosine") == true)
        _ = try Trainer(resuming: folder.lastPath, data: data, steps: 20, threadCount: 1)
        continue
      }
      let longer = try Trainer(resuming: folder.lastPath, data: data, steps: 40, threadCount: 1)
      #expect(longer.plan.settings.steps == 40)
      #expect(
        try longer.run(savingTo: folder)
          == TrainingOutcome(
            reason: .finished, step: 40, bestValidationLoss: longer.progress.bestValidationLoss,
            bestStep: longer.progress.bestStep))
      let shorter = thrown(TrainingError.self) {
        try Trainer(resuming: folder.lastPath, data: data, steps: 39, threadCount: 1)
      }
      #expect(shorter == .cannotResume("40 steps are done, more than 39"))
      let whole = try trainer(settings(steps: 40), data)
      _ = try whole.run()
      #expect(try LanguageModel(contentsOf: folder.lastPath).tensors == whole.model.tensors)
    }
  }

  @Test func changedCorpusIsRefused() throws {
    let run = try run(named: "run")
    let data = try trainingData(text)
    _ = try trainer(settings(steps: 5), data).run(savingTo: run)
    // The same number of tokens, the same characters, the last two of them in another order.
    let changed = try TrainingData(
      Corpus(texts: [(name: "text.txt", text: text.dropLast(2) + String(text.suffix(2).reversed()))]),
      tokenizer: .existing(data.tokenizer), validationFraction: 0.1)
    let error = thrown(TrainingError.self) { try Trainer(resuming: run.lastPath, data: changed) }
    #expect(error?.description.contains("not the one the run was started with (text.txt)") == true)
  }

  /// The ids alone do not tell: another alphabet in the same order has the same.
  @Test func anotherTokenizerIsRefused() throws {
    let run = try run(named: "run")
    let data = try trainingData(text)
    _ = try trainer(settings(steps: 5), data).run(savingTo: run)
    let capitals = try trainingData(text.uppercased())
    #expect(capitals.digest == data.digest)
    let error = thrown(TrainingError.self) { try Trainer(resuming: run.lastPath, data: capitals) }
    #expect(
      error
        == .cannotResume(
          "the text was not encoded with the checkpoint's tokenizer: make the data with .existing(tokenizer)")
    )
    let rebuilt = try trainingData(text)
    #expect(try Trainer(resuming: run.lastPath, data: rebuilt).progress.step == 5)
  }

  @Test func placeOutsideTheTextIsRefused() throws {
    let path = folder.path(of: "last.safetensors")
    let data = try trainingData(text)
    let trainer = try trainer(settings(steps: 5), data)
    try trainer.step()
    try trainer.save(to: path)
    let places: [(TrainingRecord.Progress) -> TrainingRecord.Progress] = [
      {
        var place = $0; place.position = 1_000_000; return place
      },
      {
        var place = $0; place.position = 1 << 40; return place
      },
    ]
    for place in places {
      var checkpoint = try Checkpoint(resumingFrom: path)
      let record = try #require(checkpoint.training)
      checkpoint.training?.progress = place(record.progress)
      try checkpoint.write(to: folder.path(of: "changed.safetensors"))
      let error = thrown(TrainingError.self) {
        try Trainer(resuming: folder.path(of: "changed.safetensors"), data: data, threadCount: 1)
      }
      #expect(error?.description.contains("which this text does not have") == true)
    }
  }

  // MARK: - The loop

  @Test(arguments: TrainingSettings.OptimizerKind.allCases)
  func repetitionIsLearned(_ optimizer: TrainingSettings.OptimizerKind) throws {
    let data = try trainingData(String(repeating: "so it goes\n", count: 60), fraction: 0)
    let trainer = try trainer(
      settings(
        steps: 300, optimizer: optimizer,
        learningRate: optimizer == .sgd ? 0.2 : optimizer == .ntASGD ? 2 : 0.02,
        schedule: .cosine,
        weightDecay: 0), data)
    var losses: [Double] = []
    _ = try trainer.run { event, _ in
      if case .step(let report) = event { losses.append(report.loss) }
      return .proceed
    }
    #expect(losses.count == 300)
    #expect(losses[0] > 1.8, "nothing is known at first")
    // Not the greatest of them: at the start of an epoch a stream begins anywhere in the sentence.
    #expect(losses.suffix(20).sorted()[10] < 0.02)
  }

  /// Stopped anywhere, it goes on with the lengths it would have had; a pass ends where the text does, and a run of so many
  /// passes with the last of them.
  @Test func randomWindowsEndWithTheirPasses() throws {
    let data = try trainingData(text)
    var request = TrainingRequest()
    (request.batchSize, request.windowLength, request.randomWindow, request.epochs) = (3, 8, true, 3)
    (request.hiddenSize, request.layerCount, request.validateEvery) = (12, 1, 40)
    let plan = try TrainingPlan(request, for: data, threadCount: 1)
    let whole = try Trainer(plan: plan, data: data, threadCount: 1)
    var reports: [TrainingEvent.Step] = []
    _ = try whole.run(savingTo: run(named: "whole")) { event, _ in
      if case .step(let report) = event { reports.append(report) }
      return .proceed
    }
    #expect((whole.progress.epoch, whole.progress.position) == (3, 0))
    #expect(whole.progress.step == plan.settings.steps)
    let windows = WindowLengths(plan.settings)
    #expect(Set(reports.map(\.tokens)).count > 10)
    let step = try #require(reports.indices.first { reports[$0].tokens > 30 })
    #expect(reports[step].tokens == 3 * windows.length(step: step))
    let factor = reports[step].learningRate / whole.learningRate(step: step)
    #expect(abs(factor - Double(reports[step].tokens) / 24) < 1e-12, "by its length")

    let parts = try run(named: "parts")
    _ = try Trainer(plan: plan, data: data, threadCount: 1).run(savingTo: parts, onEvent: stop(at: 57))
    _ = try Trainer(resuming: parts.lastPath, data: data, threadCount: 2).run(savingTo: parts)
    try expectSameRun("whole", "parts")
  }

  /// The sum over T steps has T times the mean's gradient, the partial window's too, so that with plain SGD the rate may as
  /// well be T times as high. The losses that are told are the same.
  @Test func summedLossIsTTimesTheMean() throws {
    let data = try trainingData(String(words(20).prefix(28)), fraction: 0)
    func steps(_ change: (inout TrainingSettings) -> Void) throws -> ([TrainingEvent.Step], [String: [Float]])
    {
      var settings = settings(steps: 2, optimizer: .sgd, clip: 0, weightDecay: 0)
      (settings.momentum, settings.warmupSteps) = (0, 0)
      change(&settings)
      let trainer = try trainer(settings, data)
      return (try (0..<2).map { _ in try trainer.step() }, trainer.model.tensors)
    }
    let (mean, _) = try steps { $0.learningRate = 0.25 }
    let (sum, summed) = try steps { ($0.learningRate, $0.loss) = (0.03125, .sum) }
    #expect(mean.map(\.tokens) == [24, 3])
    #expect(mean.map(\.loss) == sum.map(\.loss), "after a window of 8 steps both are the same bytes")
    #expect(sum[0].gradientNorm == 8 * mean[0].gradientNorm)
    #expect(sum[1].gradientNorm == mean[1].gradientNorm, "a window of one step")
    // Clipping is of the sum's gradient: by its norm and by its elements.
    let half = sum[0].gradientNorm / 2
    let (_, clipped) = try steps { ($0.learningRate, $0.loss, $0.clip) = (0.03125, .sum, half) }
    #expect(clipped != summed)
    // Half of eight times the mean's gradient.
    func afterOne(_ change: (inout TrainingSettings) -> Void) throws -> [Float] {
      var settings = settings(steps: 1, optimizer: .sgd, clip: 0, weightDecay: 0)
      (settings.momentum, settings.warmupSteps) = (0, 0)
      change(&settings)
      let trainer = try trainer(settings, data)
      try trainer.step()
      return try #require(trainer.model.tensors["decoder.bias"])
    }
    let ofSum = try afterOne { ($0.learningRate, $0.loss, $0.clip) = (0.03125, .sum, half) }
    #expect(maximumRelativeDifference(ofSum, try afterOne { $0.learningRate = 0.125 }) < 1e-5)
    let (uncut, _) = try steps { ($0.learningRate, $0.loss, $0.valueClip) = (0.03125, .sum, 1e9) }
    #expect(uncut.map(\.gradientNorm) == sum.map(\.gradientNorm))
    let (cut, _) = try steps { ($0.loss, $0.valueClip) = (.sum, 1e-3) }
    let count = try trainer(settings(steps: 1), data).parameterCount
    #expect(cut[0].gradientNorm <= 1e-3 * Double(count).squareRoot())
    #expect(cut[0].gradientNorm < sum[0].gradientNorm)
  }

  @Test func validationDisturbsNothing() throws {
    let data = try trainingData(text)
    for (name, every) in [("without", 0), ("with", 7)] as [(String, ValidationInterval)] {
      let trainer = try trainer(settings(steps: 60, validateEvery: every), data, dropout: 0.3)
      // The last step, which always validates, is not reached.
      _ = try trainer.run(savingTo: run(named: name), onEvent: stop(at: 59))
    }
    let without = try tensors(at: folder.path(of: "without/last.safetensors"))
    #expect(without == (try tensors(at: folder.path(of: "with/last.safetensors"))))
    #expect(without["state.streams"]?.contains { $0 != 0 } == true)
  }

  /// Windows of random lengths make passes of unequal numbers of steps.
  @Test func validatesAtTheEndOfEachPass() throws {
    let data = try trainingData(text)
    var settings = settings(steps: 1, validateEvery: .epoch)
    (settings.windowLength, settings.randomWindow) = (12, true)
    let streamLength = try BatchedTokens(data.training, batchSize: 3).streamLength
    let windows = WindowLengths(settings)
    let ends = (1...4).map { windows.steps(forEpochs: $0, streamLength: streamLength) }
    #expect(Set(zip(ends.dropFirst(), ends).map(-)).count > 1, "a count of steps would drift")
    settings.steps = ends[3] + 3
    var validated: [Int] = []
    _ = try trainer(settings, data, dropout: 0.2).run(savingTo: run(named: "whole")) { event, trainer in
      if case .validation(let report) = event {
        validated.append(report.step)
        #expect(trainer.progress.position == 0 || report.step == settings.steps)
      }
      return .proceed
    }
    #expect(validated == ends + [settings.steps])

    let parts = try run(named: "parts")
    _ = try trainer(settings, data, dropout: 0.2).run(savingTo: parts, onEvent: stop(at: ends[1]))
    #expect(try Trainer(resuming: parts.lastPath, data: data).run(savingTo: parts).step == settings.steps)
    try expectSameRun("whole", "parts")
  }

  @Test func lastWindowIsPartialAndTheNextEpochBeginsAfresh() throws {
    // 29 predictions: 3 streams of 9 (2 left out), that is a window of 8 steps and one of 1.
    let data = try trainingData(String(words(20).prefix(28)), fraction: 0)
    #expect(data.training.count == 30)
    let trainer = try trainer(settings(steps: 4), data)
    var reports: [TrainingEvent.Step] = []
    _ = try trainer.run { event, trainer in
      if case .step(let report) = event { reports.append(report) }
      return .proceed
    }
    #expect(reports.map(\.tokens) == [24, 3, 24, 3])
    let ninths: [Double] = [8, 9, 17, 18]
    for (report, ninth) in zip(reports, ninths) { #expect(abs(report.epochs - ninth / 9) < 1e-12) }
    #expect(trainer.progress.position == 0)
    try trainer.save(to: folder.path(of: "last.safetensors"))
    let state = try tensors(at: folder.path(of: "last.safetensors"))["state.streams"]
    #expect(state?.allSatisfy { $0 == 0 } == true, "the state is zero at the beginning of the text")
  }

  @Test func stopsWhenValidationNoLongerImproves() throws {
    let data = try trainingData(
      String(repeating: "abcdefgh", count: 60), validation: String(repeating: "hgfedcba", count: 12))
    let run = try run(named: "run")
    let trainer = try trainer(settings(steps: 600, validateEvery: 5, patience: 3), data)
    var validations: [TrainingEvent.Validation] = []
    let outcome = try trainer.run(savingTo: run) { event, _ in
      if case .validation(let validation) = event { validations.append(validation) }
      return .proceed
    }
    #expect(outcome.reason == .stoppedEarly)
    #expect(outcome.step < 600)
    let best = try #require(validations.min { $0.loss < $1.loss })
    #expect(outcome.bestStep == best.step)
    #expect(outcome.bestValidationLoss == best.loss)
    #expect(validations.suffix(4).map(\.isBest) == [true, false, false, false])
    #expect(outcome.step == best.step + 15)
    #expect(validations.allSatisfy { $0.bestLoss <= $0.loss && $0.isBest == ($0.bestStep == $0.step) })

    // What is saved as the best is the model of that validation, and the last is the last.
    let model = try LanguageModel(contentsOf: run.path)
    #expect(model.training?.progress.step == best.step)
    #expect(try meanLoss(of: model, data) == best.loss)
    let last = try LanguageModel(contentsOf: run.lastPath)
    #expect(last.training?.progress.step == outcome.step)
    #expect(try meanLoss(of: last, data) == validations.last?.loss)

    // Nothing is left to go on with.
    let resumed = try Trainer(resuming: run.lastPath, data: data)
    #expect(resumed.isOver)
    let bytes = try folder.bytes(of: "run/last.safetensors")
    #expect(try resumed.run(savingTo: run).reason == .stoppedEarly)
    #expect(try folder.bytes(of: "run/last.safetensors") == bytes)
  }

  private func meanLoss(of model: LanguageModel, _ data: TrainingData) throws -> Double {
    let network = RecurrentNetwork(
      configuration: model.configuration.network(vocabularySize: data.tokenizer.vocabularySize),
      parameters: model.parameters, gang: try ThreadGang(threadCount: 1), maximumSteps: 8, maximumBatch: 3)
    var validator = try Validator(data.validation, batchSize: 3)
    return try #require(try validator.meanLoss(network, windowLength: 8) { _, _ in true })
  }

  @Test func stopEndsTheRunWithEverythingSaved() throws {
    let data = try trainingData(text)
    let run = try run(named: "run")
    let trainer = try trainer(settings(steps: 50, validateEvery: 10), data)
    var steps = 0, validations = 0
    let outcome = try trainer.run(savingTo: run) { event, _ in
      if case .step = event { steps += 1 }
      if case .validation = event { validations += 1 }
      if case .validation(let validation) = event, validation.step == 20 { return .stop }
      return .proceed
    }
    #expect(outcome.reason == .interrupted)
    #expect(outcome.step == 20)
    #expect((steps, validations) == (20, 2))
    #expect(try LanguageModel(contentsOf: run.lastPath).training?.progress.step == 20)
  }

  @Test func aStopDoesNotWaitForTheValidationThatIsDue() throws {
    let data = try trainingData(text)
    let parts = try run(named: "parts")
    let first = try trainer(settings(steps: 20, validateEvery: 10), data).run(
      savingTo: parts, onEvent: stop(at: 10))
    #expect(first == TrainingOutcome(reason: .interrupted, step: 10))
    // The last step too has a validation to come.
    let second = try Trainer(resuming: parts.lastPath, data: data).run(savingTo: parts, onEvent: stop(at: 20))
    #expect(second.reason == .interrupted)
    #expect(second.step == 20)
    var steps = 0
    var validations: [Int] = []
    let third = try Trainer(resuming: parts.lastPath, data: data)
    #expect(!third.isOver)
    let end = try third.run(savingTo: parts) { event, _ in
      if case .step = event { steps += 1 }
      if case .validation(let validation) = event { validations.append(validation.step) }
      return .proceed
    }
    #expect(steps == 0)
    #expect(validations == [20])
    #expect(end.reason == .finished)
    try expectPartsAreWhole(data)
  }

  /// That the run in "parts" has the bytes of one in one go: 20 steps, validated after each 10.
  private func expectPartsAreWhole(_ data: TrainingData) throws {
    let whole = try run(named: "whole")
    _ = try trainer(settings(steps: 20, validateEvery: 10), data).run(savingTo: whole)
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try folder.bytes(of: "parts/" + name) == folder.bytes(of: "whole/" + name), "\(name)")
    }
  }

  @Test func aValidationThatIsStoppedIsDoneFromItsBeginning() throws {
    let data = try trainingData(text)
    let parts = try run(named: "parts")
    var seen: [TrainingEvent.Validating] = []
    let first = try trainer(settings(steps: 20, validateEvery: 10), data).run(savingTo: parts) { event, _ in
      guard case .validating(let validating) = event else { return .proceed }
      seen.append(validating)
      return validating.step == 20 && seen.last!.tokens > 0 ? .stop : .proceed
    }
    #expect(first.reason == .interrupted)
    #expect(first.step == 20)
    let tenth = seen.filter { $0.step == 10 }, last = seen.filter { $0.step == 20 }
    #expect(tenth.count > 1)
    #expect(tenth.map(\.tokens) == tenth.map(\.tokens).sorted())
    #expect(tenth.last?.tokens == tenth.last?.totalTokens)
    #expect(last.count == 1, "it ends where it is told to")
    #expect(last[0].tokens < last[0].totalTokens)
    #expect(try LanguageModel(contentsOf: parts.lastPath).training?.isOver == false)

    _ = try Trainer(resuming: parts.lastPath, data: data).run(savingTo: parts)
    try expectPartsAreWhole(data)
  }

  @Test func whatAKilledProcessLeftIsRemoved() throws {
    let run = try run(named: "run")
    try folder.write("run/.last.safetensors.tmp-1-0", "half a checkpoint")
    try folder.write("run/.notes", "mine")
    _ = try trainer(settings(steps: 1), trainingData(text)).run(savingTo: run)
    #expect(throws: (any Error).self) { try folder.bytes(of: "run/.last.safetensors.tmp-1-0") }
    #expect(try folder.text(of: "run/.notes") == "mine")
  }

  @Test func aRunThatIsOutOfTimeIsValidatedOnceMore() throws {
    let data = try trainingData(text)
    let run = try run(named: "run")
    var validations: [Int] = []
    let outcome = try trainer(settings(steps: 50, validateEvery: 10), data).run(savingTo: run) {
      event, trainer in
      if case .validation(let validation) = event { validations.append(validation.step) }
      return trainer.progress.step >= 13 ? .validateAndStop : .proceed
    }
    #expect(validations == [10, 13])
    #expect(outcome.reason == .interrupted)
    #expect(outcome.step == 13)
    #expect(try LanguageModel(contentsOf: run.lastPath).training?.progress.validationLoss != nil)
    #expect(try folder.text(of: "run/metrics.jsonl").contains(#"{"step":13,"validation_loss""#))
    // A text without a held-out part ends all the same.
    let without = try trainer(settings(steps: 50), trainingData(text, fraction: 0)).run { _, _ in
      .validateAndStop
    }
    #expect(without == TrainingOutcome(reason: .interrupted, step: 1))
  }

  /// What the validation finds that somebody ends with changes nothing of what comes after: neither a plateau's factor nor
  /// when patience is at its end or weights are averaged.
  @Test(arguments: [TrainingSettings.OptimizerKind.sgd, .ntASGD])
  func endingEarlyIsNoDetour(_ optimizer: TrainingSettings.OptimizerKind) throws {
    let data = try trainingData(text)
    var settings = settings(
      steps: 60, optimizer: optimizer, learningRate: 20,
      schedule: optimizer == .sgd ? .plateau(factor: 0.5) : .constant, weightDecay: 0, validateEvery: 5,
      patience: optimizer == .sgd ? 3 : 0)
    (settings.nonMonotone, settings.momentum) = (1, 0)
    let whole = try trainer(settings, data)
    _ = try whole.run()
    let parts = try run(named: "parts")
    var trainer = try trainer(settings, data)
    for step in [2, 7, 14, 18, 23, 26, 29] {
      let outcome = try trainer.run(savingTo: parts) { _, trainer in
        trainer.progress.step == step ? .validateAndStop : .proceed
      }
      #expect(outcome.reason == .interrupted && outcome.step == step)
      trainer = try Trainer(resuming: parts.lastPath, data: data, threadCount: 1)
    }
    _ = try trainer.run(savingTo: parts)
    #expect(trainer.progress.step == whole.progress.step)
    #expect(trainer.progress.plateauFactor == whole.progress.plateauFactor)
    #expect(trainer.progress.averaging == whole.progress.averaging)
    #expect(trainer.model.tensors == whole.model.tensors)
    #expect(optimizer == .sgd ? whole.progress.plateauFactor < 1 : whole.record.usesAverage)
  }

  @Test func savesBeforeTheFirstStep() throws {
    let run = try run(named: "run")
    let trainer = try trainer(settings(steps: 50), trainingData(text))
    let before = trainer.model.tensors
    struct Stop: Error {}
    #expect(throws: Stop.self) { try trainer.run(savingTo: run) { _, _ in throw Stop() } }
    let saved = try LanguageModel(contentsOf: run.lastPath)
    #expect(saved.training?.progress.step == 0)
    #expect(saved.tensors == before)
  }

  @Test func twoDoNotTrainIntoOneFolder() throws {
    let data = try trainingData(text)
    let run = try run(named: "run")
    var refusals: [CheckpointError?] = []
    _ = try trainer(settings(steps: 20, validateEvery: 10), data).run(savingTo: run) { event, _ in
      guard case .validation = event else { return .proceed }
      let second = try Trainer(resuming: run.lastPath, data: data, threadCount: 1)
      let before = try folder.text(of: "run/metrics.jsonl")
      refusals.append(checkpointError { try second.run(savingTo: run) })
      #expect(try folder.text(of: "run/metrics.jsonl") == before)
      return .proceed
    }
    #expect(refusals == [.inUse(path: run.path), .inUse(path: run.path)])
    // Afterwards the folder is free again, whether the run ended well or not.
    _ = try Trainer(resuming: run.lastPath, data: data).run(savingTo: run)
    #expect(throws: Killed.self) {
      try trainer(settings(steps: 20), data).run(savingTo: run, onEvent: kill(at: 3))
    }
    _ = try Trainer(resuming: run.lastPath, data: data).run(savingTo: run)
    let names = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
    #expect(names == ["best.safetensors", "last.safetensors", "metrics.jsonl"])

    let missing = folder.path(of: "none")
    let error = checkpointError {
      try trainer(settings(steps: 1), data).run(savingTo: .init(existing: missing))
    }
    #expect(error == .cannotCreate(path: missing, reason: "No such file or directory"))
  }

  @Test func withoutHeldOutTextThereIsNoBest() throws {
    let run = try run(named: "run")
    let outcome = try trainer(settings(steps: 10, validateEvery: 2), trainingData(text, fraction: 0)).run(
      savingTo: run)
    #expect(outcome == TrainingOutcome(reason: .finished, step: 10))
    #expect(try RunFolder.model(at: run.path) == run.lastPath)
    #expect(try !folder.text(of: "run/metrics.jsonl").contains("validation"))
  }

  @Test func modelOfARunningTrainerIsACopy() throws {
    let trainer = try trainer(settings(steps: 10), trainingData(text))
    let before = trainer.model
    let tensors = before.tensors
    try trainer.step()
    #expect(before.tensors == tensors)
    #expect(trainer.model.tensors != tensors)
    #expect(trainer.parameterCount == before.parameterCount)
    #expect(before.parameterCount == tensors.values.reduce(0) { $0 + $1.count })
  }

  // MARK: - Losses that are no numbers

  /// A run of 10 steps whose rate then becomes infinite in single precision, whatever it is halved by.
  private func explosive(validateEvery: ValidationInterval, _ data: TrainingData) throws -> RunFolder {
    let run = try run(named: "run")
    _ = try trainer(
      settings(steps: 50, optimizer: .sgd, learningRate: 0.1, clip: 0, validateEvery: validateEvery), data
    ).run(savingTo: run, onEvent: stop(at: 10))
    var checkpoint = try Checkpoint(resumingFrom: run.lastPath)
    checkpoint.training?.settings.learningRate = 1e42
    try checkpoint.write(to: run.lastPath)
    // The state to go back to is then this one.
    try FileManager.default.removeItem(atPath: run.rollBackPath)
    return run
  }

  @Test func infiniteLossKeepsTheLastGoodCheckpoint() throws {
    let data = try trainingData(text)
    let run = try explosive(validateEvery: 0, data)
    let good = try tensors(at: run.lastPath)
    let error = thrown(TrainingError.self) {
      try Trainer(resuming: run.lastPath, data: data, threadCount: 1).run(savingTo: run)
    }
    #expect(error == .lossIsNotFinite(step: 12, learningRate: 1e42 / 256, clip: 0))
    #expect(try tensors(at: run.lastPath) == good)
    #expect(try LanguageModel(contentsOf: run.lastPath).training?.progress.step == 10)
    _ = try Trainer(resuming: run.lastPath, data: data, threadCount: 1)
  }

  @Test func infiniteValidationLossIsNoResult() throws {
    let data = try trainingData(text)
    let run = try explosive(validateEvery: 11, data)
    let good = try tensors(at: run.lastPath)
    let error = thrown(TrainingError.self) {
      try Trainer(resuming: run.lastPath, data: data, threadCount: 1).run(savingTo: run)
    }
    #expect(error == .lossIsNotFinite(step: 11, learningRate: 1e42 / 256, clip: 0))
    #expect(try tensors(at: run.lastPath) == good)
    #expect(try !folder.text(of: "run/metrics.jsonl").contains("validation_loss"))
  }

  /// What was there before the loss became infinite can still be saved, and loaded again.
  @Test func modelBeforeAnInfiniteLossIsStillGood() throws {
    let data = try trainingData(text)
    let run = try run(named: "run")
    _ = try trainer(settings(steps: 50), data).run(savingTo: run, onEvent: stop(at: 7))
    let checkpoint = try Checkpoint(resumingFrom: run.lastPath)
    // Every parameter is finite, and half of the logits are not, whatever the state.
    checkpoint.parameters["decoder.bias"].fill(.greatestFiniteMagnitude)
    let weight = checkpoint.parameters["decoder.weight"]
    for index in 0..<weight.count { weight[index] = index / 20 % 2 == 0 ? 1e38 : -1e38 }
    try checkpoint.write(to: run.lastPath)

    let trainer = try Trainer(resuming: run.lastPath, data: data, threadCount: 1)
    let error = TrainingError.lossIsNotFinite(step: 8, learningRate: 0.01 / 256, clip: 1)
    #expect(throws: error) { try trainer.run() }
    let path = folder.path(of: "model.safetensors")
    try trainer.model.save(to: path)
    let model = try LanguageModel(contentsOf: path)
    #expect(model.tensors == trainer.model.tensors)
    #expect(model.training?.progress.lossSum == checkpoint.training?.progress.lossSum)
    #expect(model.training?.progress.lossCount == 7)
  }

  @Test func hugeRateWithoutClippingIsAnError() throws {
    let trainer = try trainer(
      settings(steps: 500, optimizer: .sgd, learningRate: 1e30, clip: 0), trainingData(text))
    #expect(throws: TrainingError.self) { try trainer.run() }
  }
}
