/// What a recurrent layer has for each step of a window, and what it carries from window to window.
package struct LayerActivations: Sendable {
  package let cell: CellKind
  package let hiddenSize: Int
  /// [T·B, gates]: pre-activations, then what `rondo_recurrence_forward` says, on the way back the gradients of the
  /// pre-activations.
  package let gates: Matrix
  /// [T·B, gates]: a GRU's sums of the recurrent product, on the way back their gradients.
  package let recurrentGates: Matrix?
  /// [T·B, H]
  package let hidden: Matrix
  /// [T·B, H], where there is a c.
  package let cellState: Matrix?
  /// [B, H]
  package let carriedHidden: Matrix
  /// [B, H], where there is a c.
  package let carriedCell: Matrix?
  /// [B, H] scratch of the way back, where anything but the recurrent product goes from step to step.
  package let carriedGradient: Matrix?

  package init(cell: CellKind, hiddenSize: Int, maximumRows: Int, maximumBatch: Int) {
    self.cell = cell
    self.hiddenSize = hiddenSize
    func gates() -> Matrix {
      Matrix(rows: maximumRows, columns: RowMap.cell(cell, hiddenSize: hiddenSize).columns)
    }
    self.gates = gates()
    recurrentGates = cell.hasRecurrentGates ? gates() : nil
    hidden = Matrix(rows: maximumRows, columns: hiddenSize)
    cellState = cell.hasCellState ? Matrix(rows: maximumRows, columns: hiddenSize) : nil
    carriedHidden = Matrix(rows: maximumBatch, columns: hiddenSize)
    carriedCell = cell.hasCellState ? Matrix(rows: maximumBatch, columns: hiddenSize) : nil
    carriedGradient =
      cell.hasCellState || cell.hasRecurrentGates ? Matrix(rows: maximumBatch, columns: hiddenSize) : nil
  }

  /// The gradient of a weight that multiplied the hidden state before each step of the window; row t of the products met
  /// that of t − 1: the carried one first, then the window's own.
  func outerWithHiddenBefore(
    _ left: Matrix, _ map: RowMap, steps: Int, batch: Int, into gradient: Buffer<Float>,
    columnSums: Buffer<Float>?, scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    gang.outer(
      left.rows(0..<batch), map, carriedHidden.rows(0..<batch), into: gradient, columnSums: columnSums,
      accumulates: false, scratch: scratch)
    gang.outer(
      left.rows(batch..<steps * batch), map, hidden.rows(0..<(steps - 1) * batch), into: gradient,
      columnSums: columnSums, accumulates: true, scratch: scratch)
  }

  /// Takes the state after the last step of a window as the next window's.
  func carry(steps: Int, batch: Int) {
    let last = (steps - 1) * batch..<steps * batch
    carriedHidden.rows(0..<batch).buffer.copy(from: hidden.rows(last).buffer)
    if let carriedCell, let cellState {
      carriedCell.rows(0..<batch).buffer.copy(from: cellState.rows(last).buffer)
    }
  }
}
