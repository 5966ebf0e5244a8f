import CountMalloc
import Testing

@testable import Rondo

/// From the second step on, training allocates nothing: not in the loop of `run` either, where nothing is saved. With
/// one thread all kernels run on the thread that is counted.
struct TrainerAllocationTests {
  private static var canCount: Bool {
    count_malloc_begin()
    return count_malloc_end() >= 0
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var optimizer = TrainingSettings.OptimizerKind.adamw
    var tied = false
    var dropout = 0.0
    var batch = 3
    var averageDecay: Double?
    var window = 8
    var randomWindow = false
  }

  @Test(
    .enabled(if: canCount, "malloc cannot be stood in for here"),
    arguments: [
      Case(testDescription: "input by a table"),
      Case(testDescription: "input without a table", batch: 1, window: 5),
      Case(testDescription: "SGD", optimizer: .sgd),
      Case(testDescription: "RMSprop", optimizer: .rmsprop),
      Case(testDescription: "dropout", dropout: 0.3),
      Case(testDescription: "averaged weights", averageDecay: 0.99),
      Case(testDescription: "tied", tied: true),
      Case(testDescription: "random windows", randomWindow: true),
      Case(testDescription: "one step a window", batch: 4, window: 1),
    ])
  func stepsAllocateNothing(_ own: Case) throws {
    let data = try trainingData(words(60))
    let settings = TrainingSettings(
      batchSize: own.batch, windowLength: own.window, randomWindow: own.randomWindow, steps: 200,
      optimizer: own.optimizer,
      averageDecay: own.averageDecay, learningRate: 0.01,
      schedule: .cosine, warmupSteps: 5, clip: 0.5, weightDecay: 0.01, validateEvery: 0, seed: 7)
    let trainer = try Trainer(
      plan: TrainingPlan(model: tinySizes(dropout: own.dropout, tied: own.tied), settings: settings),
      data: data,
      threadCount: 1)
    var allocations: [Int] = [], windows: Set<Int> = []
    allocations.reserveCapacity(settings.steps)
    windows.reserveCapacity(40)
    let outcome = try trainer.run { event, _ in
      let count = count_malloc_end()
      if case .step(let step) = event {
        allocations.append(count)
        windows.insert(step.tokens)
      }
      count_malloc_begin()
      return .proceed
    }
    _ = count_malloc_end()
    #expect(outcome.reason == .finished && trainer.progress.epoch >= 1)
    #expect(
      own.window == 1 || (own.randomWindow ? windows.count > 5 : windows.count == 2),
      "some windows are shorter: \(windows)")
    #expect(allocations.count == settings.steps)
    #expect(allocations.dropFirst().allSatisfy { $0 == 0 }, "\(allocations)")
  }

  /// The other way: what a step that is reported allocates is seen.
  @Test(.enabled(if: canCount, "malloc cannot be stood in for here"))
  func allocationsOfTheLoopAreSeen() throws {
    let trainer = try Trainer(
      plan: TrainingPlan(
        model: tinySizes(),
        settings: TrainingSettings(batchSize: 2, windowLength: 8, steps: 10, learningRate: 0.01)),
      data: trainingData(words(60)), threadCount: 1)
    var models = 0, allocations = 0
    count_malloc_begin()
    _ = try trainer.run { _, trainer in
      if trainer.model.parameters.values.count > 0 { models += 1 }
      return .proceed
    }
    allocations = count_malloc_end()
    #expect(models >= 10 && allocations >= models)
  }
}
