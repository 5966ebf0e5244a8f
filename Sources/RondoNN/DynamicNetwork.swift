/// A network that scores one stream and learns from each segment after it has scored it (dynamic evaluation, Krause et al.
/// 2018, arXiv:1709.07432).
package final class DynamicNetwork {
  package let segmentLength: Int
  private let network: RecurrentNetwork
  private let initial: Buffer<Float>
  private let update: DynamicUpdate
  /// [T, H]: the top layer's output over the last segment, where it is wanted.
  private let outputs: Matrix?

  /// - Parameters:
  ///   - configuration: sizes; nothing is dropped or penalized, whatever it says.
  ///   - parameters: what to begin with; a copy changes.
  ///   - keepsOutputs: whether `topOutput` will be asked for, which costs a second pass forward.
  package init(
    _ configuration: NetworkConfiguration, _ parameters: ParameterStore, update: DynamicUpdate,
    segmentLength: Int, keepsOutputs: Bool = false, gang: ThreadGang
  ) {
    let own = ParameterStore(configuration)
    own.values.copy(from: parameters.values)
    self.segmentLength = segmentLength
    self.update = update
    initial = parameters.values
    network = RecurrentNetwork(
      configuration: configuration.withoutRegularization, parameters: own, gang: gang,
      maximumSteps: segmentLength, maximumBatch: 1)
    outputs = keepsOutputs ? Matrix(rows: segmentLength, columns: configuration.outputSize) : nil
  }

  /// The parameters as they are now.
  package var parameters: ParameterStore { network.parameters }

  /// Forgets all that was read: the parameters are those of the beginning, the state is zero.
  package func reset() {
    network.parameters.values.copy(from: initial)
    network.parametersChanged()
    network.resetState()
  }

  /// Scores a segment of at most `segmentLength` tokens with the parameters that all before it left, then learns from
  /// it. `rowLosses` has each token's loss.
  package func score(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>) {
    if let outputs {
      let before = network.state(stream: 0)
      _ = network.score(inputs: inputs, targets: targets, batch: 1)
      let top = network.topOutput(inputs.count)
      outputs.buffer[0..<top.buffer.count].copy(from: top.buffer)
      network.setState(before, stream: 0)
    }
    _ = network.train(
      inputs: inputs, targets: targets, batch: 1, key: DropoutKey(seed: 0, step: 0))
    update.apply(
      to: network.parameters.values, initial: initial, gradients: network.gradients, network.gang)
    network.parametersChanged()
  }

  /// The loss of each token of the last segment, in nats.
  package func rowLosses(_ rows: Int) -> Buffer<Double> { network.rowLosses(rows) }

  /// The top layer's output [rows, H] over the last segment.
  package func topOutput(_ rows: Int) -> Matrix {
    guard let outputs else { preconditionFailure("this network was made to keep outputs") }
    return outputs.rows(0..<rows)
  }
}

extension RecurrentNetwork {
  /// Adds up the squares of the gradient of one window after the other.
  ///
  /// - Parameter next: the next window's inputs and targets [T, B]; nil after the last.
  /// - Precondition: nothing is dropped.
  package func gradientStatistics(
    batch: Int, of next: () throws -> (inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>)?
  ) rethrows -> GradientStatistics {
    let sums = Buffer<Float>(count: gradients.count)
    var count = 0
    while let window = try next() {
      _ = train(
        inputs: window.inputs, targets: window.targets, batch: batch, key: DropoutKey(seed: 0, step: 0))
      gang.addSquares(of: gradients, to: sums)
      count += 1
    }
    precondition(count > 0, "statistics of at least one window")
    return GradientStatistics(sums: sums, count: count, slices: parameters.slices)
  }
}
