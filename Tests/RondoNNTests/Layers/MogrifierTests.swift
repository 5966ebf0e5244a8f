import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct MogrifierTests {
  /// One round to six, full and low rank, a rank above the sizes, sizes that leave vectors and panels half full, and what
  /// else a network may have, against the reference in Double; the state is carried over two windows.
  @Test(
    arguments: [
      NetworkConfiguration(
        vocabularySize: 19, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: .mogrifier,
        mogrifierRounds: 1),
      .init(
        vocabularySize: 19, embeddingSize: 70, hiddenSize: 17, layerCount: 2, cell: .mogrifier,
        mogrifierRounds: 2),
      .init(
        vocabularySize: 19, embeddingSize: 17, hiddenSize: 70, layerCount: 1, cell: .mogrifier,
        mogrifierRounds: 3, mogrifierRank: 1),
      .init(
        vocabularySize: 19, embeddingSize: 20, hiddenSize: 16, layerCount: 3, cell: .mogrifier,
        mogrifierRounds: 4, mogrifierRank: 90, residual: true),
      .init(
        vocabularySize: 19, embeddingSize: 20, hiddenSize: 33, lastHiddenSize: 20, layerCount: 3,
        cell: .mogrifier, mogrifierRank: 18, tied: true),
      .init(
        vocabularySize: 19, embeddingSize: 20, hiddenSize: 33, layerCount: 2, cell: .mogrifier,
        mogrifierRounds: 6, tied: true, projection: true),
      .init(
        vocabularySize: 19, embeddingSize: 20, hiddenSize: 33, layerCount: 1, cell: .mogrifier,
        cutoffs: [4, 9]
      ),
    ], [1, 7])
  func agreesWithTheReference(configuration: NetworkConfiguration, batch: Int) throws {
    let network = RecurrentNetwork(configuration, steps: 4, batch: batch, try ThreadGang(threadCount: 3))
    let reference = ReferenceModel<Double>(network.parameters, configuration)
    var state: ReferenceState<Double>?
    for window in 0..<2 as Range<UInt64> {
      let rows = (window == 0 ? 4 : 3) * batch
      let inputs = tokens(rows, below: 19, seed: window), targets = tokens(rows, below: 19, seed: 9 + window)
      let expected = reference.lossAndGradients(
        inputs: byStep(inputs, batch: batch), targets: byStep(targets, batch: batch), state: state)
      state = expected.finalState
      let loss = network.train(
        inputs: inputs[...], targets: targets[...], batch: batch, key: DropoutKey(seed: 0, step: 0))
      #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6)
      #expect(expected.gradients.count == network.parameters.slices.count)
      for (name, gradient) in expected.gradients {
        #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-5, "\(name)")
      }
    }
  }

  /// No way has another byte than the first: three steps of training, with a rank of few columns, dropout and weight drop.
  @Test(arguments: [nil, 5])
  func bytesAreThoseOfAnyWay(rank: Int?) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 12, embeddingSize: 30, hiddenSize: 90, layerCount: 2, cell: .mogrifier,
      mogrifierRank: rank, inputDropout: 0.2, dropout: 0.2, weightDrop: 0.3)
    var first: [UInt32]?
    for workers in Workers.all {
      let gang = try workers.gang(), network = RecurrentNetwork(configuration, steps: 3, batch: 13, gang)
      var optimizer = Optimizer(
        kind: .adamW(), weightDecay: 0.01, parameterCount: network.gradients.count)
      for step in 0..<3 as Range<UInt64> {
        let inputs = tokens(39, below: 12, seed: step), targets = tokens(39, below: 12, seed: 10 + step)
        _ = network.train(
          inputs: inputs[...], targets: targets[...], batch: 13, key: DropoutKey(seed: 3, step: step))
        optimizer.update(
          network.parameters, gradients: network.gradients, learningRate: 0.01, gradientScale: 1, gang)
        network.parametersChanged()
      }
      let result = bits(network.parameters.values.array) + bits(network.state(stream: 12))
      #expect(result == first ?? result, "\(workers)")
      first = result
    }
  }

  /// With U dropped whole or not, the rounds' weights keep theirs: nothing but U has a gradient of 0 where it was dropped.
  @Test func weightDropLeavesTheRoundsAlone() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 5, hiddenSize: 20, layerCount: 1, cell: .mogrifier, weightDrop: 0.5)
    let network = RecurrentNetwork(configuration, steps: 6, batch: 2, try ThreadGang(threadCount: 1))
    let ids = tokens(12, below: 9, seed: 1)
    _ = network.train(inputs: ids[...], targets: ids[...], batch: 2, key: .init(seed: 1, step: 1))
    #expect(network.gradient("rnn.weight_hh_l0").contains(0))
    for round in ["q1", "r2", "q3", "r4", "q5"] {
      #expect(!network.gradient("rnn.mogrifier_\(round)_l0").contains(0), "\(round)")
    }
  }
}
