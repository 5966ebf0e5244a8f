import RondoNN

/// Draws one sample's tokens, one after another, from the logits a model gives.
///
/// The random number for token n of sample s is a function of (seed, s, n) alone, so that the first of four
/// samples is the single sample. Every sum has a fixed order and nothing comes from libm, so that the same
/// logits give the same token on every processor. All memory is taken at the start, but for a repetition
/// window above 1024 tokens.
package struct SamplerChain: Sendable {
  /// What the tokens are chosen by.
  package let settings: SamplerSettings
  /// How many tokens were drawn: the number of the next one.
  package private(set) var drawnCount: UInt64 = 0

  private let random: CounterRandom
  private let sample: UInt32
  private let excluded: [UInt32]
  private var recent: RecentTokens
  /// [V]: the logits, minus infinity for what is not in the draw; then the weights, and zero.
  private var values: [Double]
  private var heap: RankHeap

  /// - Parameters:
  ///   - vocabularySize: how many logits there will be, V.
  ///   - excluded: ids below V that are never drawn.
  ///   - sample: which of several samples with the same seed this is.
  /// - Throws: when a setting is out of its range.
  package init(
    _ settings: SamplerSettings, vocabularySize: Int, excluded: [UInt32] = [], seed: UInt64,
    sample: UInt32 = 0
  ) throws(SamplerError) {
    try settings.validate()
    self.settings = settings
    self.sample = sample
    random = CounterRandom(seed: seed, purpose: .sampling)
    self.excluded = excluded
    let isPenalizing = settings.repetitionPenalty != 1
    recent = RecentTokens(
      window: isPenalizing ? settings.repetitionWindow : 0, vocabularySize: vocabularySize)
    values = [Double](repeating: 0, count: vocabularySize)
    heap = RankHeap(capacity: settings.topK > 0 || settings.topP < 1 ? vocabularySize : 0)
  }

  /// Draws the next token and notes it for the repetition penalty.
  /// - Parameters:
  ///   - logits: [V]; minus infinity and NaN are never drawn, plus infinity before all that is finite.
  ///   - candidates: ascending ids from which alone to draw, as if there were no others; nil: all.
  /// - Throws: ``SamplerError/noCandidate`` when nothing is left to draw.
  package mutating func next(
    _ logits: Span<Float>, among candidates: [UInt32]? = nil
  ) throws(SamplerError) -> UInt32 {
    let id = try choose(logits, among: candidates, random: random.unit(drawnCount, stream: sample))
    drawnCount += 1
    recent.note(id)
    return id
  }

  /// Draws the next token as `next(_:)` does, and says how likely the model itself held it. This takes one
  /// more exponential for each of the V logits.
  package mutating func nextScored(
    _ logits: Span<Float>, among candidates: [UInt32]? = nil
  ) throws(SamplerError) -> Sampled {
    let id = try next(logits, among: candidates)
    return Sampled(id: id, logProbability: ModelDistribution.logProbability(of: id, logits: logits))
  }

  /// Notes a token that was not drawn here, such as one of the prompt, for the repetition penalty.
  package mutating func note(_ id: UInt32) {
    recent.note(id)
  }

  /// The token a number in 0 ..< 1 leads to, under the settings and the tokens noted so far. Notes nothing.
  package mutating func choose(
    _ logits: Span<Float>, among candidates: [UInt32]? = nil, random: Double
  ) throws(SamplerError) -> UInt32 {
    collect(logits)
    if let candidates { values.keepOnly(candidates) }
    var best = Candidate(value: -.infinity, id: 0)
    for (index, value) in values.enumerated() where value > best.value {
      best = Candidate(value: value, id: UInt32(index))
    }
    guard best.value > -.infinity else { throw .noCandidate }
    if settings.temperature == 0 { return best.id }

    if settings.topK > 0 { keepTop(settings.topK) }
    // The likeliest has weight 1.
    ExactMath.exponentials(of: &values, largest: best.value, divisor: settings.temperature)
    if settings.topP < 1 { keepNucleus(settings.topP) }
    if settings.minP > 0 {
      for index in values.indices where values[index] < settings.minP { values[index] = 0 }
    }
    return pick(random)
  }

  /// Fills `values` with the penalized logits of the tokens that may be drawn.
  private mutating func collect(_ logits: Span<Float>) {
    precondition(logits.count == values.count, "logits are [V]")
    // Kept finite, so that differences are numbers.
    let largest = Double.greatestFiniteMagnitude
    for index in logits.indices {
      let logit = logits[index]
      values[index] = logit > -.infinity ? min(largest, Double(logit)) : -.infinity
    }
    for id in excluded { values[Int(id)] = -.infinity }
    guard settings.repetitionPenalty != 1 else { return }
    for index in values.indices where recent.contains(index) && values[index] > -.infinity {
      let logit = values[index], penalty = settings.repetitionPenalty
      values[index] = max(-largest, min(largest, logit > 0 ? logit / penalty : logit * penalty))
    }
  }

  private mutating func keepTop(_ count: Int) {
    heap.fill(values, above: -.infinity)
    guard count < heap.count else { return }
    var last = heap.popFirst()
    for _ in 1..<count { last = heap.popFirst() }
    keep(through: last, orElse: -.infinity)
  }

  /// Keeps the first ranks up to where their weights reach `share` of the sum of all.
  private mutating func keepNucleus(_ share: Double) {
    let goal = share * weightSum
    heap.fill(values, above: 0)
    var last = heap.popFirst()
    var sum = last?.value ?? 0
    while sum < goal, let next = heap.popFirst() {
      sum += next.value
      last = next
    }
    keep(through: last, orElse: 0)
  }

  /// Gives those after `last` another value.
  private mutating func keep(through last: Candidate?, orElse value: Double) {
    guard let last else { return }
    for index in values.indices where last.ranksAbove(Candidate(value: values[index], id: UInt32(index))) {
      values[index] = value
    }
  }

  private var weightSum: Double {
    var sum = 0.0
    for weight in values { sum += weight }
    return sum
  }

  /// The first id at which the running sum of the weights passes `random` times their sum.
  private func pick(_ random: Double) -> UInt32 {
    let goal = random * weightSum
    var sum = 0.0
    for (index, weight) in values.enumerated() {
      sum += weight
      if sum > goal { return UInt32(index) }
    }
    preconditionFailure("random is below 1")
  }
}

/// A drawn token.
package struct Sampled: Sendable, Equatable {
  package let id: UInt32
  /// The natural logarithm of its probability under the model itself: before penalty, temperature and
  /// filters, with the tokens that could not be drawn left in.
  package let logProbability: Double
}

/// The last tokens of a sample, and which ids are among them.
private struct RecentTokens: Sendable {
  private let window: Int
  private var ring: [UInt32] = []
  private var oldest = 0
  /// How often each id is in the ring; empty when there is no window.
  private var counts: [UInt32]

  init(window: Int, vocabularySize: Int) {
    self.window = window
    counts = [UInt32](repeating: 0, count: window > 0 ? vocabularySize : 0)
    ring.reserveCapacity(min(window, 1024))
  }

  func contains(_ id: Int) -> Bool {
    window > 0 && counts[id] > 0
  }

  mutating func note(_ id: UInt32) {
    guard window > 0 else { return }
    counts[Int(id)] += 1
    if ring.count < window {
      ring.append(id)
      return
    }
    counts[Int(ring[oldest])] -= 1
    ring[oldest] = id
    oldest = oldest + 1 == window ? 0 : oldest + 1
  }
}
