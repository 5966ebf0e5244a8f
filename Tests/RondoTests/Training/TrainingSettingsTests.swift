import Testing

@testable import Rondo

struct TrainingSettingsTests {
  @Test func defaultsCanBeTrainedWith() throws {
    try TrainingSettings(steps: 1).validate()
  }

  @Test func throughJSONAndBack() throws {
    let settings = TrainingSettings(
      batchSize: 3, windowLength: 9, loss: .sum, steps: 77, optimizer: .sgd, momentum: 0.1, rmspropDecay: 0.9,
      learningRate: 1.0 / 3,
      initialRange: 0.05, forgetBias: -0.5,
      schedule: .step(every: 5, factor: 0.7), warmupSteps: 2, clip: 0.25, valueClip: 5,
      weightDecay: 1e-7,
      validateEvery: 11,
      patience: 4, validationFraction: 0.05, seed: .max)
    let json = JSONText.encode(settings)
    #expect(try JSONText.decode(TrainingSettings.self, from: json) == settings)
    #expect(json.contains(#""schedule":"step:5:0.7""#))
    #expect(json.contains(#""window":9"#))
  }

  /// What an older version wrote is read, and the same settings are the same bytes.
  @Test func olderCheckpointsHaveTheSameBytes() throws {
    let json =
      #"{"batch_size":32,"clip":1,"learning_rate":0.002,"momentum":0.9,"optimizer":"adamw","patience":0,"#
      + #""schedule":"cosine","seed":1,"steps":7,"validate_every":0,"validation_fraction":0.1,"warmup":0,"#
      + #""weight_decay":0.01,"window":64}"#
    #expect(try JSONText.decode(TrainingSettings.self, from: json) == TrainingSettings(steps: 7))
    #expect(JSONText.encode(TrainingSettings(steps: 7)) == json)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var change: @Sendable (inout TrainingSettings) -> Void
    var testDescription: String { name }

    init(_ name: String, _ change: @escaping @Sendable (inout TrainingSettings) -> Void) {
      (self.name, self.change) = (name, change)
    }
  }

  @Test(arguments: [
    Case("batch-size is 0: it must be at least 1") { $0.batchSize = 0 },
    Case("batch-size is 65537: it must be at most 65536") { $0.batchSize = 65537 },
    Case("window is 0: it must be at least 1") { $0.windowLength = 0 },
    Case("steps is 0: it must be at least 1") { $0.steps = 0 },
    Case("warmup is -1: it must be at least 0") { $0.warmupSteps = -1 },
    Case("validate-every is -1: it must be at least 0") { $0.validateEvery = -1 },
    Case("patience is -1: it must be at least 0") { $0.patience = -1 },
    Case("learning-rate is 0.0: it must be more than 0") { $0.learningRate = 0 },
    Case("learning-rate is nan: it must be more than 0") { $0.learningRate = .nan },
    Case("momentum is 1.0: it must be at least 0 and less than 1") { $0.momentum = 1 },
    Case("clip is -1.0: it must be 0 (off) or more") { $0.clip = -1 },
    Case("clip-value is nan: it must be 0 (off) or more") { $0.valueClip = .nan },
    Case("clip-value is 1e-60: it must be 0 (off) or more") { $0.valueClip = 1e-60 },
    Case("rmsprop-decay is 1.0: it must be at least 0 and less than 1") { $0.rmspropDecay = 1 },
    Case("initial-range is 0.0: it must be more than 0") { $0.initialRange = 0 },
    Case("initial-range is 1e+39: it must be more than 0") { $0.initialRange = 1e39 },
    Case("forget-bias is inf: it must be a finite number") { $0.forgetBias = .infinity },
    Case("random-window lets the rate follow the window's length, and so does loss sum: choose one") {
      ($0.randomWindow, $0.loss) = (true, .sum)
    },
    Case("non-monotone is 0: it must be at least 1") { $0.nonMonotone = 0 },
    Case("average-decay is 0.5: it must be at least 0.9 and at most 0.99999") { $0.averageDecay = 0.5 },
    Case("average-decay is nan: it must be at least 0.9 and at most 0.99999") { $0.averageDecay = .nan },
    Case("average-decay is not for optimizer nt-asgd, which averages by itself: choose one") {
      ($0.averageDecay, $0.optimizer) = (0.99, .ntASGD)
    },
    Case("weight-decay is inf: it must be 0 or more") { $0.weightDecay = .infinity },
    Case("validation-fraction is 1.0: it must be at least 0 and less than 1") { $0.validationFraction = 1 },
    Case("the schedule's factor is 2.0: it must be more than 0 and less than 1") {
      $0.schedule = .plateau(factor: 2)
    },
  ])
  func impossibleSetting(_ item: Case) {
    var settings = TrainingSettings(steps: 10)
    item.change(&settings)
    #expect(thrown(ConfigurationError.self) { try settings.validate() }?.description == item.name)
  }
}
