import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct OutputStageTests {
  /// 520 rows of 2100 tokens are two blocks of logits, the second of 8 rows.
  @Test(arguments: [true, false])
  func blocksAddUp(tied: Bool) throws {
    let gang = try ThreadGang(threadCount: 2)
    let configuration = NetworkConfiguration(
      vocabularySize: 2100, embeddingSize: 4, hiddenSize: 4, layerCount: 1, tied: tied)
    let network = RecurrentNetwork(configuration, steps: 65, batch: 8, gang)
    let inputs = tokens(520, below: 2100, seed: 1), targets = tokens(520, below: 2100, seed: 2)
    let expected = ReferenceModel<Double>(network.parameters, configuration).lossAndGradients(
      inputs: byStep(inputs, batch: 8), targets: byStep(targets, batch: 8))
    let loss = network.train(
      inputs: inputs[...], targets: targets[...], batch: 8, key: DropoutKey(seed: 0, step: 0))
    #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6)
    for (name, gradient) in expected.gradients {
      #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-4, "\(name)")
    }
    network.resetState()
    let sum = network.score(inputs: inputs[...], targets: targets[...], batch: 8)
    #expect(sum / 520 == loss)
    #expect(network.rowLosses(520).array.reduce(0, +) == sum)
  }

  /// 600 streams of 2100 tokens are more than a block of logits.
  @Test func logitsOfMoreStreamsThanABlockHasRows() throws {
    let gang = try ThreadGang(threadCount: 2)
    let configuration = NetworkConfiguration(
      vocabularySize: 2100, embeddingSize: 4, hiddenSize: 4, layerCount: 1)
    let many = RecurrentNetwork(configuration, steps: 2, batch: 600, trains: false, gang)
    let one = RecurrentNetwork(configuration, steps: 2, batch: 1, trains: false, gang)
    let ids = tokens(600, below: 2100, seed: 6)
    let logits = many.logits(after: ids[...], batch: 600)
    #expect(logits.rows == 600)
    let last = one.logits(after: ids[599...], batch: 1)
    #expect(bits(logits.rows(599..<600).elements) == bits(last.elements))
  }

  /// The loss of a row is what its logits say.
  @Test func lossesAreThoseOfTheLogits() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 21, embeddingSize: 4, hiddenSize: 6, layerCount: 1)
    let network = RecurrentNetwork(
      configuration, steps: 3, batch: 5, trains: false, try ThreadGang(threadCount: 1))
    let inputs = tokens(5, below: 21, seed: 3), targets = tokens(5, below: 21, seed: 4)
    let logits = network.logits(after: inputs[...], batch: 5)
    #expect(logits.rows == 5 && logits.columns >= 21)
    let rows = (0..<5).map { row in logits.buffer[row * logits.stride..<row * logits.stride + 21].array }
    network.resetState()
    _ = network.score(inputs: inputs[...], targets: targets[...], batch: 5)
    for (row, values) in rows.enumerated() {
      let sum = values.reduce(0) { $0 + ExactMath.exp(Double($1)) }
      let loss = ExactMath.log(sum) - Double(values[Int(targets[row])])
      #expect(abs(network.rowLosses(5)[row] - loss) <= 1e-6 * loss)
    }
  }
}
