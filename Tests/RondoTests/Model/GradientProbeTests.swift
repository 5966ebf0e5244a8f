import RondoNN
import Testing

@testable import Rondo

struct GradientProbeTests {
  private let model = ModelConfiguration(layerCount: 1, hiddenSize: 5, embeddingSize: 3)

  private func probe(seed: UInt64 = 4) throws -> GradientProbe {
    try GradientProbe(model, vocabularySize: 7, steps: 4, batch: 2, seed: seed)
  }

  @Test func shapes() throws {
    let probe = try probe()
    #expect(probe.inputs.map(\.count) == [2, 2, 2, 2])
    #expect(probe.targets.map(\.count) == [2, 2, 2, 2])
    #expect((probe.inputs + probe.targets).joined().allSatisfy { 0..<7 ~= $0 })
    #expect(probe.parameters.keys.sorted() == probe.gradients.keys.sorted())
    #expect(probe.parameters["rnn.weight_hh_l0"]?.count == 100)
    for (name, values) in probe.parameters { #expect(values.count == probe.gradients[name]?.count) }
    // The loss of a model that knows nothing is near log 7.
    #expect(abs(probe.loss - 1.9459) < 0.7)
    #expect(Set(probe.inputs.joined()).count > 1)
  }

  @Test func seedDecides() throws {
    let (first, second, other) = (try probe(), try probe(), try probe(seed: 5))
    #expect(first.loss == second.loss)
    #expect(first.gradients == second.gradients)
    #expect(first.parameters != other.parameters)
  }

  /// The largest gradient is the slope of the loss: (f(x + e) - f(x - e)) / 2e.
  @Test func gradientIsTheSlope() throws {
    let probe = try probe()
    let configuration = model.network(vocabularySize: 7)
    for (name, gradient) in probe.gradients {
      let index = try #require(gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) })
      #expect(gradient[index] != 0, "\(name)")
      var losses: [Double] = []
      for change: Float in [0.01, -0.01] {
        let store = ParameterStore(configuration)
        for slice in store.slices {
          store.values[slice.range].copy(from: try #require(probe.parameters[slice.name]))
        }
        store[name][index] += change
        let network = RecurrentNetwork(
          configuration: configuration, parameters: store, gang: try ThreadGang(threadCount: 1),
          maximumSteps: 4, maximumBatch: 2)
        losses.append(
          network.score(
            inputs: probe.inputs.joined().map { Int32($0) }[...],
            targets: probe.targets.joined().map { Int32($0) }[...], batch: 2) / 8)
      }
      let slope = (losses[0] - losses[1]) / 0.02
      #expect(abs(slope - Double(gradient[index])) < 1e-3 * max(1, abs(slope) * 10), "\(name)")
    }
  }
}
