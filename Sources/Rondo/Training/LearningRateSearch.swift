import RondoNN

/// A learning rate found by trying: a throw-away model is trained for some 150 steps while the rate rises exponentially,
/// until its loss goes up (Smith 2017, arXiv:1506.01186).
///
/// The rate to train with is a tenth of that at which the smoothed loss was least: there the rate is already a little too
/// high, and a schedule's full rate is to hold for longer than the few steps that it had here.
public struct LearningRateSearch: Sendable {
  /// A step of the search.
  public struct Point: Sendable, Equatable {
    /// The rate of the step.
    public var learningRate: Double
    /// Its loss in nats per token, before the step.
    public var loss: Double
    /// The exponential moving average of the losses so far, each with a tenth.
    public var smoothedLoss: Double
  }

  /// The steps that were taken, with rising rates. At the last of them the loss was too high to go on, or the rate as high
  /// as is tried.
  public let points: [Point]

  static let stepCount = 150
  private static let smoothing = 0.9

  /// Trains with rising rates. Nothing of it is kept.
  ///
  /// - Parameters:
  ///   - plan: sizes and settings; the rate, its schedule, the warm-up and the number of steps do not matter.
  ///   - base: parameters to begin with (`FineTuning`); nil draws them from the seed.
  ///   - goesOn: told of each step; false ends the search.
  /// - Throws: what `Trainer` throws, but not for a loss that becomes infinite.
  public init(
    plan: TrainingPlan, data: TrainingData, base: FineTuning? = nil, threadCount: Int? = nil,
    goesOn: (Point) -> Bool = { _ in true }
  ) throws {
    let trainer = try Trainer(plan: plan, data: data, base: base, threadCount: threadCount)
    let range = plan.settings.optimizer.searchedRates
    let first = ExactMath.log(range.lowerBound), last = ExactMath.log(range.upperBound)
    var points: [Point] = [], sum = 0.0, weight = 0.0
    for step in 0..<Self.stepCount {
      let rate = ExactMath.exp(first + (last - first) * Double(step) / Double(Self.stepCount - 1))
      let report: TrainingEvent.Step
      do {
        report = try trainer.step(learningRate: rate)
      } catch let error as TrainingError {
        guard error.failedStep != nil else { throw error }
        break
      }
      // Of the first losses there are few to average; the sum of the weights makes up for it.
      sum = Self.smoothing * sum + (1 - Self.smoothing) * report.loss
      weight = Self.smoothing * weight + (1 - Self.smoothing)
      let point = Point(learningRate: rate, loss: report.loss, smoothedLoss: sum / weight)
      points.append(point)
      // Worse than at the start by a tenth.
      guard goesOn(point), point.smoothedLoss <= 1.1 * points[0].loss else { break }
    }
    self.points = points
  }

  init(points: [Point]) { self.points = points }

  /// The rate to train with, to one or two digits; nil where the loss never fell.
  public var suggestion: Double? {
    guard let first = points.first, let least = points.min(by: { $0.smoothedLoss < $1.smoothedLoss }),
      least.smoothedLoss < first.smoothedLoss
    else { return nil }
    return Self.rounded(least.learningRate / 10)
  }

  /// The nearest of 1, 1.5, 2, 3, 5 and 7 times a power of ten, by ratio.
  private static func rounded(_ rate: Double) -> Double {
    let roundRates = (-9...3).flatMap { exponent in
      ["1", "1.5", "2", "3", "5", "7"].compactMap { Double("\($0)e\(exponent)") }
    }
    func distance(_ other: Double) -> Double { max(rate / other, other / rate) }
    return roundRates.min { distance($0) < distance($1) } ?? rate
  }
}

extension TrainingSettings.OptimizerKind {
  /// The rates that a search tries, the lowest first.
  var searchedRates: ClosedRange<Double> {
    switch self {
    case .adamw, .rmsprop: 1e-6...10
    case .sgd, .ntASGD: 1e-4...1000
    }
  }
}
