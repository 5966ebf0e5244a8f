import CRondoKernels

/// The rounds of a Mogrifier LSTM's layer as the training kernels take them; its addresses are those of the rounds that it
/// was made of, which it keeps.
@safe
struct MogrifierKernelRounds: Sendable {
  private let rounds: [Mogrifier.Round]
  private let rank: Int
  private let forwardRounds: Buffer<rondo_mogrifier_round>
  private let backwardRounds: Buffer<rondo_mogrifier_round>

  init(_ rounds: [Mogrifier.Round]) {
    self.rounds = rounds
    rank = rounds[0].narrowing?.forward.map.units ?? 0
    unsafe forwardRounds = Buffer(count: rounds.count)
    unsafe backwardRounds = Buffer(count: rounds.count)
    for (index, round) in rounds.enumerated() {
      unsafe forwardRounds[index] = rondo_mogrifier_round(
        weight: round.weight.forward.raw, narrowing: round.narrowing?.forward.raw ?? rondo_weights(),
        factors: round.factors.buffer.pointer, output: round.output.buffer.pointer,
        narrow: round.narrow?.buffer.pointer)
      unsafe backwardRounds[index] = rondo_mogrifier_round(
        weight: round.weight.backward.raw, narrowing: round.narrowing?.backward.raw ?? rondo_weights(),
        factors: round.factors.buffer.pointer, output: round.output.buffer.pointer,
        narrow: round.narrowGradient?.buffer.pointer)
    }
  }

  fileprivate var forward: rondo_mogrifier_rounds { unsafe raw(forwardRounds) }
  fileprivate var backward: rondo_mogrifier_rounds { unsafe raw(backwardRounds) }

  private func raw(_ rounds: Buffer<rondo_mogrifier_round>) -> rondo_mogrifier_rounds {
    unsafe rondo_mogrifier_rounds(
      count: Int32(rounds.count), rank: Int32(rank), rounds: rounds.pointer)
  }

  /// Whether the rounds' matrices have room for so many rows.
  func hasRoom(for rows: Int) -> Bool { rounds.allSatisfy { $0.output.rows >= rows } }
}

extension Panels {
  /// For the kernels that take weights of any type.
  fileprivate var raw: rondo_weights {
    unsafe rondo_weights(type: rondo_f32, panels: buffer.pointer, scales: nil, offsets: nil)
  }
}

extension ThreadGang {
  /// One layer of a Mogrifier LSTM over a window of `steps` × `batch` rows, from its carried state; see
  /// `rondo_mogrified_forward`.
  ///
  /// - Parameters:
  ///   - input: [T·B, K].
  ///   - weights: W and U.
  ///   - bias: [gates].
  func mogrifiedForward(
    _ layer: LayerActivations, _ rounds: MogrifierKernelRounds, input: Matrix, steps: Int, batch: Int,
    weights: (input: Panels, recurrent: Panels), bias: Buffer<Float>
  ) {
    precondition(
      steps * batch <= layer.hidden.rows && batch <= layer.carriedHidden.rows
        && rounds.hasRoom(for: steps * batch), "the window's size")
    precondition(
      input.rows >= steps * batch && input.columns == weights.input.depth
        && input.stride == paddedToVectors(input.columns), "the input's shape")
    guard let carriedCell = layer.carriedCell, let cellState = layer.cellState else {
      preconditionFailure("an LSTM has a cell state")
    }
    unsafe run(
      kernels.pointee.mogrified_forward,
      rondo_mogrified_forward(
        steps: Int32(steps), batch: Int32(batch), input_size: Int32(input.columns),
        hidden: Int32(layer.hiddenSize), mogrifier: rounds.forward, input: input.buffer.pointer,
        input_weights: weights.input.raw, recurrent_weights: weights.recurrent.raw, bias: bias.pointer,
        initial_hidden: layer.carriedHidden.buffer.pointer, initial_cell: carriedCell.buffer.pointer,
        gates: layer.gates.buffer.pointer, hidden_states: layer.hidden.buffer.pointer,
        cell_states: cellState.buffer.pointer))
  }

  /// The way back; see `rondo_mogrified_backward`. The gates become gradients, and so do the rounds' factors.
  ///
  /// - Parameters:
  ///   - weights: W and U, packed for the way back.
  ///   - gatedGradient: [B, H] scratch.
  ///   - inputGradient: [T·B, K], written.
  func mogrifiedBackward(
    _ layer: LayerActivations, _ rounds: MogrifierKernelRounds, steps: Int, batch: Int,
    weights: (input: Panels, recurrent: Panels), hiddenGradient: Matrix, gatedGradient: Matrix,
    inputGradient: Matrix
  ) {
    precondition(
      hiddenGradient.rows >= steps * batch && gatedGradient.rows >= batch
        && inputGradient.rows >= steps * batch, "the window's size")
    guard let carriedCell = layer.carriedCell, let cellState = layer.cellState,
      let carriedGradient = layer.carriedGradient
    else { preconditionFailure("an LSTM has a cell state") }
    unsafe run(
      kernels.pointee.mogrified_backward,
      rondo_mogrified_backward(
        steps: Int32(steps), batch: Int32(batch), input_size: Int32(inputGradient.columns),
        hidden: Int32(layer.hiddenSize), mogrifier: rounds.backward, input_weights: weights.input.raw,
        recurrent_weights: weights.recurrent.raw, initial_cell: carriedCell.buffer.pointer,
        cell_states: cellState.buffer.pointer, gates: layer.gates.buffer.pointer,
        hidden_gradient: hiddenGradient.buffer.pointer,
        carried_gradient: carriedGradient.buffer.pointer, gated_gradient: gatedGradient.buffer.pointer,
        input_gradient: inputGradient.buffer.pointer))
  }
}
