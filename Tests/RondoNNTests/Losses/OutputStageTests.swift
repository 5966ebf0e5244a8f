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
  }
}
