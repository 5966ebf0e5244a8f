import RondoNN
import RondoReference
import TestSupport
import Testing

/// The layer as part of a network, at sizes that leave vectors, tiles and panels half full.
@Suite struct RecurrentLayerTests {
  @Test(
    arguments: CellKind.allCases,
    [
      (1, 1, 1, 1, 1), (1, 3, 2, 1, 3), (3, 1, 5, 15, 2), (2, 2, 16, 16, 1), (4, 3, 17, 33, 2),
      (5, 7, 70, 65, 1),
      (9, 13, 6, 20, 3), (3, 2, 8, 130, 1),
    ])
  func agreesWithTheReference(cell: CellKind, sizes: (Int, Int, Int, Int, Int)) throws {
    let (steps, batch, embeddingSize, hiddenSize, layerCount) = sizes
    let configuration = NetworkConfiguration(
      vocabularySize: 19, embeddingSize: embeddingSize, hiddenSize: hiddenSize, layerCount: layerCount,
      cell: cell)
    let network = RecurrentNetwork(configuration, steps: steps, batch: batch, try ThreadGang(threadCount: 3))
    let reference = ReferenceModel<Double>(network.parameters, configuration)
    var current: ReferenceState<Double>?
    for window in 0..<2 as Range<UInt64> {
      let inputs = tokens(steps * batch, below: 19, seed: window),
        targets = tokens(steps * batch, below: 19, seed: 9)
      let expected = reference.lossAndGradients(
        inputs: byStep(inputs, batch: batch), targets: byStep(targets, batch: batch), state: current)
      let loss = network.train(
        inputs: inputs[...], targets: targets[...], batch: batch, key: DropoutKey(seed: 0, step: 0))
      #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6)
      for (name, gradient) in expected.gradients {
        // A first state of zeros leaves a window of one step without a gradient for the recurrence.
        #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-5, "\(name)")
      }
      for layer in 0..<layerCount {
        let states = (0..<batch).map(network.state)
        let final = [expected.finalState.hidden, expected.finalState.cell]
        for number in 0..<cell.stateCount {
          let found = part(of: states, layer: layer, state: number, configuration)
          #expect(maximumRelativeDifference(found, final[number][layer].elements) <= 1e-5)
        }
      }
      current = expected.finalState
    }
  }

  /// Both biases are added, and so have the same gradient; but a GRU's r scales the recurrent one of n.
  @Test(arguments: CellKind.allCases)
  func biasesShareTheirGradient(cell: CellKind) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 4, hiddenSize: 18, layerCount: 2, cell: cell)
    let network = RecurrentNetwork(configuration, steps: 5, batch: 2, try ThreadGang(threadCount: 2))
    let ids = tokens(10, below: 7, seed: 1)
    _ = network.train(inputs: ids[...], targets: ids[...], batch: 2, key: DropoutKey(seed: 0, step: 0))
    let shared = (cell == .gru ? 2 : cell.gateCount) * 18
    for layer in 0..<2 {
      let input = network.gradient("rnn.bias_ih_l\(layer)"),
        recurrent = network.gradient("rnn.bias_hh_l\(layer)")
      // Of a GRU they are sums of the same numbers in different orders.
      #expect(
        maximumRelativeDifference(Array(input[..<shared]), Array(recurrent[..<shared]))
          <= (cell == .gru ? 1e-5 : 0))
      #expect(zip(input[shared...], recurrent[shared...]).allSatisfy { $0 != $1 })
    }
  }
}
