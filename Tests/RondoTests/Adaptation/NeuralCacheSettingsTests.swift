import RondoNN
import RondoText
import Testing

@testable import Rondo

struct NeuralCacheSettingsTests {
  /// While it writes, a text has the probabilities that scoring it gives: the cache knows prompt and text alike.
  @Test(arguments: [1, 3])
  func writingIsScoring(count: Int) throws {
    let model = try randomModel()
    let cache = NeuralCacheSettings(size: 25, weight: 0.5, flatness: 0.5)
    let prompt = words(20)
    let generator = try TextGenerator(
      model, prompt: prompt,
      settings: GenerationSettings(length: 40, seed: 3, count: count, neuralCache: cache),
      scoresTokens: true)
    var tokens = Array(repeating: [UInt32](), count: count),
      scores = Array(repeating: [Double](), count: count)
    while let pieces = try generator.next() {
      for piece in pieces {
        guard let token = piece.token, let score = piece.logProbability else { continue }
        tokens[piece.sample].append(token)
        scores[piece.sample].append(score)
      }
    }
    for sample in 0..<count {
      let text = Array(prompt.utf8) + tokens[sample].flatMap { Array(model.text(of: $0).utf8) }
      var expected: [Double] = []
      _ = try Evaluator([model], settings: EvaluationSettings(neuralCache: cache)).evaluate(
        onToken: { expected.append($1) }, reading: readingParts(of: text))
      let own = expected.suffix(tokens[sample].count)
      #expect(tokens[sample].count == 40)
      for (score, expected) in zip(scores[sample], own) { #expect(abs(score - expected) <= 1e-4) }
    }
    if count > 1 { #expect(Set(tokens).count == count) }
  }
}
