/// From the top layer's output to the loss and back: the projection, where there is one, then softmax and
/// cross-entropy.
struct OutputStage: Sendable {
  private let projection: Projection?
  private let softmax: Softmax

  private enum Softmax {
    case full(FullSoftmax)
    case adaptive(AdaptiveSoftmax)
  }

  /// - Parameter shared: memory for a packed weight, which others use too.
  init(_ configuration: NetworkConfiguration, maximumRows: Int, panels shared: Buffer<Float>) {
    projection =
      configuration.projection
      ? Projection(
        embeddingSize: configuration.embeddingSize, hiddenSize: configuration.outputSize,
        maximumRows: maximumRows, panels: shared) : nil
    softmax =
      configuration.cutoffs.isEmpty
      ? .full(FullSoftmax(configuration, maximumRows: maximumRows, panels: shared))
      : .adaptive(AdaptiveSoftmax(configuration, maximumRows: maximumRows, panels: shared))
  }

  /// Makes anew what is derived from the parameters; to be called after every change of them.
  func pack(_ parameters: ParameterStore, _ gang: ThreadGang) {
    switch softmax {
    case .full(let softmax): softmax.pack(parameters, gang)
    case .adaptive(let softmax): softmax.pack(parameters, gang)
    }
  }

  /// The loss of each row that was scored last, in nats.
  var losses: Buffer<Double> {
    switch softmax {
    case .full(let softmax): softmax.losses
    case .adaptive(let softmax): softmax.losses
    }
  }

  /// The sum of the losses in nats over the rows of the top layer's output [R, H].
  func score(
    _ input: Matrix, targets: Buffer<Int32>, parameters: ParameterStore, _ gang: ThreadGang
  ) -> Double {
    let projected = projection?.forward(input, parameters: parameters, gang) ?? input
    switch softmax {
    case .full(let softmax): return softmax.score(projected, targets: targets, gang)
    case .adaptive(let softmax):
      return softmax.score(projected, targets: targets, parameters: parameters, gang)
    }
  }

  /// The same, with the gradients of the parameters (mean over rows) and that of the input.
  func scoreAndBackward(
    _ input: Matrix, targets: Buffer<Int32>, inputGradient: Matrix, parameters: ParameterStore,
    gradients: Buffer<Float>, scratch: Buffer<Float>, _ gang: ThreadGang
  ) -> Double {
    let projected = projection?.forward(input, parameters: parameters, gang) ?? input
    let gradient = projection?.outputGradient(rows: input.rows) ?? inputGradient
    let loss =
      switch softmax {
      case .full(let softmax):
        softmax.scoreAndBackward(
          projected, targets: targets, inputGradient: gradient, parameters: parameters, gradients: gradients,
          scratch: scratch, gang)
      case .adaptive(let softmax):
        softmax.scoreAndBackward(
          projected, targets: targets, inputGradient: gradient, parameters: parameters, gradients: gradients,
          scratch: scratch, gang)
      }
    projection?.backward(
      input, inputGradient: inputGradient, parameters: parameters, gradients: gradients, scratch: scratch,
      gang)
    return loss
  }
}
