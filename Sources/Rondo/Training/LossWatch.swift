/// Tells a loss that has run away, as after a step that was too long, from one that is only noisy, by the losses of the steps
/// alone.
///
/// It keeps the mean of some hundred steps and the mean distance from it, and beside them a quick mean of some ten. The loss
/// has run away when the quick mean is a nat above that of a model that knows nothing, ln V, and above the first loss; or
/// when it is above the slow mean by more than
///
/// - four distances: the quick mean of independent losses then lies fourteen of its own standard deviations off;
/// - a third of what the model has learned, the way from the slow mean up to ln V: a hard passage, or a stream that comes to another subject, takes back less;
/// - a quarter of a nat, for texts of which nothing, or all, can be known.
///
/// Of what a single step adds to the quick mean, three times this bound counts at most, so that it takes four steps in a row:
/// one strange window does nothing. What a step adds to the slow means is bounded too, so that they do not follow a loss
/// that runs away. The first hundred steps are never too much.
struct LossWatch: Sendable, Equatable, Codable {
  private var count = 0
  private var first = 0.0
  private var mean = 0.0
  private var distance = 0.0
  private var quickMean = 0.0

  private enum CodingKeys: String, CodingKey {
    case count, first, mean, distance
    case quickMean = "quick_mean"
  }

  private static let steps = 100
  private static let quickWeight = 0.1

  /// Takes note of a step's loss, in nats per token.
  ///
  /// - Parameter ignorance: ln V.
  /// - Returns: whether the loss has run away.
  mutating func note(_ loss: Double, ignorance: Double) -> Bool {
    let isFirst = count == 0, isWarm = count >= Self.steps
    count = min(count + 1, Self.steps)
    if isFirst { (first, mean, quickMean) = (loss, loss, loss) }
    let bound = bound(ignorance: ignorance)
    let counted = isWarm ? min(loss, mean + 3 * bound) : loss
    quickMean += Self.quickWeight * (counted - quickMean)
    let hasRunAway = isWarm && quickMean > min(mean + bound, ceiling(ignorance: ignorance))

    let most = isWarm ? max(3 * distance, 0.05) : .infinity
    let difference = min(max(loss - mean, -most), most)
    mean += difference / Double(count)
    distance += (abs(difference) - distance) / Double(count)
    return hasRunAway
  }

  /// Whether a state with this loss is one to go back to: the quick mean no more than the usual distance above the slow
  /// one, so that it is not on its way up.
  func isCalm(ignorance: Double) -> Bool {
    quickMean <= min(mean + distance, ceiling(ignorance: ignorance))
  }

  private func ceiling(ignorance: Double) -> Double { max(ignorance, first) + 1 }

  private func bound(ignorance: Double) -> Double { max(4 * distance, (ignorance - mean) / 3, 0.25) }
}
