import Rondo
import RondoNN
import Testing

@Suite struct SamplerFilterTests {
  @Test func temperatureOneDrawsTheModelsProbabilities() throws {
    let chain = try makeChain(.init(temperature: 1), 4)
    expectShares(try drawnShares(chain, logProbabilities(0.1, 0.4, 0.2, 0.3)), [0.1, 0.4, 0.2, 0.3])
  }

  @Test func temperatureDividesTheLogits() throws {
    // At 1/2 probabilities are squared: 1, 4, 9 of 14. At 2 their roots are taken: 1, 2, 3 of 6.
    expectShares(
      try drawnShares(makeChain(.init(temperature: 0.5), 3), logProbabilities(1, 2, 3)),
      [1 / 14.0, 4 / 14.0, 9 / 14.0])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 2), 3), logProbabilities(1, 4, 9)),
      [1 / 6.0, 2 / 6.0, 3 / 6.0])
  }

  @Test func topKKeepsTheLikeliest() throws {
    let l = logProbabilities(0.1, 0.4, 0.2, 0.3)
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topK: 1), 4), l), [0, 1, 0, 0])
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topK: 2), 4), l), [0, 4 / 7.0, 0, 3 / 7.0])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topK: 3), 4), l), [0, 4 / 9.0, 2 / 9.0, 3 / 9.0])
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topK: 4), 4), l), [0.1, 0.4, 0.2, 0.3])
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topK: .max), 4), l), [0.1, 0.4, 0.2, 0.3])
  }

  @Test func topKKeepsLowerIdsOfEquals() throws {
    let chain = try makeChain(.init(temperature: 1, topK: 3), 6)
    expectShares(
      try drawnShares(chain, [1, 2, 1, 1, 1, -5], steps: 30_000),
      {
        let sum = 1 + 1 + ExactMath.exp(1)
        return [1 / sum, ExactMath.exp(1) / sum, 1 / sum, 0, 0, 0]
      }())
  }

  @Test func topPKeepsTheSmallestNucleus() throws {
    let l = logProbabilities(0.1, 0.4, 0.2, 0.3)
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topP: 0.01), 4), l), [0, 1, 0, 0])
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topP: 0.39), 4), l), [0, 1, 0, 0])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topP: 0.41), 4), l), [0, 4 / 7.0, 0, 3 / 7.0])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topP: 0.69), 4), l), [0, 4 / 7.0, 0, 3 / 7.0])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topP: 0.71), 4), l), [0, 4 / 9.0, 2 / 9.0, 3 / 9.0])
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topP: 0.99), 4), l), [0.1, 0.4, 0.2, 0.3])
  }

  @Test func topPStopsWhereTheSumIsExactlyReachedAndKeepsLowerIdsOfEquals() throws {
    let chain = try makeChain(.init(temperature: 1, topP: 0.5), 4)
    expectShares(try drawnShares(chain, [3, 3, 3, 3]), [0.5, 0.5, 0, 0])
  }

  @Test func minPIsMeasuredByTheLikeliest() throws {
    let l = logProbabilities(0.1, 0.4, 0.2, 0.3)
    expectShares(try drawnShares(makeChain(.init(temperature: 1, minP: 0.24), 4), l), [0.1, 0.4, 0.2, 0.3])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, minP: 0.26), 4), l), [0, 4 / 9.0, 2 / 9.0, 3 / 9.0])
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, minP: 0.7), 4), l), [0, 4 / 7.0, 0, 3 / 7.0])
    // 1 keeps what equals the likeliest, and no more.
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, minP: 1), 4), [2, 5, 5, 4]), [0, 0.5, 0.5, 0])
  }

  @Test func temperatureComesBeforeTopPAndMinP() throws {
    // Squared and scaled: 1, 16, 4, 9 of 30. The likeliest has 0.53 then, not 0.4; the next 9/16 of it, not 3/4.
    let l = logProbabilities(0.1, 0.4, 0.2, 0.3)
    expectShares(try drawnShares(makeChain(.init(temperature: 0.5, topP: 0.5), 4), l), [0, 1, 0, 0])
    expectShares(try drawnShares(makeChain(.init(temperature: 0.5, minP: 0.6), 4), l), [0, 1, 0, 0])
  }

  @Test func topKComesBeforeTopP() throws {
    // Among the first two the likeliest has 4/7, which 0.5 is content with; among all four it has 0.4.
    let l = logProbabilities(0.1, 0.4, 0.2, 0.3)
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topP: 0.5), 4), l), [0, 4 / 7.0, 0, 3 / 7.0])
    expectShares(try drawnShares(makeChain(.init(temperature: 1, topK: 2, topP: 0.5), 4), l), [0, 1, 0, 0])
  }

  @Test func topPComesBeforeMinP() throws {
    // Min-p first would leave 0.4 and 0.3, of which the first has 4/7 ≥ 0.55.
    let l = logProbabilities(0.1, 0.4, 0.2, 0.3)
    expectShares(
      try drawnShares(makeChain(.init(temperature: 1, topP: 0.55, minP: 0.7), 4), l),
      [0, 4 / 7.0, 0, 3 / 7.0])
  }

  @Test func filtersThatRemoveNothingChangeNothing() throws {
    let values = (0..<300).map { Float(($0 * 7919) % 211) / 20 }
    let plain = SamplerSettings(temperature: 0.9)
    let idle = SamplerSettings(
      temperature: 0.9, topK: 300, topP: 1 - 0x1p-53, minP: 1e-300, repetitionPenalty: 1.5,
      repetitionWindow: 0)
    var first = try makeChain(plain, 300), second = try makeChain(idle, 300)
    for _ in 0..<2000 { #expect(try first.next(values.span) == second.next(values.span)) }
  }

  @Test func manyTokensAreFilteredAsASortWouldFilterThem() throws {
    let random = CounterRandom(seed: 3, purpose: .initialization)
    for round in 0..<40 {
      let size = 1 + Int(random.bits(UInt64(round), stream: 1) % 200)
      // Few distinct values, so that there are many ties.
      let values = (0..<size).map { Float(random.bits(UInt64(round * 1000 + $0)) % 24) / 4 }
      let topK = Int(random.bits(UInt64(round), stream: 2) % UInt64(size + 2))
      let topP = 1 - random.unit(UInt64(round), stream: 3)
      let chain = try makeChain(.init(temperature: 1, topK: topK, topP: topP), size)

      var order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
      if topK > 0 { order = Array(order.prefix(topK)) }
      let weights = values.map { ExactMath.exp(Double($0) - 6) }
      let total = order.reduce(0) { $0 + weights[$1] }
      var kept: Set<Int> = [], sum = 0.0
      for id in order where sum < topP * total - 1e-12 {
        kept.insert(id)
        sum += weights[id]
      }
      let expected = values.indices.map { kept.contains($0) ? weights[$0] / sum : 0 }
      let actual = try drawnShares(chain, values, steps: 20_000)
      for id in values.indices {
        #expect(abs(actual[id] - expected[id]) <= 1e-4, "round \(round), id \(id)")
        if !kept.contains(id) { #expect(actual[id] == 0, "round \(round), id \(id)") }
      }
    }
  }
}
