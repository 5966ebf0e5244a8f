/// The cell of a recurrent layer: how new states are made of old ones, unit by unit.
///
/// Every cell here sees the layer's input x and the hidden state h' of the step before it through two linear maps,
/// which ``ReferenceLayer`` computes for it:
///
///     a = W x + b         u = U h' + b̃         [B, G·H] each
///
/// Both have G blocks of H columns side by side, a block for each gate. What is left to the cell is pointwise: unit
/// number j of stream b needs nothing of the others, but for the normalization of c (``ReferenceLayerNorm``) where there
/// is one.
protocol ReferenceCell<Scalar> {
  associatedtype Scalar: ReferenceScalar

  /// One step forward.
  ///
  /// - Returns: What the way back will need of the units, side by side, and the states after the step.
  func forward(
    a: ReferenceMatrix<Scalar>, u: ReferenceMatrix<Scalar>, before: ReferenceCellState<Scalar>
  ) -> (units: ReferenceMatrix<Scalar>, after: ReferenceCellState<Scalar>)

  /// One step backward: the chain rule through the same equations.
  ///
  /// - Parameters:
  ///   - step: What the step forward computed.
  ///   - dAfter: The gradients of the states after the step.
  func backward(_ step: ReferenceStep<Scalar>, dAfter: ReferenceCellState<Scalar>)
    -> ReferenceCellGradients<Scalar>
}

/// What a layer carries from step to step.
struct ReferenceCellState<Scalar: ReferenceScalar>: Sendable {
  /// h, `[B, H]`.
  var hidden: ReferenceMatrix<Scalar>
  /// c, `[B, H]`, of the cells that have one; else `[B, 0]`.
  var cell: ReferenceMatrix<Scalar>
}

/// What one time step computed, kept because the way back needs all of it.
struct ReferenceStep<Scalar: ReferenceScalar>: Sendable {
  /// What W and U multiplied: x `[B, K]`, where K is the length of the vectors that enter the layer, and h' `[B, H]`; of
  /// a Mogrifier LSTM what these two made of each other.
  let factors: (input: ReferenceMatrix<Scalar>, hidden: ReferenceMatrix<Scalar>)
  /// W x and U h', `[B, G·H]` each.
  let products: (input: ReferenceMatrix<Scalar>, recurrent: ReferenceMatrix<Scalar>)
  /// The vectors of a Mogrifier LSTM's rounds, x and h' first; else `nil`.
  let mogrified: [ReferenceMatrix<Scalar>]?
  /// h' and c'.
  let before: ReferenceCellState<Scalar>
  /// What the cell's units computed; each cell says what.
  let units: ReferenceMatrix<Scalar>
  /// h and c.
  let after: ReferenceCellState<Scalar>
}

/// What a cell's step backward makes.
struct ReferenceCellGradients<Scalar: ReferenceScalar> {
  /// da, `[B, G·H]`.
  let da: ReferenceMatrix<Scalar>
  /// du, `[B, G·H]`.
  let du: ReferenceMatrix<Scalar>
  /// dh' and dc', as far as they do not come through u.
  let dBefore: ReferenceCellState<Scalar>
  /// The gradient of the peephole weights `[3, H]`, of the cell that has them.
  var dPeepholes: ReferenceMatrix<Scalar>?
  /// The gradients of the gain and the bias that c is normalized with, where it is.
  var dCellNorm: ReferenceLayerNorm<Scalar>?
}

/// The cells.
package enum ReferenceCellKind: String, CaseIterable, Sendable {
  case rnnTanh = "rnn-tanh"
  case rnnReLU = "rnn-relu"
  case lstm
  case peephole
  case gru
  case mogrifier

  /// G, the number of blocks of H rows in W, U, b and b̃.
  package var gateCount: Int {
    switch self {
    case .rnnTanh, .rnnReLU: 1
    case .gru: 3
    case .lstm, .peephole, .mogrifier: 4
    }
  }

  /// Whether there is a cell state c beside the hidden state h.
  package var hasCellState: Bool { gateCount == 4 }
}
