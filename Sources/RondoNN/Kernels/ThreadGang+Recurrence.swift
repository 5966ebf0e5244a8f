import CRondoKernels

extension ThreadGang {
  /// One recurrent layer over a window of `steps` × `batch` rows, from its carried state; see
  /// `rondo_recurrence_forward`.
  ///
  /// - Parameters:
  ///   - recurrentBias: [H], a GRU's of n.
  ///   - peepholes: [3 gates], of i, f and o.
  ///   - table: the input's part of the pre-activations for each token [V, gates], with the ids of the window; or nil,
  ///     and the layer's `gates` already hold it.
  ///   - normalization: with layer normalization; see `rondo_normalized_forward`.
  package func recurrenceForward(
    _ layer: LayerActivations, steps: Int, batch: Int, recurrent: Panels, recurrentBias: Buffer<Float>?,
    peepholes: Buffer<Float>?, table: Matrix?, ids: Buffer<Int32>?, normalization: NormalizedRecurrence? = nil
  ) {
    precondition(!layer.cell.hasRounds, "a recurrence of its own")
    precondition(table == nil || ids != nil, "a table is looked up by ids")
    precondition(layer.cell.hasRecurrentGates == (recurrentBias != nil), "a GRU's bias")
    precondition((layer.cell == .peephole) == (peepholes != nil), "a peephole LSTM's weights")
    precondition(steps * batch <= layer.hidden.rows && batch <= layer.carriedHidden.rows, "the window's size")
    let job = unsafe rondo_recurrence_forward(
      cell: layer.cell.raw, steps: Int32(steps), batch: Int32(batch), hidden: Int32(layer.hiddenSize),
      recurrent_panels: recurrent.buffer.pointer, table: table?.buffer.pointer, ids: ids?.pointer,
      initial_hidden: layer.carriedHidden.buffer.pointer, initial_cell: layer.carriedCell?.buffer.pointer,
      gates: layer.gates.buffer.pointer, hidden_states: layer.hidden.buffer.pointer,
      cell_states: layer.cellState?.buffer.pointer, peepholes: peepholes?.pointer,
      recurrent_bias: recurrentBias?.pointer, recurrent_gates: layer.recurrentGates?.buffer.pointer)
    guard let normalization else { return unsafe run(kernels.pointee.recurrence_forward, job) }
    unsafe run(kernels.pointee.normalized_forward, normalization.forward(job))
  }

  /// The way back; see `rondo_recurrence_backward`. The gate matrices become gradients.
  ///
  /// - Parameters:
  ///   - peepholeGradient: [3, H], written.
  ///   - normalization: with layer normalization, and where the gradients of its parameters go; see
  ///     `rondo_normalized_backward`.
  package func recurrenceBackward(
    _ layer: LayerActivations, steps: Int, batch: Int, recurrent: Panels, peepholes: Buffer<Float>?,
    hiddenGradient: Matrix, peepholeGradient: Buffer<Float>?,
    normalization: (NormalizedRecurrence, NormalizedRecurrence.Gradients)? = nil
  ) {
    precondition((layer.cell == .peephole) == (peepholes != nil), "a peephole LSTM's weights")
    precondition(
      (peepholes != nil) == (peepholeGradient != nil)
        && peepholeGradient.map { $0.count == 3 * layer.hiddenSize } ?? true, "the peepholes' gradient")
    let job = unsafe rondo_recurrence_backward(
      cell: layer.cell.raw, steps: Int32(steps), batch: Int32(batch), hidden: Int32(layer.hiddenSize),
      recurrent_panels: recurrent.buffer.pointer, initial_hidden: layer.carriedHidden.buffer.pointer,
      initial_cell: layer.carriedCell?.buffer.pointer, hidden_states: layer.hidden.buffer.pointer,
      cell_states: layer.cellState?.buffer.pointer, gates: layer.gates.buffer.pointer,
      recurrent_gates: layer.recurrentGates?.buffer.pointer, hidden_gradient: hiddenGradient.buffer.pointer,
      carried_gradient: layer.carriedGradient?.buffer.pointer, peepholes: peepholes?.pointer,
      peephole_gradient: peepholeGradient?.pointer)
    guard let (recurrence, gradients) = normalization else {
      return unsafe run(kernels.pointee.recurrence_backward, job)
    }
    unsafe run(kernels.pointee.normalized_backward, recurrence.backward(job, gradients))
  }
}
