import RondoNN
import RondoReference
import Testing

@testable import Rondo

struct WeightAveragingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func settings(
    steps: Int = 60, _ optimizer: TrainingSettings.OptimizerKind = .adamw, decay: Double? = nil
  ) -> TrainingSettings {
    TrainingSettings(
      batchSize: 3, windowLength: 8, steps: steps, optimizer: optimizer, nonMonotone: 1, averageDecay: decay,
      learningRate: optimizer == .adamw ? 0.01 : optimizer == .sgd ? 0.5 : 20, schedule: .constant,
      weightDecay: 0, validateEvery: 5,
      seed: 7)
  }

  // MARK: - The trigger

  /// Merity's code: the losses so far are a list; worse than the least of all but the last n pulls it.
  @Test(arguments: [1, 2, 5])
  func triggerIsThatOfTheList(_ n: Int) {
    let losses: [Double] = [
      9, 8, 7.5, 7.6, 7.4, 7.7, 7.5, 7.45, 7.41, 7.3, 7.39, 7.41, 7.42, 7.5, 7.6, 7.7, 7.8, 8,
    ]
    var list: [Double] = [], expected: Int?
    var trigger = AveragingTrigger()
    for (step, loss) in losses.enumerated() {
      if expected == nil, list.count > n, loss > list.dropLast(n).min()! { expected = step }
      list.append(loss)
      trigger.note(loss, step: step, nonMonotone: n)
      #expect(trigger.step == expected, "validation \(step)")
    }
    #expect(expected != nil, "the list has one")
  }

  @Test func triggerThroughJSON() throws {
    var trigger = AveragingTrigger()
    for loss in [3, 2.5, 2.75] { trigger.note(loss, step: 1, nonMonotone: 2) }
    var copy = try JSONText.decode(AveragingTrigger.self, from: JSONText.encode(trigger))
    #expect(copy == trigger)
    #expect(JSONText.encode(trigger) == #"{"best_before":3,"recent_losses":[2.5,2.75]}"#)
    copy.note(3.5, step: 9, nonMonotone: 2)
    #expect(JSONText.encode(copy) == #"{"recent_losses":[],"step":9}"#)
    copy.note(1, step: 10, nonMonotone: 2)
    #expect(copy.step == 9, "it is pulled once")
  }

  // MARK: - The weights

  private func record(_ settings: TrainingSettings, step: Int) -> TrainingRecord {
    var record = TrainingRecord(
      command: nil, settings: settings, corpus: [], corpusDigest: "", trainingTokens: 0, validationTokens: 0,
      progress: .init())
    record.progress.step = step
    return record
  }

  @Test func weightsOfTheExponentialAverage() {
    let record = record(settings(decay: 0.99), step: 0)
    #expect(record.usesAverage)
    #expect(record.averageWeight(step: 1) == Float(9.0 / 11))
    #expect(record.averageWeight(step: 80) == Float(9.0 / 90))
    #expect(record.averageWeight(step: 100_000) == Float(1 - 0.99))
    #expect(self.record(settings(), step: 5).averageWeight(step: 5) == nil)
  }

  @Test func weightsAfterTheTrigger() {
    var record = record(settings(.ntASGD), step: 30)
    #expect(!record.usesAverage)
    var trigger = AveragingTrigger()
    for (step, loss) in [(10, 1), (15, 1), (20, 1), (30, 2)] as [(Int, Double)] {
      trigger.note(loss, step: step, nonMonotone: 2)
    }
    record.progress.averaging = trigger
    #expect(trigger.step == 30)
    #expect(!record.usesAverage, "there is nothing to average yet")
    #expect((30...34).map { record.averageWeight(step: $0) } == [nil, 1, 1, 0.5, Float(1.0 / 3)])
    record.progress.step = 31
    #expect(record.usesAverage)
  }

  // MARK: - In training

  /// The average is that of the reference over the parameters that each step made, and it is the model; the training
  /// itself is what it is without it.
  @Test func exponentialAverageIsTheReferences() throws {
    let data = try trainingData(words(200))
    let plain = try Trainer(plan: plan(settings(steps: 20)), data: data, threadCount: 1)
    let averaged = try Trainer(plan: plan(settings(steps: 20, decay: 0.9)), data: data, threadCount: 2)
    func reference(_ model: LanguageModel) -> ReferenceModel<Double> {
      ReferenceModel(
        configuration: ReferenceConfiguration(
          vocabularySize: model.tokenizer.vocabularySize, embeddingSize: 12, hiddenSize: 20, layerCount: 2,
          tied: false), values: model.tensors.mapValues { $0.map(Double.init) })
    }
    var moving = ReferenceMovingAverage(decay: 0.9, of: reference(plain.model))
    #expect(averaged.model.tensors == plain.model.tensors, "it begins with the first parameters")
    for _ in 0..<20 {
      try plain.step()
      try averaged.step()
      moving.update(reference(plain.model))
    }
    for (name, values) in averaged.model.tensors {
      let expected = try #require(moving.average[name]).elements
      let largest = expected.map(abs).max() ?? 0
      for (value, expected) in zip(values, expected) {
        #expect(abs(Double(value) - expected) <= 1e-5 * largest, "\(name)")
      }
    }
    try averaged.save(to: folder.path(of: "last.safetensors"))
    let saved = try tensors(at: folder.path(of: "last.safetensors"))
    for (name, values) in plain.model.tensors { #expect(saved[name] == values, "trained: \(name)") }
    for (name, values) in averaged.model.tensors { #expect(saved["optimizer.average." + name] == values) }
  }

  private func plan(_ settings: TrainingSettings, dropout: Double = 0) -> TrainingPlan {
    TrainingPlan(model: tinySizes(dropout: dropout), settings: settings)
  }

  /// What is validated and saved as the best is the average, also for who asks in the middle of a validation; and a run
  /// that was stopped, in a validation too, goes on to the same bytes.
  @Test(arguments: [TrainingSettings.OptimizerKind.adamw, .sgd, .ntASGD])
  func averageIsValidatedAndSaved(_ optimizer: TrainingSettings.OptimizerKind) throws {
    let data = try trainingData(words(550))
    let settings = settings(optimizer, decay: optimizer == .ntASGD ? nil : 0.95)
    let whole = try RunFolder(creating: folder.path(of: "whole"))
    var models: [Int: [String: [Float]]] = [:], asked = 0, beginnings: [Int] = []
    let trainer = try Trainer(plan: plan(settings, dropout: 0.3), data: data, threadCount: 1)
    _ = try trainer.run(savingTo: whole) { event, trainer in
      if case .step(let step) = event { models[step.step] = trainer.model.tensors }
      if case .validating(let part) = event {
        asked += 1
        #expect(trainer.model.tensors == models[part.step])
      }
      if case .validation(let report) = event, report.beginsAveraging { beginnings.append(report.step) }
      return .proceed
    }
    #expect(asked > 12)
    let best = try #require(trainer.progress.bestStep)
    #expect(try LanguageModel(contentsOf: whole.bestPath).tensors == models[best])
    let trigger = trainer.progress.averaging?.step
    #expect((trigger != nil) == (optimizer == .ntASGD))
    #expect(beginnings == (trigger.map { [$0] } ?? []), "it is said once")
    let metrics = try folder.text(of: "whole/metrics.jsonl").split(separator: "\n")
    #expect(metrics.count { $0.contains(#""begins_averaging":true"#) } == beginnings.count)
    let last = try tensors(at: whole.lastPath)
    #expect(last["optimizer.average.decoder.bias"] == models[60]?["decoder.bias"])
    #expect(last["decoder.bias"] != models[60]?["decoder.bias"])
    #expect(try LanguageModel(contentsOf: whole.lastPath).tensors == models[60], "the average is the model")

    let parts = try RunFolder(creating: folder.path(of: "parts"))
    for stop in [7, 30, 43] {
      let trainer =
        stop == 7
        ? try Trainer(plan: plan(settings, dropout: 0.3), data: data, threadCount: 1)
        : try Trainer(resuming: parts.lastPath, data: data, threadCount: 3)
      _ = try trainer.run(savingTo: parts) { event, _ in
        switch event {
        case .step(let step): step.step == stop && stop != 30 ? .stop : .proceed
        case .validating(let part): part.step == stop ? .stop : .proceed
        default: .proceed
        }
      }
      #expect(trainer.progress.step == stop)
    }
    _ = try Trainer(resuming: parts.lastPath, data: data, threadCount: 2).run(savingTo: parts)
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try folder.bytes(of: "parts/" + name) == folder.bytes(of: "whole/" + name), "\(name)")
    }
  }

  @Test func missingAverageIsAnError() throws {
    let data = try trainingData(words(200))
    let trainer = try Trainer(plan: plan(settings()), data: data, threadCount: 1)
    try trainer.step()
    let path = folder.path(of: "last.safetensors")
    try trainer.save(to: path)
    var checkpoint = try Checkpoint(resumingFrom: path)
    checkpoint.training?.settings.averageDecay = 0.99
    try checkpoint.write(to: path)
    #expect(throws: CheckpointError.self) { try Trainer(resuming: path, data: data) }
  }
}
