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
  private var isExcluded: [Bool]
  private var recent: RecentTokens
  /// The tokens still in the draw, by ascending id.
  private var candidates: [Candidate] = []
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
    isExcluded = [Bool](repeating: false, count: vocabularySize)
    for id in excluded { isExcluded[Int(id)] = true }
    let isPenalizing = settings.repetitionPenalty != 1
    recent = RecentTokens(
      window: isPenalizing ? settings.repetitionWindow : 0, vocabularySize: vocabularySize)
    candidates.reserveCapacity(vocabularySize)
    heap = RankHeap(capacity: settings.topK > 0 || settings.topP < 1 ? vocabularySize : 0)
  }

  /// Draws the next token and notes it for the repetition penalty.
  /// - Parameter logits: [V]; minus infinity and NaN are never drawn, plus infinity before all that is
  ///   finite.
  /// - Throws: ``SamplerError/noCandidate`` when nothing is left to draw.
  package mutating func next(_ logits: Span<Float>) throws(SamplerError) -> UInt32 {
    let id = try choose(logits, random: random.unit(drawnCount, stream: sample))
    drawnCount += 1
    recent.note(id)
    return id
  }

  /// Draws the next token as `next(_:)` does, and says how likely the model itself held it. This takes one
  /// more exponential for each of the V logits.
  package mutating func nextScored(_ logits: Span<Float>) throws(SamplerError) -> Sampled {
    let id = try next(logits)
    return Sampled(id: id, logProbability: ModelDistribution.logProbability(of: id, logits: logits))
  }

  /// Notes a token that was not drawn here, such as one of the prompt, for the repetition penalty.
  package mutating func note(_ id: UInt32) {
    recent.note(id)
  }

  /// The token a number in 0 ..< 1 leads to, under the settings and the tokens noted so far. Notes nothing.
  package mutating func choose(_ logits: Span<Float>, random: Double) throws(SamplerError) -> UInt32 {
    collect(logits)
    guard var best = candidates.first else { throw .noCandidate }
    for candidate in candidates where candidate.value > best.value { best = candidate }
    if settings.temperature == 0 { return best.id }

    if settings.topK > 0, settings.topK < candidates.count { keepTop(settings.topK) }
    for index in candidates.indices {
      // The likeliest has weight 1; weights take the place of logits.
      candidates[index].value = ExactMath.exp((candidates[index].value - best.value) / settings.temperature)
    }
    if settings.topP < 1 { keepNucleus(settings.topP) }
    if settings.minP > 0 {
      let minP = settings.minP
      candidates.removeAll { $0.value < minP }
    }
    return pick(random)
  }

  /// Fills `candidates` with the tokens that may be drawn and their penalized logits.
  private mutating func collect(_ logits: Span<Float>) {
    precondition(logits.count == isExcluded.count, "logits are [V]")
    candidates.removeAll(keepingCapacity: true)
    let penalty = settings.repetitionPenalty
    let largest = Double.greatestFiniteMagnitude
    for index in logits.indices where !isExcluded[index] && logits[index] > -.infinity {
      var logit = Double(logits[index])
      if recent.contains(index) { logit = logit > 0 ? logit / penalty : logit * penalty }
      // Kept finite, so that differences are numbers.
      candidates.append(Candidate(value: max(-largest, min(largest, logit)), id: UInt32(index)))
    }
  }

  private mutating func keepTop(_ count: Int) {
    heap.fill(candidates)
    var last = heap.popFirst()
    for _ in 1..<count { last = heap.popFirst() }
    keep(through: last)
  }

  /// Keeps the first ranks up to where their weights reach `share` of the sum of all.
  private mutating func keepNucleus(_ share: Double) {
    let goal = share * weightSum
    heap.fill(candidates)
    var last = heap.popFirst()
    var sum = last?.value ?? 0
    while sum < goal, let next = heap.popFirst() {
      sum += next.value
      last = next
    }
    keep(through: last)
  }

  private mutating func keep(through last: Candidate?) {
    guard let last else { return }
    candidates.removeAll { last.ranksAbove($0) }
  }

  private var weightSum: Double {
    var sum = 0.0
    for candidate in candidates { sum += candidate.value }
    return sum
  }

  /// The first id at which the running sum of the weights passes `random` times their sum.
  private func pick(_ random: Double) -> UInt32 {
    let goal = random * weightSum
    var sum = 0.0
    for candidate in candidates {
      sum += candidate.value
      if sum > goal { return candidate.id }
    }
    preconditionFailure("random is below 1")
  }
}

/// A drawn token.
package struct Sampled: Sendable, Equatable {
  package let id: UInt32
  /// The natural logarithm of its probability under the model itself: before penalty, temperature and
  /// filters, with the tokens that are never drawn left in.
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
