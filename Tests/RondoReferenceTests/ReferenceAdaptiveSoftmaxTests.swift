import TestSupport
import Testing

@testable import RondoReference

@Suite struct ReferenceAdaptiveSoftmaxTests {
  private func model(tied: Bool) -> ReferenceModel<Double> {
    var generator = SeededGenerator(seed: 5)
    return ReferenceModel(
      configuration: ReferenceConfiguration(
        vocabularySize: 13, embeddingSize: 17, hiddenSize: 17, layerCount: 1, tied: tied, cutoffs: [4, 9]),
      bound: 1, using: &generator)
  }

  /// All tokens together have probability 1, and a target's loss is that of its probability.
  @Test(arguments: [false, true])
  func isADistribution(tied: Bool) {
    let softmax = model(tied: tied).adaptiveSoftmax
    let x = ReferenceMatrix<Double>(rows: 2, columns: 17, elements: (0..<34).map { Double($0 % 7) / 5 - 0.6 })
    let logs = softmax.logProbabilities(x)
    for b in 0..<2 {
      #expect(abs(logs.row(b).reduce(0) { $0 + Double.exponential($1) } - 1) < 1e-12)
    }
    for target in 0..<13 {
      let loss = softmax.evaluate(x, targets: [target, 12]).loss
      #expect(abs(loss + logs[0, target] + logs[1, 12]) < 1e-12, "\(target)")
    }
  }

  @Test func parametersAreThoseOfPyTorch() {
    #expect(
      model(tied: false).configuration.parameterShapes.suffix(6).map { "\($0.name) \($0.shape)" } == [
        "decoder.head.weight [6, 17]", "decoder.head.bias [6]", "decoder.tail.0.0.weight [4, 17]",
        "decoder.tail.0.1.weight [5, 4]", "decoder.tail.1.0.weight [1, 17]", "decoder.tail.1.1.weight [4, 1]",
      ])
    #expect(
      model(tied: true).configuration.parameterShapes.suffix(3).map { "\($0.name) \($0.shape)" } == [
        "decoder.cluster.weight [2, 17]", "decoder.cluster.bias [2]", "decoder.bias [13]",
      ])
  }
}
