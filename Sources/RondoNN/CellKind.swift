import CRondoKernels

/// The recurrent cell of a model. The names are those of `rondo train --cell` and of a checkpoint.
public enum CellKind: String, Sendable, Codable, CaseIterable {
  /// h = tanh(W x + b + U h′ + b̃) (Elman 1990, doi:10.1207/s15516709cog1402_1); PyTorch's `nn.RNN`.
  case rnnTanh = "rnn-tanh"
  /// The same with max(0, ·) in the place of tanh. Its hidden state has no bound.
  case rnnReLU = "rnn-relu"
  /// Long short-term memory with forget gates (Gers et al. 2000, doi:10.1162/089976600300015015); `nn.LSTM`.
  case lstm
  /// The same with peepholes (Gers & Schmidhuber 2000, doi:10.1109/IJCNN.2000.861302): i and f see the cell state
  /// before the step, o the one after it.
  case peephole
  /// The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), with the reset gate after the recurrent product;
  /// `nn.GRU`.
  case gru
  /// A long short-term memory whose input and hidden state change each other in rounds before each step (Melis, Kočiský &
  /// Blunsom 2020, arXiv:1909.01792).
  case mogrifier

  /// G: blocks of H rows in a layer's weights, one for each gate.
  package var gateCount: Int { Int(rondo_cell_gates(raw)) }

  /// Whether there is a cell state c beside the hidden state h.
  package var hasCellState: Bool { self == .lstm || self == .peephole || self == .mogrifier }

  /// Whether it has a forget gate, the second of i, f, g, o.
  package var hasForgetGate: Bool { hasCellState }

  /// States of a layer: h, and c where there is one.
  package var stateCount: Int { hasCellState ? 2 : 1 }

  /// Whether h stays between −1 and 1, as the bytes of `InferencePrecision.int8` need it.
  package var hasBoundedState: Bool { self != .rnnReLU }

  /// Whether the input's part and the recurrence's of the pre-activations are kept apart: r scales one of them.
  var hasRecurrentGates: Bool { self == .gru }

  /// Whether x and h′ change each other before a step: then W x is no product of its own, and x no look-up.
  package var hasRounds: Bool { self == .mogrifier }

  var raw: rondo_cell {
    switch self {
    case .rnnTanh: rondo_rnn_tanh
    case .rnnReLU: rondo_rnn_relu
    case .lstm: rondo_lstm
    case .peephole: rondo_peephole
    case .gru: rondo_gru
    case .mogrifier: rondo_mogrifier
    }
  }
}
