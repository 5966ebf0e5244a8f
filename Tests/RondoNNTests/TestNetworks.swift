import RondoNN
import RondoReference
import TestSupport

extension NetworkConfiguration {
  init(_ golden: GoldenConfiguration, inputDropout: Float = 0) {
    self.init(
      vocabularySize: golden.vocabularySize, embeddingSize: golden.embeddingSize,
      hiddenSize: golden.hiddenSize,
      layerCount: golden.layerCount, tied: golden.tied, inputDropout: inputDropout)
  }
}

extension ParameterStore {
  /// Parameters of these values, by name.
  init(_ configuration: NetworkConfiguration, _ tensors: [String: GoldenTensor]) {
    self.init(configuration)
    for slice in slices {
      precondition(tensors[slice.name]?.shape == slice.shape)
      self[slice.name].copy(from: tensors[slice.name]?.data ?? [])
    }
  }

  /// Parameters that are all different from 0, biases too.
  init(_ configuration: NetworkConfiguration, seed: UInt64) {
    self.init(configuration)
    for (number, slice) in slices.enumerated() {
      self[slice.name].copy(from: numbers(slice.count, seed: seed &+ UInt64(number)).map { $0 * 0.6 })
    }
  }
}

extension RecurrentNetwork {
  /// A network whose parameters are drawn for the test.
  convenience init(
    _ configuration: NetworkConfiguration, seed: UInt64 = 100, steps: Int, batch: Int, trains: Bool = true,
    _ gang: ThreadGang
  ) {
    self.init(
      configuration: configuration, parameters: ParameterStore(configuration, seed: seed), gang: gang,
      maximumSteps: steps, maximumBatch: batch, trains: trains)
  }

  /// The gradient of a parameter.
  func gradient(_ name: String) -> [Float] { gradients![parameters.slice(name).range].array }
}

extension ReferenceModel {
  /// The reference with a network's parameters.
  init(_ store: ParameterStore, _ configuration: NetworkConfiguration) {
    self.init(
      configuration: ReferenceConfiguration(
        vocabularySize: configuration.vocabularySize, embeddingSize: configuration.embeddingSize,
        hiddenSize: configuration.hiddenSize, layerCount: configuration.layerCount, tied: configuration.tied),
      values: Dictionary(
        uniqueKeysWithValues: store.slices.map { ($0.name, store[$0.name].array.map { Scalar($0) }) }))
  }
}

/// Tokens [T·B] as the reference takes them, [T][B].
func byStep(_ tokens: [Int32], batch: Int) -> [[Int]] {
  stride(from: 0, to: tokens.count, by: batch).map { tokens[$0..<$0 + batch].map(Int.init) }
}

/// Every stream's part of a matrix of one layer, [B, H], as `RecurrentNetwork.state` orders it: hidden, then cell.
func state(of network: RecurrentNetwork, batch: Int, layer: Int, cell: Bool) -> [Float] {
  let h = network.configuration.hiddenSize
  let from = (2 * layer + (cell ? 1 : 0)) * h
  return (0..<batch).flatMap { network.state(stream: $0)[from..<from + h] }
}
