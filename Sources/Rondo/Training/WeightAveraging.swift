/// When NT-ASGD begins to average (Merity, Keskar & Socher 2017, arXiv:1708.02182, algorithm 1): at the first validation
/// that is worse than the best of those more than n validations ago.
struct AveragingTrigger: Sendable, Equatable, Codable {
  /// The step of that validation; nil before it.
  private(set) var step: Int?
  /// The last n losses, oldest first, and the least of those before them.
  private var recentLosses: [Double] = []
  private var bestBefore: Double?

  private enum CodingKeys: String, CodingKey {
    case step
    case recentLosses = "recent_losses"
    case bestBefore = "best_before"
  }

  /// Takes note of a validation, until the trigger is pulled.
  mutating func note(_ loss: Double, step: Int, nonMonotone: Int) {
    guard self.step == nil else { return }
    if let bestBefore, loss > bestBefore {
      (self.step, recentLosses, self.bestBefore) = (step, [], nil)
      return
    }
    recentLosses.append(loss)
    if recentLosses.count > nonMonotone {
      let oldest = recentLosses.removeFirst()
      bestBefore = bestBefore.map { min($0, oldest) } ?? oldest
    }
  }
}

extension TrainingSettings {
  /// Whether a second copy of the parameters is kept, their average.
  var averages: Bool { averageDecay != nil || optimizer == .ntASGD }
}

extension TrainingRecord {
  /// Whether the averaged weights are the model: what is validated, saved as the best and written with.
  var usesAverage: Bool { averageWeight(step: progress.step) != nil || settings.averageDecay != nil }

  /// The weight w of a step's parameters p in their average a ← a + w (p − a); nil where there is no average yet. Steps
  /// count from 1.
  ///
  /// The exponential average has 1 − min(D, (1 + t) / (10 + t)) in step t. That of NT-ASGD is the plain mean as
  /// torch.optim.ASGD takes it: k steps after the trigger 1 / max(1, k − 1), so that the first is left out.
  func averageWeight(step: Int) -> Float? {
    guard step > 0 else { return nil }
    if let decay = settings.averageDecay {
      return Float(1 - min(decay, Double(1 + step) / Double(10 + step)))
    }
    guard let start = progress.averaging?.step, step > start else { return nil }
    return Float(1 / Double(max(1, step - start - 1)))
  }
}
