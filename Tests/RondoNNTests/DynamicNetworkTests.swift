import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct DynamicNetworkTests {
  private struct Kind: Sendable {
    var keepsOutputs = false
    var cell = CellKind.lstm
    var residual = false

    var sizes: NetworkConfiguration {
      NetworkConfiguration(
        vocabularySize: 30, embeddingSize: 9, hiddenSize: 20, layerCount: 2, cell: cell, residual: residual,
        dropout: 0.5, weightDrop: 0.5)
    }
  }

  /// Four segments, the last one shorter, against the reference in Double: with statistics of three windows of the
  /// reference's own, and without. What the configuration drops in training is not dropped.
  @Test(
    arguments: [false, true],
    [
      Kind(), Kind(keepsOutputs: true), Kind(keepsOutputs: true, cell: .mogrifier),
      Kind(keepsOutputs: true, residual: true),
    ])
  private func agreesWithTheReference(hasStatistics: Bool, kind: Kind) throws {
    let sizes = kind.sizes, keepsOutputs = kind.keepsOutputs
    let gang = try ThreadGang(threadCount: 2)
    let store = ParameterStore(sizes, seed: 3)
    let initial = ReferenceModel<Double>(store, sizes)
    let rate = hasStatistics ? 0.02 : 0.5, decay = 0.1, epsilon = 1e-3

    var gradients: [ReferenceModel<Double>.Tensors] = []
    let windows = (0..<3 as Range<UInt64>).map { seed in
      (tokens(4 * 2, below: 30, seed: seed), tokens(4 * 2, below: 30, seed: 10 + seed))
    }
    var state: ReferenceState<Double>?
    for (inputs, targets) in windows {
      let step = initial.lossAndGradients(
        inputs: byStep(inputs, batch: 2), targets: byStep(targets, batch: 2), state: state)
      state = step.finalState
      gradients.append(step.gradients)
    }
    let rule = ReferenceDynamicEvaluation<Double>(
      rate: rate, decay: decay, epsilon: epsilon,
      deviations: hasStatistics ? ReferenceDynamicEvaluation.deviations(of: gradients) : nil)

    var rest = windows[...]
    let statistics = RecurrentNetwork(
      configuration: sizes.withoutRegularization, parameters: store, gang: gang, maximumSteps: 4,
      maximumBatch: 2
    ).gradientStatistics(batch: 2) { rest.popFirst().map { ($0.0[...], $0.1[...]) } }
    let network = DynamicNetwork(
      sizes, store,
      update: DynamicUpdate(
        rate: Float(rate), decay: Float(decay), epsilon: Float(epsilon),
        statistics: hasStatistics ? statistics : nil),
      segmentLength: 5, keepsOutputs: keepsOutputs, gang: gang)

    // After a reset all begins anew.
    for _ in 0..<2 {
      network.reset()
      var model = initial
      state = nil
      for (segment, length) in [5, 5, 5, 2].enumerated() {
        let inputs = tokens(length, below: 30, seed: 20 + UInt64(segment))
        let targets = tokens(length, below: 30, seed: 30 + UInt64(segment))
        network.score(inputs: inputs[...], targets: targets[...])
        let pass = model.lossAndGradients(
          inputs: byStep(inputs, batch: 1), targets: byStep(targets, batch: 1), state: state)
        let loss = network.rowLosses(length).array.reduce(0, +) / Double(length)
        #expect(maximumRelativeDifference([loss], [pass.loss]) <= 1e-5, "segment \(segment)")
        if keepsOutputs {
          let top = network.topOutput(length), hidden = pass.finalState.hidden.map(\.elements)
          let shown = kind.residual ? zip(hidden[0], hidden[1]).map(+) : hidden[1]
          #expect(maximumRelativeDifference(top.rows(length - 1..<length).elements, shown) <= 1e-5)
        }
        rule.update(&model, initial: initial, gradients: pass.gradients)
        state = pass.finalState
      }
      for slice in store.slices {
        #expect(
          maximumRelativeDifference(network.parameters[slice.name].array, model[slice.name].elements) <= 1e-5,
          "\(slice.name)")
      }
    }
    // The parameters it was made from stay as they are.
    for slice in store.slices {
      #expect(store[slice.name].array.map(Double.init) == initial[slice.name].elements)
    }
  }
}
