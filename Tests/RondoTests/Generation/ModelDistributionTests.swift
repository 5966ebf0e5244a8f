import Rondo
import RondoNN
import Testing

@Suite struct ModelDistributionTests {
  @Test(arguments: [1, 2, 65, 10_000])
  func probabilitiesSumToOne(size: Int) {
    let random = CounterRandom(seed: 1, purpose: .initialization)
    let values = (0..<size).map { Float(random.unit(UInt64($0)) * 40 - 20) }
    var sum = 0.0
    // A share of the ids stands for all where V is large: each costs a pass over V.
    if size <= 65 {
      for id in values.indices {
        sum += ExactMath.exp(ModelDistribution.logProbability(of: UInt32(id), logits: values.span))
      }
      #expect(abs(sum - 1) < 1e-13)
    }
    let ranked = ModelDistribution.ranked(values.span, count: size)
    #expect(ranked.count == size)
    #expect(abs(ranked.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
  }

  @Test func handMadeValues() {
    let values: [Float] = [0, 0, 0, 0]
    for id in 0..<4 {
      let logProbability = ModelDistribution.logProbability(of: UInt32(id), logits: values.span)
      #expect(abs(logProbability + 1.3862943611198906) < 1e-15)
    }
    let steep: [Float] = [0, 1000]
    #expect(ModelDistribution.logProbability(of: 0, logits: steep.span) == -1000)
    #expect(ModelDistribution.logProbability(of: 1, logits: steep.span) == 0)
  }

  @Test func extremeLogits() {
    let values: [Float] = [1e30, -1e30, -.infinity, .nan]
    #expect(ModelDistribution.logProbability(of: 0, logits: values.span) == 0)
    #expect(ModelDistribution.logProbability(of: 1, logits: values.span) < -1.9e30)
    #expect(ModelDistribution.logProbability(of: 2, logits: values.span) == -.infinity)
    #expect(ModelDistribution.logProbability(of: 3, logits: values.span) == -.infinity)
    let infinite: [Float] = [.infinity, 0, .infinity]
    #expect(abs(ModelDistribution.logProbability(of: 2, logits: infinite.span) + 0.6931471805599453) < 1e-15)
    let empty: [Float] = [-.infinity, .nan]
    #expect(ModelDistribution.logProbability(of: 0, logits: empty.span).isNaN)
    #expect(ModelDistribution.ranked(empty.span, count: 2).isEmpty)
  }

  @Test func ranksByProbabilityThenId() {
    let values: [Float] = [1, 3, 2, 3, -.infinity, 1, 3]
    let ranked = ModelDistribution.ranked(values.span, count: 10)
    #expect(ranked.map(\.id) == [1, 3, 6, 2, 0, 5])
    for entry in ranked {
      let expected = ExactMath.exp(ModelDistribution.logProbability(of: entry.id, logits: values.span))
      #expect(abs(entry.probability - expected) < 1e-15)
    }
    #expect(ModelDistribution.ranked(values.span, count: 4) == Array(ranked.prefix(4)))
    #expect(ModelDistribution.ranked(values.span, count: 0).isEmpty)
  }

  @Test func ranksAmongCandidates() {
    let values: [Float] = [0, 5, 0, 0, 7]
    let ranked = ModelDistribution.ranked(values.span, count: 5, among: [0, 2])
    #expect(ranked.map(\.id) == [0, 2])
    #expect(ranked.map(\.probability) == [0.5, 0.5])
    #expect(ModelDistribution.ranked(values.span, count: 1, among: [1, 4]).map(\.id) == [4])
    #expect(ModelDistribution.ranked(values.span, count: 5, among: []).isEmpty)
  }
}
