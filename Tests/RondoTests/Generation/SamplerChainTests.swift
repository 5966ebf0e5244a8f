import Rondo
import RondoNN
import Testing

@Suite struct SamplerChainTests {
  @Test func greedyTakesTheLowestIdOfEquals() throws {
    var chain = try makeChain(.init(temperature: 0), 5)
    for random in [0, 0.3, 0.999] {
      #expect(try chain.choose(([1, 3, 2, 3, 3] as [Float]).span, random: random) == 1)
      #expect(try chain.choose(([0, 0, 0, 0, 0] as [Float]).span, random: random) == 0)
    }
  }

  @Test func excludedTokensAreNeverDrawn() throws {
    let l: [Float] = [9, 1, 9, 1]
    for settings in [
      SamplerSettings(temperature: 0), SamplerSettings(temperature: 1),
      SamplerSettings(temperature: 1, topK: 3),
      SamplerSettings(temperature: 1, topP: 0.6), SamplerSettings(temperature: 1, minP: 0.5),
    ] {
      let shares = try drawnShares(makeChain(settings, 4, excluded: [0, 2]), l)
      #expect(shares[0] == 0 && shares[2] == 0)
    }
    // They take no place among the first k, and no share of the nucleus.
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topK: 2), 4, excluded: [0]), l),
      {
        let w = ExactMath.exp(-8)
        return [0, w / (1 + w), 1 / (1 + w), 0]
      }())
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topP: 0.9), 4, excluded: [0, 2]), l), [0, 0.5, 0, 0.5])
  }

  @Test func drawsAmongCandidatesAsIfThereWereNoOthers() throws {
    let l: [Float] = [9, 1, 3, 2, 8]
    let without: [Float] = [-.infinity, 1, 3, 2, -.infinity]
    for settings in [
      SamplerSettings(temperature: 0), SamplerSettings(temperature: 1),
      SamplerSettings(temperature: 1, topK: 2),
      SamplerSettings(temperature: 1, topP: 0.6), SamplerSettings(temperature: 1, minP: 0.2),
    ] {
      var chain = try makeChain(settings, 5), other = chain
      for step in 0..<200 {
        let random = Double(step) / 200
        #expect(
          try chain.choose(l.span, among: [1, 2, 3], random: random)
            == other.choose(without.span, random: random))
      }
      let scored = try chain.nextScored(l.span, among: [3])
      #expect(scored.id == 3)
      #expect(scored.logProbability == ModelDistribution.logProbability(of: 3, logits: l.span))
      #expect(throws: SamplerError.noCandidate) { try chain.next(l.span, among: []) }
    }
  }

  @Test func theSameNumbersGiveTheSameTokens() throws {
    let values = (0..<65).map { Float(($0 * 37) % 17) / 3 }
    func draw(seed: UInt64, sample: UInt32) throws -> [UInt32] {
      var chain = try makeChain(.init(), 65, seed: seed, sample: sample)
      return try (0..<64).map { _ in try chain.next(values.span) }
    }
    let single = try draw(seed: 1, sample: 0)
    #expect(try single == draw(seed: 1, sample: 0))
    #expect(try single != draw(seed: 1, sample: 1))
    #expect(try single != draw(seed: 2, sample: 0))
  }

  @Test func tokenNumberNOfSampleSUsesItsOwnNumber() throws {
    let values = (0..<30).map { Float(($0 * 11) % 7) }
    let random = CounterRandom(seed: 99, purpose: .sampling)
    var chain = try makeChain(.init(), 30, seed: 99, sample: 3), twin = chain
    for n in 0..<100 {
      #expect(chain.drawnCount == UInt64(n))
      let expected = try twin.choose(values.span, random: random.unit(UInt64(n), stream: 3))
      #expect(try chain.next(values.span) == expected)
    }
  }

  @Test func aCopyGoesOnAsTheOriginal() throws {
    let values = (0..<20).map { Float($0 % 6) }
    var chain = try makeChain(.init(repetitionPenalty: 1.3), 20)
    for _ in 0..<10 { _ = try chain.next(values.span) }
    var copy = chain
    let original = try (0..<20).map { _ in try chain.next(values.span) }
    #expect(try original == (0..<20).map { _ in try copy.next(values.span) })
  }

  @Test func theDrawsOfASeedAreTheseForever() throws {
    // Pins generation's bytes. The ids were found by a program of its own that follows the documentation alone.
    let values = (0..<65).map { Float(($0 * 37) % 17) / 3 }
    var chain = try makeChain(
      .init(temperature: 0.8, topK: 40, topP: 0.95, minP: 0.01, repetitionPenalty: 1.1), 65, seed: 2026)
    let expected: [UInt32] = [62, 27, 28, 45, 45, 33, 55, 11, 33, 62, 10, 50, 62, 45, 22, 16]
    #expect(try (0..<16).map { _ in try chain.next(values.span) } == expected)
  }

  @Test(arguments: [
    SamplerSettings(temperature: 1), SamplerSettings(temperature: 1, topK: 6),
    SamplerSettings(temperature: 1, topP: 0.8), SamplerSettings(temperature: 1, minP: 0.2),
  ])
  func frequenciesFollowTheProbabilities(settings: SamplerSettings) throws {
    // Of these ranks top-k 6, top-p 0.8 and min-p 0.2 each keep what `kept` says.
    let p = [0.02, 0.25, 0.08, 0.15, 0.03, 0.2, 0.1, 0.06, 0.07, 0.04]
    let kept: [Double] = p.map {
      if settings.topK == 6 { return $0 >= 0.07 ? $0 : 0 }
      if settings.topP < 1 { return $0 >= 0.07 ? $0 : 0 }
      if settings.minP > 0 { return $0 >= 0.055 ? $0 : 0 }
      return $0
    }
    let sum = kept.reduce(0, +)
    let values = p.map { Float(ExactMath.log($0)) }
    var chain = try makeChain(settings, p.count, seed: 4), counts = [Int](repeating: 0, count: p.count)
    let draws = 100_000
    for _ in 0..<draws { counts[Int(try chain.next(values.span))] += 1 }
    var statistic = 0.0
    for (count, weight) in zip(counts, kept) {
      let expected = weight / sum * Double(draws)
      if expected == 0 {
        #expect(count == 0)
      } else {
        statistic += (Double(count) - expected) * (Double(count) - expected) / expected
      }
    }
    // Chi-square with 9 degrees of freedom is above 27.9 once in a thousand times, with fewer more seldom.
    #expect(statistic < 27.9)
    #expect(statistic > 0)
  }

  @Test func extremeLogitsAreHarmless() throws {
    let inf = Float.infinity
    let cases: [([Float], [Double])] = [
      ([1e30, -1e30, 0], [1, 0, 0]),
      ([1e30, 1e30, -1e30], [0.5, 0.5, 0]),
      ([-1e30, -1e30, -inf], [0.5, 0.5, 0]),
      ([-inf, 0, -inf], [0, 1, 0]),
      ([inf, 3e38, 0], [1, 0, 0]),
      ([inf, inf, -inf], [0.5, 0.5, 0]),
      ([.nan, 0, 0], [0, 0.5, 0.5]),
      ([-3.4e38, 3.4e38, .nan], [0, 1, 0]),
    ]
    for (values, expected) in cases {
      for temperature in [Double.leastNonzeroMagnitude, 1e-9, 1, 1e9] {
        let settings = SamplerSettings(
          temperature: temperature, topK: 3, topP: 0.999, minP: 1e-9, repetitionPenalty: 2)
        expectShares(try drawnShares(makeChain(settings, 3), values, steps: 1000), expected)
      }
      var greedy = try makeChain(.init(temperature: 0), 3)
      #expect(try greedy.choose(values.span, random: 0.9) == UInt32(expected.firstIndex { $0 > 0 } ?? 9))
    }
  }

  @Test func extremePenaltiesAreHarmless() throws {
    for penalty in [Double.leastNonzeroMagnitude, 1e-300, 1e300, .greatestFiniteMagnitude] {
      var chain = try makeChain(.init(temperature: 1, repetitionPenalty: penalty), 2)
      chain.note(0)
      chain.note(1)
      expectShares(try drawnShares(chain, [1e30, 1e30]), [0.5, 0.5])
      expectShares(try drawnShares(chain, [-1e30, -1e30]), [0.5, 0.5])
      #expect(try drawnShares(chain, [-.infinity, 1]) == [0, 1])
    }
  }

  @Test func anEvenHighTemperatureNeverDrawsMinusInfinity() throws {
    let chain = try makeChain(.init(temperature: .greatestFiniteMagnitude), 3)
    expectShares(try drawnShares(chain, [5, -.infinity, -5]), [0.5, 0, 0.5])
  }

  @Test func nothingToDrawIsAnError() throws {
    for (values, excluded) in [
      ([Float](repeating: -.infinity, count: 3), [UInt32]()), ([.nan, .nan, .nan], []),
      ([1, 2, 3], [0, 1, 2]),
      ([1, -.infinity, .nan], [0]),
    ] {
      for temperature in [0.0, 1] {
        var chain = try makeChain(.init(temperature: temperature), 3, excluded: excluded)
        #expect(throws: SamplerError.noCandidate) { try chain.next(values.span) }
        #expect(chain.drawnCount == 0)
      }
    }
    #expect(!SamplerError.noCandidate.description.contains("\n"))
  }

  @Test func settingsOutOfRangeMakeNoChain() {
    #expect(throws: SamplerError.topP(2)) { try makeChain(.init(topP: 2), 3) }
  }

  @Test func scoredDrawsAreTheSameDraws() throws {
    let values: [Float] = [1, 2, 0.5, -1]
    var plain = try makeChain(.init(temperature: 0.5, topK: 3, repetitionPenalty: 2), 4, excluded: [1])
    var scored = plain
    let sum = values.reduce(0.0) { $0 + ExactMath.exp(Double($1)) }
    for _ in 0..<50 {
      let id = try plain.next(values.span)
      let sampled = try scored.nextScored(values.span)
      #expect(sampled.id == id)
      // The model's own: no temperature, no filter, the excluded token in the sum.
      #expect(abs(sampled.logProbability - (Double(values[Int(id)]) - ExactMath.log(sum))) < 1e-14)
    }
  }

  @Test func aBuffersElementsCanBeDrawnFrom() throws {
    let buffer = Buffer<Float>(count: 32)
    buffer.fill(-.infinity)
    buffer[17] = 2
    var chain = try makeChain(.init(), 16)
    let id = try buffer[16..<32].withSpan { (logits) throws(SamplerError) in try chain.next(logits) }
    #expect(id == 1)
  }
}
