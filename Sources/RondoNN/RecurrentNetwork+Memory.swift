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

  /// The memory of a network that trains on one thread, its optimizer's moments included; small buffers are left out, so
  /// that no more than what is needed is asked for.
  ///
  /// - Parameter moments: buffers of the optimizer, each as large as the parameters.
  package static func memory(
    _ configuration: NetworkConfiguration, steps: Int, batch: Int, moments: Int
  ) -> Memory {
    let v = configuration.vocabularySize, e = configuration.embeddingSize
    let sizes = (0..<configuration.layerCount).map(configuration.hiddenSize(ofLayer:))
    let rows = steps * batch, wideSizes = sizes.map(paddedToVectors),
      wideTop = paddedToVectors(configuration.outputSize)
    let wideE = paddedToVectors(e)
    let cell = configuration.cell, gates = sizes.map { RowMap.cell(cell, hiddenSize: $0).columns }
    let wideV = RowMap.plain(v).columns

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
      + (configuration.weightDrop > 0 ? 5 * cell.gateCount * sizes.reduce(0) { $0 + $1 * $1 } : 0)

    // Gates, a GRU's twice, and states of each layer, and the gradient of the top one's output.
    let gateMatrices = cell.hasRecurrentGates ? 2 : 1
    var perRow = gateMatrices * gates.reduce(0, +) + cell.stateCount * wideSizes.reduce(0, +) + wideTop
    // W x and U h′ normalized.
    if configuration.layerNorm { perRow += gates.reduce(0, +) + gates.dropFirst().reduce(0, +) }
    if configuration.lastLayerDiffers, !cell.hasRounds { perRow += wideSizes[0] }
    // Of each round y and v, and B v twice; of each layer the gradient of its input.
    for layer in 0..<configuration.layerCount where cell.hasRounds {
      perRow += paddedToVectors(configuration.inputSize(ofLayer: layer))
      for round in configuration.rounds(ofLayer: layer) {
        perRow += 2 * paddedToVectors(round.gatedSize)
        perRow += round.narrowing.map { 2 * paddedToVectors($0.shape[0]) } ?? 0
      }
    }
    // The projected output and its gradient.
    if configuration.projection { perRow += 2 * wideE }
    if configuration.residual { perRow += wideSizes.dropFirst().reduce(0, +) }
    // A dropped-out copy is floats and a mask of bytes.
    var perRowBytes = configuration.inputDropout > 0 ? 5 * wideE : 0
    if configuration.outputDropout > 0 { perRowBytes += 5 * wideTop }
    if configuration.dropout > 0 { perRowBytes += 5 * wideSizes.dropLast().reduce(0, +) }
    var others =
      isFull
      ? FullSoftmax.blockRows(configuration, maximumRows: rows) * wideV
      : AdaptiveSoftmax.activationsSize(configuration, maximumRows: rows)
    others += ThreadGang.outerScratchOfThread(columns: configuration.widestInput)
    if InputStage.usesTable(configuration, maximumRows: rows) {
      others += 2 * v * (gates[0] + (configuration.oneHot ? 0 : wideE))
      if configuration.layerNorm { others += v * gates[0] }
    } else {
      perRow += cell.hasRounds ? wideE : 2 * wideE
      if configuration.layerNorm { perRow += gates[0] }
    }
    return Memory(parameters: parameterBytes, activations: rows * (4 * perRow + perRowBytes) + 4 * others)
  }

  /// The floats that the packed weights of one layer take, or what is after the layers if that is more.
  static func sharedPanelsSize(_ configuration: NetworkConfiguration) -> Int {
    let layers = (0..<configuration.layerCount).reduce(0) {
      max($0, RecurrentLayer.panelsSize(configuration, layer: $1))
    }
    let projection =
      configuration.projection
      ? Projection.panelsSize(
        embeddingSize: configuration.embeddingSize, hiddenSize: configuration.outputSize) : 0
    let decoder =
      configuration.cutoffs.isEmpty
      ? Panels.size(
        map: .plain(configuration.vocabularySize), weightColumns: configuration.decoderInputSize,
        direction: .backward) : AdaptiveSoftmax.sharedPanelsSize(configuration)
    return max(layers, projection, decoder)
  }
}
