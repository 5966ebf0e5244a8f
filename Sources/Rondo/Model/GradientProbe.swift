import RondoNN

/// One forward and backward pass of a small random model through the kernels, laid open for comparison.
package struct GradientProbe {
  /// Token ids [T][B].
  package let inputs: [[Int]]
  package let targets: [[Int]]
  /// The parameters, by name.
  package let parameters: [String: [Float]]
  /// The mean loss in nats, and its gradient by parameter.
  package let loss: Double
  package let gradients: [String: [Float]]

  package init(_ model: ModelConfiguration, vocabularySize: Int, steps: Int, batch: Int, seed: UInt64) throws
  {
    let configuration = model.network(vocabularySize: vocabularySize)
    let store = ParameterStore(configuration)
    store.initialize(seed: seed, tied: model.tied)
    let network = RecurrentNetwork(
      configuration: configuration, parameters: store,
      gang: try ThreadGang(threadCount: ThreadGang.availableCores),
      maximumSteps: steps, maximumBatch: batch)
    let random = CounterRandom(seed: seed, purpose: .sampling)
    let ids = (0..<2 * steps * batch).map { Int(random.bits(UInt64($0)) % UInt64(vocabularySize)) }
    let half = steps * batch
    loss = network.train(
      inputs: ids[..<half].map { Int32($0) }[...], targets: ids[half...].map { Int32($0) }[...], batch: batch,
      key: DropoutKey(seed: seed, step: 0))
    inputs = (0..<steps).map { Array(ids[$0 * batch..<($0 + 1) * batch]) }
    targets = (0..<steps).map { Array(ids[half + $0 * batch..<half + ($0 + 1) * batch]) }
    parameters = Dictionary(
      uniqueKeysWithValues: store.slices.map { ($0.name, store.values[$0.range].array) })
    gradients = Dictionary(
      uniqueKeysWithValues: store.slices.map { ($0.name, network.gradients[$0.range].array) })
  }
}
