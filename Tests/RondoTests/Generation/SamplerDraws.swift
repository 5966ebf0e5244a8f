import Rondo
import RondoNN
import Testing

/// Logits whose softmax gives these probabilities, nearly.
func logProbabilities(_ probabilities: Double...) -> [Float] {
  probabilities.map { Float(ExactMath.log($0)) }
}

func makeChain(
  _ settings: SamplerSettings, _ vocabularySize: Int, excluded: [UInt32] = [], seed: UInt64 = 7,
  sample: UInt32 = 0
) throws -> SamplerChain {
  try SamplerChain(
    settings, vocabularySize: vocabularySize, excluded: excluded, seed: seed, sample: sample)
}

/// The share of each id over `steps` evenly spaced numbers in 0 ..< 1: the probabilities that the chain draws
/// with, to within 1 / steps.
func drawnShares(_ chain: SamplerChain, _ logits: [Float], steps: Int = 10_000) throws -> [Double] {
  var chain = chain
  var counts = [Int](repeating: 0, count: logits.count)
  for step in 0..<steps {
    counts[Int(try chain.choose(logits.span, random: (Double(step) + 0.5) / Double(steps)))] += 1
  }
  return counts.map { Double($0) / Double(steps) }
}

func expectShares(
  _ actual: [Double], _ expected: [Double], within tolerance: Double = 2e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  for (id, (actual, expected)) in zip(actual, expected).enumerated() {
    #expect(abs(actual - expected) <= tolerance, "id \(id)", sourceLocation: sourceLocation)
    #expect((actual == 0) == (expected == 0), "id \(id)", sourceLocation: sourceLocation)
  }
}
