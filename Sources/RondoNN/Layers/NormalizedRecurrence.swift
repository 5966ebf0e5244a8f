import CRondoKernels

/// What a recurrence with layer normalization keeps for each step of a window, and its scratch memory.
package struct NormalizedRecurrence: Sendable {
  /// Parameters' gradients, written by the way back: of the gain and the bias of U h′ [G·H], and of those of c [H].
  package struct Gradients: Sendable {
    let gain: Buffer<Float>
    let bias: Buffer<Float>
    let cellGain: Buffer<Float>?
    let cellBias: Buffer<Float>?
  }

  let vectors: NormVectors
  /// [T·B, gates]: U h′ normalized, on the way back its gradient before that.
  let products: Matrix
  /// 1 / s of each row of U h′.
  let inverses: Buffer<Float>
  /// The mean and 1 / s of each row of c.
  let cellMeans: Buffer<Float>?
  let cellInverses: Buffer<Float>?
  let sums: NormSums
  /// Scratch of the way back: sums over the steps, [2, gates] and [2, H].
  let gradientSums: Buffer<Float>
  let cellGradientSums: Buffer<Float>?

  init(cell: CellKind, hiddenSize: Int, maximumRows: Int, maximumBatch: Int, vectors: NormVectors) {
    let columns = RowMap.cell(cell, hiddenSize: hiddenSize).columns
    self.vectors = vectors
    products = Matrix(rows: maximumRows, columns: columns)
    inverses = Buffer(count: maximumRows)
    cellMeans = cell.hasCellState ? Buffer(count: maximumRows) : nil
    cellInverses = cell.hasCellState ? Buffer(count: maximumRows) : nil
    sums = NormSums(cell: cell, hiddenSize: hiddenSize, maximumBatch: maximumBatch)
    gradientSums = Buffer(count: 2 * columns)
    cellGradientSums = cell.hasCellState ? Buffer(count: 2 * paddedToVectors(hiddenSize)) : nil
  }

  /// A recurrence's job with what it needs to normalize.
  func forward(_ layer: rondo_recurrence_forward) -> rondo_normalized_forward {
    precondition(unsafe Int(layer.steps * layer.batch) <= products.rows, "the window's size")
    return unsafe rondo_normalized_forward(
      layer: layer, gains: vectors.raw, products: products.buffer.pointer, inverses: inverses.pointer,
      cell_means: cellMeans?.pointer, cell_inverses: cellInverses?.pointer, gate_sums: sums.gates.pointer,
      cell_sums: sums.cell?.pointer)
  }

  /// The same for the way back.
  func backward(_ layer: rondo_recurrence_backward, _ gradients: Gradients) -> rondo_normalized_backward {
    unsafe rondo_normalized_backward(
      layer: layer, gains: vectors.raw, products: products.buffer.pointer, inverses: inverses.pointer,
      cell_means: cellMeans?.pointer, cell_inverses: cellInverses?.pointer, gate_sums: sums.gates.pointer,
      cell_sums: sums.cell?.pointer, gain_gradient: gradients.gain.pointer,
      bias_gradient: gradients.bias.pointer, cell_gain_gradient: gradients.cellGain?.pointer,
      cell_bias_gradient: gradients.cellBias?.pointer, cell_gradient_sums: cellGradientSums?.pointer,
      gradient_sums: gradientSums.pointer)
  }
}

/// Scratch memory in which the workers leave the sums of their units: [blocks of 16 units, 2, B] for the gates and for c.
struct NormSums: Sendable {
  let gates: Buffer<Double>
  let cell: Buffer<Double>?

  init(cell: CellKind, hiddenSize: Int, maximumBatch: Int) {
    let count = paddedToVectors(hiddenSize) / 16 * 2 * paddedToVectors(maximumBatch)
    gates = Buffer(count: count)
    self.cell = cell.hasCellState ? Buffer(count: count) : nil
  }
}
