import RondoNN

/// The probabilities a model itself gives: the softmax of its logits [V], with no temperature, penalty or
/// filter and no token left out. A logit of NaN counts as minus infinity. In double precision, the same on
/// every processor.
package enum ModelDistribution {
  /// The natural logarithm of one token's probability.
  ///
  /// NaN when no logit is above minus infinity.
  package static func logProbability(of id: UInt32, logits: Span<Float>) -> Double {
    let (largest, logSum) = logPartition(logits)
    return logit(logits[Int(id)]) - largest - logSum
  }

  /// The `count` likeliest tokens with their probabilities, likeliest first, of equally likely ones the lower
  /// id first; all there are when `count` is larger. Tokens whose logit is minus infinity are left out.
  package static func ranked(_ logits: Span<Float>, count: Int) -> [TokenProbability] {
    let (largest, logSum) = logPartition(logits)
    var candidates: [Candidate] = []
    candidates.reserveCapacity(logits.count)
    for index in logits.indices where logits[index] > -.infinity {
      candidates.append(Candidate(value: logit(logits[index]), id: UInt32(index)))
    }
    var heap = RankHeap(capacity: candidates.count)
    heap.fill(candidates)
    var ranked: [TokenProbability] = []
    while ranked.count < count, let first = heap.popFirst() {
      let probability = ExactMath.exp(first.value - largest - logSum)
      ranked.append(TokenProbability(id: first.id, probability: probability))
    }
    return ranked
  }

  /// The largest logit m, and log Σ exp(logit - m).
  private static func logPartition(_ logits: Span<Float>) -> (largest: Double, logSum: Double) {
    var largest = -Double.infinity
    for index in logits.indices { largest = max(largest, logit(logits[index])) }
    var sum = 0.0
    for index in logits.indices { sum += ExactMath.exp(logit(logits[index]) - largest) }
    return (largest, ExactMath.log(sum))
  }

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
