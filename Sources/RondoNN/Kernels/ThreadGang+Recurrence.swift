import CRondoKernels

extension ThreadGang {
  /// One LSTM layer over a window of `steps` × `batch` rows; see `rondo_lstm_forward`.
  ///
  /// - Parameters:
  ///   - table: the input's part of the pre-activations for each token [V, gates], with the ids of the window; or nil,
  ///     and `gates` already holds it.
  package func lstmForward(
    steps: Int, batch: Int, hiddenSize: Int, recurrent: Panels, table: Matrix?, ids: Buffer<Int32>,
    initialHidden: Matrix, initialCell: Matrix, gates: Matrix, hidden: Matrix, cell: Matrix
  ) {
    unsafe run(
      kernels.pointee.lstm_forward,
      rondo_lstm_forward(
        steps: Int32(steps), batch: Int32(batch), hidden: Int32(hiddenSize),
        recurrent_panels: recurrent.buffer.pointer, table: table?.buffer.pointer, ids: ids.pointer,
        initial_hidden: initialHidden.buffer.pointer, initial_cell: initialCell.buffer.pointer,
        gates: gates.buffer.pointer, hidden_states: hidden.buffer.pointer, cell_states: cell.buffer.pointer))
  }

  /// The way back; see `rondo_lstm_backward`. `gates` become the gradients of the pre-activations.
  package func lstmBackward(
    steps: Int, batch: Int, hiddenSize: Int, recurrent: Panels, initialCell: Matrix, cell: Matrix,
    gates: Matrix,
    hiddenGradient: Matrix, cellGradient: Matrix
  ) {
    unsafe run(
      kernels.pointee.lstm_backward,
      rondo_lstm_backward(
        steps: Int32(steps), batch: Int32(batch), hidden: Int32(hiddenSize),
        recurrent_panels: recurrent.buffer.pointer, initial_cell: initialCell.buffer.pointer,
        cell_states: cell.buffer.pointer, gates: gates.buffer.pointer,
        hidden_gradient: hiddenGradient.buffer.pointer, cell_gradient: cellGradient.buffer.pointer))
  }
}
