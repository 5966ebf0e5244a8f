import Foundation
import Testing

@testable import Rondo

struct TrainerRecoveryTests {
  private let folder: TemporaryFolder
  private let data: TrainingData

  init() throws {
    folder = try TemporaryFolder()
    data = try trainingData(words(550))
  }

  private struct Killed: Error {}

  /// The rate rises to what nothing can be trained with, and is halved until it can.
  private func settings(
    _ optimizer: TrainingSettings.OptimizerKind = .sgd, learningRate: Double = 400, clip: Double = 1,
    validateEvery: ValidationInterval = 40, averageDecay: Double? = nil
  ) -> TrainingSettings {
    TrainingSettings(
      batchSize: 3, windowLength: 8, steps: 400, optimizer: optimizer, averageDecay: averageDecay,
      learningRate: learningRate, schedule: .constant, warmupSteps: 300, clip: clip, weightDecay: 0,
      validateEvery: validateEvery, seed: 7)
  }

  private func trainer(_ settings: TrainingSettings) throws -> Trainer {
    try Trainer(
      plan: TrainingPlan(model: tinySizes(dropout: 0.1), settings: settings), data: data, threadCount: 1)
  }

  @Test func goesBackWithHalfTheRate() throws {
    var reports: [TrainingEvent.RollBack] = [], rates: [Int: Double] = [:], bytes: [UInt8] = []
    let run = try RunFolder(creating: folder.path(of: "run"))
    let trainer = try trainer(settings())
    _ = try trainer.run(savingTo: run) { event, trainer in
      switch event {
      case .rollBack(let report):
        reports.append(report)
        #expect(trainer.progress.step == report.backTo)
        #expect(try LanguageModel(contentsOf: run.lastPath).training?.progress == trainer.progress)
        #expect(try tensors(at: run.lastPath) == tensors(at: run.rollBackPath))
        bytes = try folder.bytes(of: "run/rollback.safetensors")
      case .step(let step): rates[step.step] = step.learningRate
      default: break
      }
      return .proceed
    }
    try #require(!reports.isEmpty && !bytes.isEmpty)
    #expect(reports.map(\.rateFactor) == reports.indices.map { 1 / Double(2 << $0) })
    #expect(reports.allSatisfy { $0.backTo % 40 == 0 && $0.backTo < $0.step && $0.step - $0.backTo <= 140 })
    #expect(rates[400] == 400 * reports[reports.count - 1].rateFactor, "the factor stays")
    #expect(trainer.progress.step == 400)
    #expect(trainer.progress.recovery?.count == reports.count)
    let names = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
    #expect(names == ["best.safetensors", "last.safetensors", "metrics.jsonl"])

    let lines = try folder.text(of: "run/metrics.jsonl").split(separator: "\n")
      .map { try JSONText.decode(MetricsLog.Line.self, from: String($0)) }
    #expect(lines.compactMap(\.rolledBackTo) == reports.map(\.backTo))
    #expect(lines.compactMap(\.learningRateFactor) == reports.map(\.rateFactor))

    // Without a folder it is the same.
    let inMemory = try self.trainer(settings())
    _ = try inMemory.run()
    #expect(inMemory.progress == trainer.progress)
    #expect(inMemory.model.tensors == trainer.model.tensors)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var settings: @Sendable (TrainerRecoveryTests) -> TrainingSettings
  }

  /// Stopped and killed at any place, before and after roll-backs, it goes on to the same bytes.
  @Test(arguments: [
    Case(testDescription: "runaway") { $0.settings() },
    Case(testDescription: "infinite") { $0.settings(learningRate: 1e6, clip: 0) },
    Case(testDescription: "averaged") { $0.settings(.adamw, learningRate: 30, averageDecay: 0.9) },
  ])
  func resumedRunIsTheUninterruptedOne(_ own: Case) throws {
    let settings = own.settings(self)
    var events = 0, places: [Int] = []
    let whole = try RunFolder(creating: folder.path(of: "whole"))
    _ = try trainer(settings).run(savingTo: whole) { event, _ in
      if case .rollBack = event { places += [events - 3, events, events + 1, events + 20] }
      if case .validating = event {} else { events += 1 }
      return .proceed
    }
    #expect(places.count >= 4)
    let parts = try RunFolder(creating: folder.path(of: "parts"))
    var seen = 0, isFirst = true
    for (number, place) in (places.sorted() + [Int.max]).enumerated() {
      let trainer =
        isFirst ? try trainer(settings) : try Trainer(resuming: parts.lastPath, data: data, threadCount: 2)
      isFirst = false
      do {
        _ = try trainer.run(savingTo: parts) { event, _ in
          if case .validating = event { return .proceed }
          defer { seen += 1 }
          guard seen == place else { return .proceed }
          // A killed process comes again to what it had not saved.
          guard number % 2 == 0 else { throw Killed() }
          return .stop
        }
      } catch is Killed {}
    }
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try folder.bytes(of: "parts/" + name) == folder.bytes(of: "whole/" + name), "\(name)")
    }
  }

  /// The averaged parameters go back as well, the best validation does not, and a better one gives eight roll-backs more.
  @Test func whatGoesBackAndWhatDoesNot() throws {
    let trainer = try trainer(settings(.adamw, learningRate: 0.01, averageDecay: 0.9))
    for _ in 0..<3 { try trainer.step() }
    let point = try trainer.recoveryPoint(in: nil)
    let average = try #require(trainer.average).values, before = (trainer.model.tensors, average.array)
    for _ in 0..<3 { try trainer.step() }
    #expect(average.array != before.1)
    (trainer.record.progress.bestValidationLoss, trainer.record.progress.bestStep) = (1e9, 5)
    _ = try trainer.rollBack(to: point, because: .lossRanAway(step: 6, learningRate: 1, clip: 1))
    #expect(average.array == before.1 && trainer.model.tensors == before.0)
    #expect(trainer.progress.step == 3 && trainer.progress.bestStep == 5)
    _ = try trainer.validate { _ in true }
    #expect(trainer.progress.bestStep == 3)
    #expect(trainer.progress.recovery?.count == 1 && trainer.progress.recovery?.countSinceBest == 0)
  }

  /// As where the time is over just then: the state that was gone back to is validated, and that is the end.
  @Test func canEndAfterARollBack() throws {
    let trainer = try trainer(settings())
    var events: [String] = [], backTo: Int?
    let outcome = try trainer.run { event, _ in
      switch event {
      case .rollBack(let report):
        backTo = report.backTo
        return .validateAndStop
      case .validation(let report):
        if backTo != nil { events.append("validation at \(report.step)") }
      case .step: if backTo != nil { events.append("step") }
      case .validating: break
      }
      return .proceed
    }
    let step = try #require(backTo)
    #expect(events == ["validation at \(step)"])
    #expect(outcome.reason == .interrupted && outcome.step == step)
  }

  @Test func endsWhereItDoesNotHelp() throws {
    let run = try RunFolder(creating: folder.path(of: "run"))
    var factors: [Double] = []
    let error = thrown(TrainingError.self) {
      try trainer(settings(learningRate: 1e30, clip: 0, validateEvery: 0)).run(savingTo: run) { event, _ in
        if case .rollBack(let report) = event { factors.append(report.rateFactor) }
        return .proceed
      }
    }
    #expect(factors == (1...8).map { 1 / Double(1 << $0) })
    #expect(error?.failedStep != nil)
    let saved = try LanguageModel(contentsOf: run.lastPath).training
    #expect(saved?.progress.recovery?.count == 8)
    #expect(saved?.isOver == false)
  }

  @Test func aBetterValidationGivesEightMore() throws {
    let trainer = try trainer(settings(.adamw, learningRate: 0.01))
    for _ in 0..<3 { try trainer.step() }
    let point = try trainer.recoveryPoint(in: nil)
    let error = TrainingError.lossRanAway(step: 4, learningRate: 1, clip: 1)
    for worse in [2e9, 1e9] {
      for _ in 0..<8 { _ = try trainer.rollBack(to: point, because: error) }
      #expect(throws: error) { try trainer.rollBack(to: point, because: error) }
      trainer.record.progress.bestValidationLoss = worse
      _ = try trainer.validate { _ in true }
    }
    #expect(trainer.progress.recovery?.count == 16)
  }

  /// The rate becomes a hundred times what it was, in the middle of a run that goes well.
  @Test(arguments: [TrainingSettings.OptimizerKind.adamw, .sgd])
  func aHundredfoldRateIsFound(_ optimizer: TrainingSettings.OptimizerKind) throws {
    let run = try RunFolder(creating: folder.path(of: "run"))
    var settings = settings(optimizer, learningRate: optimizer == .sgd ? 0.5 : 0.01)
    settings.warmupSteps = 0
    _ = try trainer(settings).run(savingTo: run) { event, _ in
      if case .rollBack = event { Issue.record("a run that goes well") }
      if case .step(let step) = event, step.step == 210 { return .stop }
      return .proceed
    }
    var checkpoint = try Checkpoint(resumingFrom: run.lastPath)
    checkpoint.training?.settings.learningRate *= 100
    try checkpoint.write(to: run.lastPath)
    var found: TrainingEvent.RollBack?
    _ = try Trainer(resuming: run.lastPath, data: data, threadCount: 1).run(savingTo: run) { event, _ in
      if case .rollBack(let report) = event { found = report }
      return found == nil ? .proceed : .stop
    }
    let report = try #require(found)
    #expect(report.backTo == 200 && report.step <= 260, "back from \(report.step) to \(report.backTo)")
  }

  /// A file that is another run's is not gone back to.
  @Test func anotherRunsStateIsRefused() throws {
    let run = try RunFolder(creating: folder.path(of: "run"))
    let other = try Trainer(
      plan: TrainingPlan(model: tinySizes(dropout: 0.1), settings: settings()),
      data: trainingData(words(500, seed: 9)), threadCount: 1)
    #expect(throws: TrainingError.self) {
      try trainer(settings()).run(savingTo: run) { event, trainer in
        if case .step(let step) = event, step.step > 20 { try other.save(to: run.rollBackPath) }
        return .proceed
      }
    }
  }
}
