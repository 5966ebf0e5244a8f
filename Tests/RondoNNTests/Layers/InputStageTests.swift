import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct InputStageTests {
  /// With room for 80 rows the 50 tokens get a table; with room for 20 their vectors are used. Same bytes on the way
  /// there; on the way back sums are grouped by token, so gradients agree within rounding.
  @Test(arguments: [true, false])
  func bothPathsAgree(tied: Bool) throws {
    let gang = try ThreadGang(threadCount: 2)
    let configuration = NetworkConfiguration(
      vocabularySize: 50, embeddingSize: tied ? 20 : 33, hiddenSize: 20, layerCount: 2, tied: tied)
    let table = RecurrentNetwork(configuration, steps: 16, batch: 5, gang)
    let rows = RecurrentNetwork(configuration, steps: 4, batch: 5, gang)
    let reference = ReferenceModel<Double>(table.parameters, configuration)
    var state: ReferenceState<Double>?
    for window in 0..<3 as Range<UInt64> {
      let count = window == 2 ? 10 : 20
      let inputs = tokens(count, below: 50, seed: window),
        targets = tokens(count, below: 50, seed: 5 + window)
      let losses = [table, rows].map {
        $0.train(inputs: inputs[...], targets: targets[...], batch: 5, key: DropoutKey(seed: 0, step: 0))
      }
      #expect(bits([losses[0]]) == bits([losses[1]]))
      for stream in 0..<5 { #expect(bits(table.state(stream: stream)) == bits(rows.state(stream: stream))) }

      let expected = reference.lossAndGradients(
        inputs: byStep(inputs, batch: 5), targets: byStep(targets, batch: 5), state: state)
      state = expected.finalState
      for (name, gradient) in expected.gradients {
        for network in [table, rows] {
          #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-5, "\(name)")
        }
        // Only what lies before the first layer's gates is summed in another order.
        let mayDiffer = name == "encoder.weight" || name == "rnn.weight_ih_l0"
        if !mayDiffer { #expect(bits(table.gradient(name)) == bits(rows.gradient(name)), "\(name)") }
      }
      // Else both went the same way, and nothing was compared.
      #expect(bits(table.gradient("rnn.weight_ih_l0")) != bits(rows.gradient("rnn.weight_ih_l0")))
    }
  }

  /// One-hot vectors, with one table for few tokens and many, against the reference.
  @Test(arguments: [9, 50], [(CellKind.lstm, false), (.gru, false), (.lstm, true), (.gru, true)])
  func oneHotAgreesWithTheReference(vocabularySize: Int, layer: (cell: CellKind, layerNorm: Bool)) throws {
    let cell = layer.cell
    let configuration = NetworkConfiguration(
      vocabularySize: vocabularySize, embeddingSize: vocabularySize, hiddenSize: 20, layerCount: 2,
      cell: cell,
      oneHot: true, layerNorm: layer.layerNorm, dropout: 1e-12)
    let network = RecurrentNetwork(configuration, steps: 4, batch: 5, try ThreadGang(threadCount: 3))
    let reference = ReferenceModel<Double>(network.parameters, configuration)
    #expect(network.parameters.slices[0].name == "rnn.weight_ih_l0")
    #expect(network.parameters.slices[0].shape == [cell.gateCount * 20, vocabularySize])
    var state: ReferenceState<Double>?
    for window in 0..<2 as Range<UInt64> {
      let inputs = tokens(20, below: vocabularySize, seed: window)
      let targets = tokens(20, below: vocabularySize, seed: 5 + window)
      let loss = network.train(
        inputs: inputs[...], targets: targets[...], batch: 5, key: DropoutKey(seed: 0, step: 0))
      let expected = reference.lossAndGradients(
        inputs: byStep(inputs, batch: 5), targets: byStep(targets, batch: 5), state: state)
      state = expected.finalState
      #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6)
      for (name, gradient) in expected.gradients {
        #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-5, "\(name)")
      }
    }
  }

  /// The table is made anew when the parameters have changed, and not before.
  @Test func tableFollowsTheParameters() throws {
    let gang = try ThreadGang(threadCount: 1)
    let configuration = NetworkConfiguration(
      vocabularySize: 5, embeddingSize: 3, hiddenSize: 4, layerCount: 1)
    let network = RecurrentNetwork(configuration, steps: 8, batch: 1, gang)
    func logits() -> [UInt32] {
      network.resetState()
      return bits(network.logits(after: [1, 2, 3], batch: 1).elements)
    }
    let before = logits()
    network.parameters["encoder.weight"].fill(0.25)
    #expect(logits() == before)
    network.parametersChanged()
    #expect(logits() != before)
  }
}
