import RondoText
import Testing

@testable import Rondo

struct TrainingPlanTests {
  private func plan(
    _ request: TrainingRequest, _ data: TrainingData, from model: ModelConfiguration? = nil
  ) throws -> TrainingPlan {
    try TrainingPlan(request, for: data, from: model, threadCount: 1)
  }

  private func request(steps: Int? = 100, _ change: (inout TrainingRequest) -> Void = { _ in })
    -> TrainingRequest
  {
    var request = TrainingRequest()
    request.steps = steps
    change(&request)
    return request
  }

  /// Data of a number of predictions, and ten tokens of another text that are held out.
  private func data(predictions: Int) throws -> TrainingData {
    // The boundaries before and after are one of them.
    let text = String(repeating: "abcdefghij", count: predictions / 10 + 1)
    return try trainingData(String(text.prefix(predictions - 1)), validation: "abcdefghij", fraction: 0)
  }

  @Test func whatIsAskedForIsKept() throws {
    let request = request {
      ($0.layerCount, $0.hiddenSize, $0.embeddingSize, $0.tied) = (3, 24, 24, true)
      ($0.inputDropout, $0.dropout, $0.outputDropout, $0.weightDrop) = (0.1, 0.2, 0.4, 0.15)
      ($0.batchSize, $0.windowLength, $0.optimizer, $0.momentum) = (2, 5, .sgd, 0.5)
      ($0.learningRate, $0.schedule, $0.warmupSteps) = (0.25, .step(every: 9, factor: 0.5), 3)
      ($0.clip, $0.weightDecay, $0.validateEvery, $0.patience) = (0, 0.125, 17, 6)
      ($0.initialRange, $0.forgetBias) = (0.05, 1)
      ($0.nonMonotone, $0.averageDecay) = (7, 0.95)
      ($0.loss, $0.valueClip, $0.rmspropDecay, $0.seed) = (.sum, 5, 0.9, 99)
    }
    let plan = try plan(request, data(predictions: 500))
    #expect(
      plan.model
        == ModelConfiguration(
          layerCount: 3, hiddenSize: 24, embeddingSize: 24, tied: true, inputDropout: 0.1, dropout: 0.2,
          outputDropout: 0.4, weightDrop: 0.15))
    #expect(
      plan.settings
        == TrainingSettings(
          batchSize: 2, windowLength: 5, loss: .sum, steps: 100, optimizer: .sgd, momentum: 0.5,
          rmspropDecay: 0.9, nonMonotone: 7, averageDecay: 0.95,
          learningRate: 0.25,
          initialRange: 0.05, forgetBias: 1,
          schedule: .step(every: 9, factor: 0.5), warmupSteps: 3, clip: 0, valueClip: 5, weightDecay: 0.125,
          validateEvery: 17,
          patience: 6, validationFraction: 0, seed: 99))
    #expect(plan.notes.isEmpty)
  }

  @Test(arguments: [
    (49_999, 256, 4, 32), (50_000, 256, 8, 64), (149_999, 256, 8, 64), (150_000, 384, 16, 64),
    (999_999, 384, 16, 64), (1_000_000, 512, 16, 64),
  ])
  func sizesGrowWithTheText(_ tokens: Int, _ hidden: Int, _ batch: Int, _ window: Int) throws {
    let plan = try plan(request(), data(predictions: tokens))
    #expect(plan.model.hiddenSize == hidden)
    #expect(plan.model.layerCount == 2)
    #expect(plan.model.embeddingSize == 64, "a small vocabulary has short embeddings")
    #expect(plan.model.inputDropout == 0)
    #expect(plan.settings.batchSize == batch)
    #expect(plan.settings.windowLength == window)
  }

  /// More than 2 000 entries in as many tokens as would have a larger model.
  @Test func aLargeVocabularyHasASmallModel() throws {
    let scalars = (0x4E00..<0x4E00 + 2500).compactMap(Unicode.Scalar.init)
    let all = String(String.UnicodeScalarView(scalars))
    let data = try trainingData(String(repeating: all, count: 400), fraction: 0)
    let plan = try plan(request(), data)
    #expect(plan.model.hiddenSize == 256)
    #expect(plan.settings.batchSize == 16)
    #expect(plan.settings.windowLength == 64)
  }

  @Test(arguments: [(19_999, 0.006), (20_000, 0.003)])
  func manyEntriesAreLearnedInSmallerSteps(_ entries: Int, _ rate: Double) throws {
    let special = try trainingData("a", fraction: 0).tokenizer.vocabularySize - 1
    let scalars = (0x4E00..<0x4E00 + entries - special).compactMap(Unicode.Scalar.init)
    let data = try trainingData(String(String.UnicodeScalarView(scalars)), fraction: 0)
    #expect(data.tokenizer.vocabularySize == entries)
    let plan = try plan(request { ($0.hiddenSize, $0.layerCount) = (4, 1) }, data)
    #expect(plan.settings.learningRate == rate)
  }

  /// 40 windows of 4 streams are a pass through the smaller text, 150 of 16 one through the larger.
  @Test(arguments: [
    (5_120, 40 * 5 - 1, 0.2, 0.0), (5_120, 40 * 5, 0.3, 0.1), (5_120, 40 * 12, 0.4, 0.2),
    (5_120, 40 * 20, 0.5, 0.3), (153_600, 150 * 5 - 1, 0.2, 0.0), (153_600, 150 * 5, 0.3, 0.1),
    (153_600, 150 * 12, 0.3, 0.2), (153_600, 150 * 20, 0.3, 0.2),
  ])
  func dropoutGrowsWithThePasses(_ tokens: Int, _ steps: Int, _ dropout: Double, _ weightDrop: Double) throws
  {
    let data = try data(predictions: tokens)
    let plan = try plan(request(steps: steps), data)
    #expect(plan.model.dropout == dropout)
    #expect(plan.model.outputDropout == dropout)
    #expect(plan.model.weightDrop == weightDrop)
    let asked = try self.plan(request(steps: steps) { ($0.dropout, $0.weightDrop) = (0.15, 0.05) }, data)
    #expect(asked.model.dropout == 0.15 && asked.model.outputDropout == 0.15)
    #expect(asked.model.weightDrop == 0.05)
    #expect(try self.plan(request(steps: steps) { $0.dropout = 0.15 }, data).model.weightDrop == 0)
  }

  /// 150 windows of 16 streams are a pass, 600 of 4.
  @Test(arguments: [(16, 0.003, 0.33), (4, 0.003, 0.11), (4, 0.004, 0.083), (1, 1e-7, 833), (4, 1e30, 0)])
  func weightsFadeOverFivePasses(_ batch: Int, _ rate: Double, _ decay: Double) throws {
    let data = try data(predictions: 153_600)
    let request = request { ($0.batchSize, $0.windowLength, $0.learningRate) = (batch, 64, rate) }
    #expect(try plan(request, data).settings.weightDecay == decay)
    for optimizer in [TrainingSettings.OptimizerKind.sgd, .rmsprop, .ntASGD] {
      var other = request
      other.optimizer = optimizer
      #expect(try plan(other, data).settings.weightDecay == 0)
    }
    var dropped = request
    dropped.dropout = 0.2
    #expect(try plan(dropped, data).settings.weightDecay == 0.01)
    dropped.weightDecay = 0.5
    #expect(try plan(dropped, data).settings.weightDecay == 0.5)
  }

  /// The run itself would go back and lower it.
  @Test func aRateThatIsTooHighCanBeMeasured() throws {
    let request = request(steps: nil) {
      ($0.hiddenSize, $0.layerCount, $0.batchSize, $0.windowLength, $0.seconds) = (8, 1, 2, 8, 20)
      ($0.optimizer, $0.learningRate, $0.schedule, $0.clip) = (.sgd, 1e38, .constant, 0)
    }
    #expect(try plan(request, data(predictions: 500)).settings.steps > 0)
  }

  @Test func whatFollowsFromWhat() throws {
    let data = try data(predictions: 500)
    let tied = try plan(request { ($0.tied, $0.hiddenSize, $0.dropout) = (true, 40, 0.1) }, data)
    #expect(tied.model.embeddingSize == 40)
    #expect(tied.model.outputDropout == 0.1)
    #expect(!tied.model.projection)
    let tapered = try plan(request { ($0.tied, $0.hiddenSize, $0.lastHiddenSize) = (true, 40, 24) }, data)
    #expect(tapered.model.embeddingSize == 24 && !tapered.model.projection)

    // Where they do not, a projection joins them, and it is said.
    let projected = try plan(request { ($0.tied, $0.hiddenSize, $0.embeddingSize) = (true, 40, 24) }, data)
    #expect(projected.model.projection)
    let note =
      "tied weights of 24 numbers and hidden states of 40 do not fit each other: a projection joins them"
    #expect(projected.notes.contains(note) && !tied.notes.contains { $0.contains("projection") })
    let asked = try plan(request { ($0.projection, $0.hiddenSize) = (true, 40) }, data)
    #expect(asked.model.projection && !asked.notes.contains { $0.contains("projection") })
    #expect(try plan(request { $0.hiddenSize = 30 }, data).model.embeddingSize == 30)
    #expect(try plan(request(), data).settings.learningRate == 0.006)
    let asgd = try plan(request { ($0.optimizer, $0.batchSize, $0.windowLength) = (.ntASGD, 2, 25) }, data)
      .settings
    #expect((asgd.learningRate, asgd.weightDecay, asgd.nonMonotone) == (10, 0, 5))
    #expect(asgd.schedule == .constant)
    #expect(asgd.validateEvery == 10, "once a pass")
    let random = try plan(
      request {
        ($0.optimizer, $0.batchSize, $0.windowLength, $0.randomWindow) = (.ntASGD, 2, 25, true)
      }, data
    ).settings
    #expect(random.validateEvery == .epoch, "however many steps each takes")
    let rmsprop = try plan(request { $0.optimizer = .rmsprop }, data).settings
    #expect((rmsprop.learningRate, rmsprop.weightDecay, rmsprop.rmspropDecay) == (0.002, 0, 0.99))
    let sgd = try plan(request { $0.optimizer = .sgd }, data).settings
    #expect(sgd.learningRate == 1)
    #expect(sgd.weightDecay == 0)
  }

  @Test func whatNeedsValidations() throws {
    let data = try trainingData(words(100), fraction: 0)
    for (message, change) in [
      ("averaged weights need", { $0.averageDecay = 0.99 }),
      ("averaged weights need", { $0.optimizer = .ntASGD }),
      ("patience needs", { $0.patience = 2 }),
      ("a plateau schedule needs", { $0.schedule = .plateau(factor: 0.5) }),
    ] as [(String, (inout TrainingRequest) -> Void)] {
      #expect(
        thrown(ConfigurationError.self) { _ = try plan(request(change), data) }?.description
          == message + " a text to validate on: hold some out")
    }
    #expect(try plan(request { $0.optimizer = .rmsprop }, data).settings.steps == 100)
  }

  @Test func sizesOfTheModelToGoOnFrom() throws {
    let base = ModelConfiguration(
      layerCount: 1, hiddenSize: 30, embeddingSize: 30, tied: true, inputDropout: 0.1, dropout: 0.2,
      outputDropout: 0.15)
    #expect(try plan(request(), data(predictions: 500), from: base).model == base)
    for other in [
      ModelConfiguration(
        cell: .mogrifier, mogrifierRounds: 3, mogrifierRank: 2, layerCount: 2, hiddenSize: 8,
        lastHiddenSize: 6, embeddingSize: 6, tied: true, lockedDropout: true, embeddingDropout: 0.1,
        weightDrop: 0.3, activationRegularization: 2, temporalActivationRegularization: 1),
      ModelConfiguration(
        layerCount: 2, hiddenSize: 8, embeddingSize: 5, projection: true, residual: true, layerNorm: true),
      ModelConfiguration(cell: .gru, layerCount: 1, hiddenSize: 8, embeddingSize: 0, oneHot: true),
      ModelConfiguration(layerCount: 1, hiddenSize: 16, embeddingSize: 8, cutoffs: [4]),
    ] {
      #expect(try plan(request(), data(predictions: 500), from: other).model == other)
    }
    let changed = try plan(request { $0.dropout = 0 }, data(predictions: 500), from: base)
    #expect(changed.model.dropout == 0)
    #expect(changed.model.hiddenSize == 30)
    for (name, change) in [
      ("embedding-size", { $0.embeddingSize = 30 }), ("tied", { $0.tied = false }),
      ("softmax", { $0.softmax = .full }),
    ] as [(String, (inout TrainingRequest) -> Void)] {
      #expect(
        thrown(ConfigurationError.self) {
          _ = try plan(request(change), data(predictions: 500), from: base)
        }?.description == "\(name) cannot be asked for with a model to go on from: it has its sizes")
    }
  }

  @Test func windowShrinksToTheText() throws {
    let short = try plan(request(), data(predictions: 30))
    #expect(short.settings.windowLength == 30)
    #expect(short.settings.batchSize == 1)
    #expect(
      short.notes == [
        "the text is shorter than one window of 32: the window is now 30",
        "the text has no room for 4 streams of one window each: the batch size is now 1",
      ])
  }

  @Test func batchShrinksToTheText() throws {
    let few = try plan(request { ($0.batchSize, $0.windowLength) = (16, 64) }, data(predictions: 64 * 5 + 63))
    #expect(few.settings.windowLength == 64)
    #expect(few.settings.batchSize == 5)
    #expect(few.notes.count == 1)
    let enough = try plan(request { ($0.batchSize, $0.windowLength) = (5, 64) }, data(predictions: 64 * 5))
    #expect(enough.settings.batchSize == 5)
    #expect(enough.notes.isEmpty)
  }

  @Test func oneTokenIsEnoughToTrainOn() throws {
    let data = try trainingData("a", fraction: 0)
    let plan = try plan(request { ($0.steps, $0.hiddenSize) = (3, 8) }, data)
    #expect(plan.settings.batchSize == 1)
    #expect(try Trainer(plan: plan, data: data, threadCount: 1).run().step == 3)
  }

  @Test func stepsFromEpochs() throws {
    // 2 streams of 250 are 4 windows of 64.
    let request = request(steps: nil) {
      ($0.batchSize, $0.windowLength, $0.epochs, $0.seconds) = (2, 64, 30, 1e-9)
    }
    let plan = try plan(request, data(predictions: 500))
    #expect(plan.settings.steps == 120)
    #expect(plan.settings.validateEvery == 6, "each epoch, if that is no more than 20 times")
    #expect(plan.settings.warmupSteps == 6)
  }

  /// 15 passes are within 10 to 20 validations.
  @Test(arguments: [(false, ValidationInterval.steps(4)), (true, .epoch)])
  func validationsOnceAPass(_ isRandom: Bool, _ expected: ValidationInterval) throws {
    let request = request(steps: nil) {
      ($0.batchSize, $0.windowLength, $0.epochs, $0.randomWindow) = (2, 64, 15, isRandom)
    }
    #expect(try plan(request, data(predictions: 500)).settings.validateEvery == expected)
  }

  @Test func validationsTakeAFifthOfTheTimeAtMost() throws {
    // 5 000 tokens held out are 2 500 learned from, or 19 steps of 128.
    let data = try trainingData(String(repeating: "ab", count: 25_000))
    #expect(data.validation.count == 5_002)
    let plan = try plan(request(steps: 100) { ($0.batchSize, $0.windowLength) = (2, 64) }, data)
    #expect(plan.settings.validateEvery == 95)
  }

  @Test(arguments: [
    (steps: 1, validateEvery: 1, warmup: 0), (19, 1, 0), (20, 2, 1), (39, 3, 1), (40, 4, 2), (50, 4, 2),
    (80, 4, 4), (1000, 50, 50), (5000, 250, 100),
  ])
  func validationsAndWarmupFromSteps(steps: Int, validateEvery: Int, warmup: Int) throws {
    let plan = try plan(
      request(steps: steps) { ($0.batchSize, $0.windowLength) = (2, 64) }, data(predictions: 500))
    #expect(plan.settings.steps == steps)
    #expect(plan.settings.validateEvery == .steps(validateEvery))
    #expect(plan.settings.warmupSteps == warmup)
  }

  @Test func noValidationCanBeAskedFor() throws {
    #expect(try plan(request { $0.validateEvery = 0 }, data(predictions: 500)).settings.validateEvery == 0)
  }

  @Test func stepsFromTime() throws {
    let small: (inout TrainingRequest) -> Void = {
      ($0.hiddenSize, $0.layerCount, $0.batchSize, $0.windowLength) = (8, 1, 1, 4)
    }
    let data = try data(predictions: 500)
    let tiny = try plan(
      request(steps: nil) {
        small(&$0); $0.seconds = 1e-9
      }, data)
    #expect(tiny.settings.steps == 1)
    let longer = try plan(
      request(steps: nil) {
        small(&$0); $0.seconds = 1
      }, data)
    #expect(longer.settings.steps > 100)
    // Three minutes would be more than a small text is good for: 25 times through its 125 windows.
    let automatic = try plan(request(steps: nil, small), data)
    #expect(automatic.settings.steps == 25 * 125)
    #expect(automatic.notes == [])
    // Nor does more time help, more even than steps can be counted for; who gave it is told.
    let endless = try plan(
      request(steps: nil) {
        small(&$0); $0.seconds = 1e300
      }, data)
    #expect(endless.settings.steps == 25 * 125)
    #expect(
      endless.notes == [
        "a text of this size is known by heart after 25 passes, which take less time than was given: "
          + "--epochs sets another number"
      ])
    let passes = try plan(
      request(steps: nil) {
        small(&$0); ($0.epochs, $0.seconds) = (40, 1e300)
      }, data)
    #expect(passes.settings.steps == 40 * 125 && passes.notes == [])
  }

  /// 16 streams of 10 000 are 157 windows of 64, of 9 437 they are 148; a text of this size is gone through 40 times.
  @Test func manyStepsBecomeHalfAsManyOverLongerWindows() throws {
    let endless = request(steps: nil) { ($0.hiddenSize, $0.layerCount, $0.seconds) = (8, 1, 1e300) }
    let text = try data(predictions: 160_000)
    let long = try plan(endless, text).settings
    #expect((long.windowLength, long.steps) == (128, 40 * 157 / 2))
    #expect(long.weightDecay == 0.17, "of a thousand steps")
    var asked = endless
    asked.windowLength = 64
    let kept = try plan(asked, text).settings
    #expect((kept.windowLength, kept.steps) == (64, 40 * 157))
    let few = try plan(endless, data(predictions: 151_000)).settings
    #expect((few.windowLength, few.steps) == (64, 40 * 148))
    // Of 8 streams of 17 500 there are 274 windows, gone through 30 times: many steps, but of a small text.
    let small = try plan(endless, data(predictions: 140_000)).settings
    #expect((small.windowLength, small.steps) == (64, 30 * 274))
    #expect(TrainingPlan.Size(tokens: 1_000_000, vocabularySize: 12).passes == 60)
    let least = try plan(endless, data(predictions: 500)).settings
    #expect(least.steps == 200, "more passes than help")
    #expect(try plan(request(steps: 7_000) { $0.hiddenSize = 8 }, text).settings.windowLength == 64)
  }

  // MARK: - Memory

  @Test func sizesThatDoNotFitIntoMemoryAreRefused() throws {
    let data = try data(predictions: 500)
    let huge = request { ($0.layerCount, $0.hiddenSize, $0.weightDrop) = (64, 16384, 0) }
    let error = thrown(ConfigurationError.self) { try plan(huge, data) }
    #expect(error?.description.contains(" of memory, 2186.3 GB for the parameters and ") == true)
    #expect(
      error?.description.hasSuffix(": lower hidden-size (16384), layers (64) or vocabulary-size (12)") == true
    )

    // Nor by a plan that was changed later, or that stands in a checkpoint.
    var changed = try plan(request { $0.hiddenSize = 8 }, data)
    changed.model.layerCount = 64
    changed.model.hiddenSize = 16384
    #expect(thrown(ConfigurationError.self) { try Trainer(plan: changed, data: data) } != nil)
  }

  @Test func memoryIsComparedWithWhatIsThere() throws {
    let sizes = ModelConfiguration(layerCount: 2, hiddenSize: 512, embeddingSize: 64)
    let wide = TrainingPlan(
      model: sizes, settings: TrainingSettings(batchSize: 65536, windowLength: 1024, steps: 1))
    let error = thrown(ConfigurationError.self) {
      try wide.checkMemory(vocabularySize: 100, available: 16_000_000_000)
    }
    #expect(
      error?.description
        == "training needs 1786.7 GB of memory, 0.0 GB for the parameters and 1786.7 GB for a window, but this machine "
        + "has 16.0 GB: lower batch-size (65536) or window (1024)")
    let small = TrainingPlan(
      model: sizes, settings: TrainingSettings(batchSize: 32, windowLength: 64, steps: 1))
    try small.checkMemory(vocabularySize: 100, available: 1_000_000_000)
    // 3.3 million parameters are four times 13 MB with AdamW, three times with SGD, and the largest weight once more.
    var sgd = small
    sgd.settings.optimizer = .sgd
    let limit = 108_000_000
    #expect(
      thrown(ConfigurationError.self) { try small.checkMemory(vocabularySize: 100, available: limit) } != nil)
    try sgd.checkMemory(vocabularySize: 100, available: limit)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var message: String
    var change: @Sendable (inout TrainingRequest) -> Void
    var testDescription: String { message }

    init(_ message: String, _ change: @escaping @Sendable (inout TrainingRequest) -> Void) {
      (self.message, self.change) = (message, change)
    }
  }

  @Test(arguments: [
    Case("layers is 0: it must be at least 1") { $0.layerCount = 0 },
    Case("hidden-size is 16385: it must be at most 16384") { $0.hiddenSize = 16385 },
    Case("embedding-size is -1: it must be at least 1") { $0.embeddingSize = -1 },
    Case("dropout is 1.0: it must be at least 0 and less than 1") { $0.dropout = 1 },
    Case("dropout is 0.99999999: it must be at least 0 and less than 1") { $0.dropout = 0.99999999 },
    Case("dropout-input is -0.5: it must be at least 0 and less than 1") { $0.inputDropout = -0.5 },
    Case("dropout-output is nan: it must be at least 0 and less than 1") { $0.outputDropout = .nan },
    Case("batch-size is 0: it must be at least 1") { $0.batchSize = 0 },
    Case("steps is 0: it must be at least 1") { $0.steps = 0 },
    Case("epochs is 0: it must be at least 1") { ($0.steps, $0.epochs) = (nil, 0) },
    Case("steps is 1500000000: it must be at most 1000000000") {
      ($0.steps, $0.epochs, $0.batchSize, $0.windowLength) = (nil, 1_000_000, 1, 1)
    },
    Case("max-time is 0.0 seconds: it must be more than 0") { ($0.steps, $0.seconds) = (nil, 0) },
    Case("max-time is inf seconds: it must be more than 0") { ($0.steps, $0.seconds) = (nil, .infinity) },
  ])
  func impossibleRequest(_ item: Case) throws {
    let data = try data(predictions: 1500)
    #expect(
      thrown(ConfigurationError.self) { try plan(request(item.change), data) }?.description == item.message)
  }
}
