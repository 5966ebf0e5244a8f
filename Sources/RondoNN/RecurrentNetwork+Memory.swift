extension RecurrentNetwork {
  /// The bytes that training with these sizes takes, before any are taken.
  package struct Memory: Sendable, Equatable {
    /// What depends on the parameters alone: values, gradient, moments and packed weights.
    package var parameters: Int
    /// What is there for each token of a window: activations, their gradients, dropout, logits.
    package var activations: Int
    /// Both.
    package var total: Int { parameters + activations }
  }

  /// The memory of a network that trains, its optimizer's moments included; small buffers are left out, so that no
  /// more than what is needed is asked for.
  ///
  /// - Parameter moments: buffers of the optimizer, each as large as the parameters.
  package static func memory(
    _ configuration: NetworkConfiguration, steps: Int, batch: Int, moments: Int
  ) -> Memory {
    let v = configuration.vocabularySize, e = configuration.embeddingSize, h = configuration.hiddenSize
    let rows = steps * batch, wideH = paddedToVectors(h), wideE = paddedToVectors(e)
    let cell = configuration.cell, gates = RowMap.cell(cell, hiddenSize: h).columns,
      wideV = RowMap.plain(v).columns

    var parameters = ParameterStore.shapes(configuration).reduce(0) { $0 + $1.shape.reduce(1, *) }
    parameters *= 2 + moments
    // The decoder is packed for the way there; all else, one after the other, in the same place.
    let isFull = configuration.cutoffs.isEmpty
    parameters +=
      isFull ? wideV * configuration.decoderInputSize : AdaptiveSoftmax.panelsSize(configuration)
    parameters += sharedPanelsSize(configuration)
    // A copy of each recurrent weight and a mask of bytes.
    let parameterBytes =
      4 * parameters
      + (configuration.weightDrop > 0 ? 5 * cell.gateCount * h * h * configuration.layerCount : 0)

    // Gates, a GRU's twice, and states of each layer, and the gradient of the top one's output.
    let gateMatrices = cell.hasRecurrentGates ? 2 : 1
    var perRow = configuration.layerCount * (gateMatrices * gates + cell.stateCount * wideH) + wideH
    // The projected output and its gradient.
    if configuration.projection { perRow += 2 * wideE }
    if configuration.residual { perRow += wideH * (configuration.layerCount - 1) }
    // A dropped-out copy is floats and a mask of bytes.
    var perRowBytes = configuration.inputDropout > 0 ? 5 * wideE : 0
    if configuration.outputDropout > 0 { perRowBytes += 5 * wideH }
    if configuration.dropout > 0 { perRowBytes += 5 * wideH * (configuration.layerCount - 1) }
    var others =
      isFull
      ? FullSoftmax.blockRows(configuration, maximumRows: rows) * wideV
      : AdaptiveSoftmax.activationsSize(configuration, maximumRows: rows)
    if InputStage.usesTable(configuration, maximumRows: rows) {
      others += 2 * v * (gates + (configuration.oneHot ? 0 : wideE))
    } else {
      perRow += 2 * wideE
    }
    return Memory(parameters: parameterBytes, activations: rows * (4 * perRow + perRowBytes) + 4 * others)
  }

  /// The floats that the largest weight takes, packed for the way back, which is never less than for the way there.
  static func sharedPanelsSize(_ configuration: NetworkConfiguration) -> Int {
    let h = configuration.hiddenSize, e = configuration.embeddingSize
    let layers = Panels.size(
      map: .cell(configuration.cell, hiddenSize: h), weightColumns: configuration.widestInput,
      direction: .backward)
    let projection = configuration.projection ? Projection.panelsSize(embeddingSize: e, hiddenSize: h) : 0
    let decoder =
      configuration.cutoffs.isEmpty
      ? Panels.size(
        map: .plain(configuration.vocabularySize), weightColumns: configuration.decoderInputSize,
        direction: .backward) : AdaptiveSoftmax.sharedPanelsSize(configuration)
    return max(layers, projection, decoder)
  }
}
