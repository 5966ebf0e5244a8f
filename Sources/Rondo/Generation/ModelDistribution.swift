import RondoNN

/// The probabilities a model itself gives: the softmax of its logits [V], with no temperature, penalty or
/// filter and no token left out. A logit of NaN counts as minus infinity. In double precision, the same on
/// every processor.
package enum ModelDistribution {
  /// The natural logarithm of one token's probability.
  ///
  /// NaN when no logit is above minus infinity.
  package static func logProbability(of id: UInt32, logits: Span<Float>) -> Double {
    logProbabilities(of: [id], logits: logits)[0]
  }

  /// The natural logarithms of some tokens' probabilities.
  ///
  /// NaN when no logit is above minus infinity.
  package static func logProbabilities(of ids: [UInt32], logits: Span<Float>) -> [Double] {
    let (largest, logSum) = logPartition(values(logits))
    return ids.map { logit(logits[Int($0)]) - largest - logSum }
  }

  /// The `count` likeliest tokens with their probabilities, likeliest first, of equally likely ones the lower
  /// id first; all there are when `count` is larger. Tokens whose logit is minus infinity are left out.
  ///
  /// - Parameter candidates: ascending ids that alone may come, so that the probabilities are among them; nil: all.
  package static func ranked(
    _ logits: Span<Float>, count: Int, among candidates: [UInt32]? = nil
  ) -> [TokenProbability] {
    var values = values(logits)
    if let candidates { values.keepOnly(candidates) }
    let (largest, logSum) = logPartition(values)
    var heap = RankHeap(capacity: values.count)
    heap.fill(values, above: -.infinity)
    var ranked: [TokenProbability] = []
    while ranked.count < count, let first = heap.popFirst() {
      let probability = ExactMath.exp(first.value - largest - logSum)
      ranked.append(TokenProbability(id: first.id, probability: probability))
    }
    return ranked
  }

  /// The largest logit m, and log Σ exp(logit - m).
  private static func logPartition(_ values: [Double]) -> (largest: Double, logSum: Double) {
    var weights = values
    let largest = weights.max() ?? -.infinity
    guard largest > -.infinity else { return (largest, .nan) }
    ExactMath.exponentials(of: &weights, largest: largest)
    return (largest, ExactMath.log(weights.reduce(0, +)))
  }

  private static func values(_ logits: Span<Float>) -> [Double] { logits.indices.map { logit(logits[$0]) } }

  /// Plus infinity is made finite, so that differences are numbers; it stays above every finite logit.
  private static func logit(_ value: Float) -> Double {
    value > -.infinity ? min(Double(value), Double.greatestFiniteMagnitude) : -.infinity
  }
}

/// A token and how likely it is.
package struct TokenProbability: Sendable, Equatable {
  package let id: UInt32
  package let probability: Double
}

extension [Double] {
  /// Makes all values minus infinity but those of some ids, which are ascending.
  mutating func keepOnly(_ ids: [UInt32]) {
    var kept = ids[...]
    for index in indices {
      if kept.first.map(Int.init) == index { kept.removeFirst() } else { self[index] = -.infinity }
    }
  }
}
