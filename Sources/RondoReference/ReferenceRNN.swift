/// The simple recurrent network (Elman 1990, doi:10.1207/s15516709cog1402_1): no gates, no memory but h,
///
///     h = tanh(a + u)     or     h = max(0, a + u)
///
/// with a = W x + b and u = U h' + b̃. On its way back through many steps a gradient is multiplied by U again and
/// again, and so vanishes or explodes (Bengio, Simard & Frasconi 1994, doi:10.1109/72.279181), which is what the LSTM
/// was made against.
struct ReferenceRNN<Scalar: ReferenceScalar>: ReferenceCell {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// Whether max(0, x), the rectifier, stands in the place of tanh.
  let isRectified: Bool

  /// One step forward. The units are h itself.
  func forward(a: Matrix, u: Matrix, before: ReferenceCellState<Scalar>)
    -> (units: Matrix, after: ReferenceCellState<Scalar>)
  {
    let hidden = (a + u).mapElements { isRectified ? max(0, $0) : Scalar.hyperbolicTangent($0) }
    return (hidden, ReferenceCellState(hidden: hidden, cell: before.cell))
  }

  /// One step backward:
  ///
  ///     h = tanh(a + u)       da = du = dh ⊙ (1 − h²)
  ///     h = max(0, a + u)     da = du = dh where h > 0, else 0
  func backward(_ step: ReferenceStep<Scalar>, dAfter: ReferenceCellState<Scalar>)
    -> ReferenceCellGradients<Scalar>
  {
    let slope = step.units.mapElements { isRectified ? ($0 > 0 ? 1 : 0) : 1 - $0 * $0 }
    let dGate = dAfter.hidden.timesElements(of: slope)
    let nothing = dAfter.hidden.mapElements { _ in 0 }
    return ReferenceCellGradients(
      da: dGate, du: dGate, dBefore: ReferenceCellState(hidden: nothing, cell: dAfter.cell))
  }
}
