/// Layer normalization of a recurrent layer (Ba, Kiros & Hinton 2016, arXiv:1607.06450): of W x and of U h′, each over all
/// gates together, and, where there is a c, of what h shows of it. `docs/equations.md` has the equations.
struct LayerNormalization: Sendable {
  let vectors: NormVectors
  /// What the recurrence keeps.
  let recurrence: NormalizedRecurrence
  /// A bias of nothing, [gates].
  let noBias: Buffer<Float>

  private let names: NormNames
  private let map: RowMap
  /// W x normalized [R, gates], and 1 / s of each row.
  private let normalized: Matrix
  private let inverses: Buffer<Float>

  /// - Parameter inputRows: rows of W x, those of a table where there is one.
  init(
    cell: CellKind, layer: Int, hiddenSize: Int, inputRows: Int, maximumRows: Int, maximumBatch: Int
  ) {
    names = NormNames(cell: cell, layer: layer)
    map = .cell(cell, hiddenSize: hiddenSize)
    vectors = NormVectors(cell: cell, hiddenSize: hiddenSize)
    noBias = Buffer(count: map.columns)
    normalized = Matrix(rows: inputRows, columns: map.columns)
    inverses = Buffer(count: inputRows)
    recurrence = NormalizedRecurrence(
      cell: cell, hiddenSize: hiddenSize, maximumRows: maximumRows, maximumBatch: maximumBatch,
      vectors: vectors)
  }

  func packVectors(_ parameters: ParameterStore, _ gang: ThreadGang) {
    vectors.pack(names, gang) { parameters[$0] }
  }

  /// Replaces W x by its normalized form, with gain and bias.
  func normalizeInput(_ products: Matrix, bias: Buffer<Float>, _ gang: ThreadGang) {
    gang.layerNorm(
      products, map: map, gain: vectors.input, bias: bias, normalized: normalized.rows(0..<products.rows),
      inverses: inverses)
  }

  /// From the gradient of that to that of W x, in place; makes the gradients of the gain and of the input's bias.
  func normalizeInputBackward(
    _ gradient: Matrix, biasGradient: Buffer<Float>, parameters: ParameterStore, gradients: Buffer<Float>,
    _ gang: ThreadGang
  ) {
    gang.layerNormBackward(
      gradient, map: map, gain: vectors.input, normalized: normalized.rows(0..<gradient.rows),
      inverses: inverses, gainGradient: gradients[parameters.slice(names.inputGain).range],
      biasGradient: biasGradient)
  }

  /// Where the recurrence's way back writes.
  func recurrenceGradients(
    bias: Buffer<Float>, parameters: ParameterStore, gradients: Buffer<Float>
  ) -> NormalizedRecurrence.Gradients {
    NormalizedRecurrence.Gradients(
      gain: gradients[parameters.slice(names.recurrentGain).range], bias: bias,
      cellGain: names.cellGain.map { gradients[parameters.slice($0).range] },
      cellBias: names.cellBias.map { gradients[parameters.slice($0).range] })
  }
}
