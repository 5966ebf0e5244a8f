import Rondo
import RondoNN
import Testing

@Suite struct SamplerPenaltyTests {
  @Test func positiveLogitsAreDividedAndNegativeOnesMultiplied() throws {
    var chain = try makeChain(.init(temperature: 1, repetitionPenalty: 2), 4)
    chain.note(0)
    chain.note(2)
    let w = [2, 4, -2, -1].map { ExactMath.exp($0) }
    let sum = w.reduce(0, +)
    expectShares(try drawnShares(chain, [4, 4, -1, -1]), w.map { $0 / sum })
  }

  @Test func itComesBeforeEveryFilter() throws {
    // Without it id 0 is the likeliest and all that top-k 1 keeps.
    for settings in [
      SamplerSettings(temperature: 1, topK: 1, repetitionPenalty: 2),
      SamplerSettings(temperature: 0, repetitionPenalty: 2),
    ] {
      var chain = try makeChain(settings, 3)
      #expect(try chain.choose(([4, 3, 1] as [Float]).span, random: 0.5) == 0)
      chain.note(0)
      #expect(try chain.choose(([4, 3, 1] as [Float]).span, random: 0.5) == 1)
    }
  }

  @Test func aTokenSeenTwiceIsPenalizedOnce() throws {
    var once = try makeChain(.init(temperature: 1, repetitionPenalty: 1.5), 2)
    var twice = once
    once.note(0)
    for _ in 0..<2 { twice.note(0) }
    #expect(try drawnShares(once, [2, 1]) == drawnShares(twice, [2, 1]))
  }

  @Test func theWindowForgets() throws {
    // Greedy over equal logits takes the lowest id that is not among the last two.
    var chain = try makeChain(.init(temperature: 0, repetitionPenalty: 2, repetitionWindow: 2), 4)
    let flat: [Float] = [1, 1, 1, 1]
    var ids: [UInt32] = []
    for _ in 0..<7 { ids.append(try chain.next(flat.span)) }
    #expect(ids == [0, 1, 2, 0, 1, 2, 0])
  }

  @Test func aRepeatedTokenStaysPenalizedUntilItsLastPlaceLeaves() throws {
    var chain = try makeChain(.init(temperature: 0, repetitionPenalty: 2, repetitionWindow: 3), 2)
    let values: [Float] = [3, 2]
    chain.note(0)
    chain.note(1)
    chain.note(0)
    chain.note(1)  // The first 0 leaves, the second stays.
    #expect(try chain.choose(values.span, random: 0) == 0)  // 1.5 against 1
    let flat: [Float] = [3, 4]
    #expect(try chain.choose(flat.span, random: 0) == 1)  // 1.5 against 2: both penalized
    for _ in 0..<3 { chain.note(1) }
    #expect(try chain.choose(flat.span, random: 0) == 0)  // 3 against 2
  }

  @Test func aPenaltyBelowOneFavoursRepetition() throws {
    var chain = try makeChain(.init(temperature: 0, repetitionPenalty: 0.5), 2)
    chain.note(1)
    #expect(try chain.choose(([3, 2] as [Float]).span, random: 0) == 1)
  }
}
