/// What the LSTMs show of their cell state:
///
///     h = o ⊙ tanh c
///
/// With layer normalization h = o ⊙ tanh(LN(c)), as Ba, Kiros & Hinton 2016 (arXiv:1607.06450) have it: what is shown of c
/// is normalized, and what goes to the next step is c itself.
struct ReferenceCellOutput<Scalar: ReferenceScalar> {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// LN, where there is one.
  var norm: ReferenceLayerNorm<Scalar>?

  /// h `[B, H]`, from the gates i, f, g, o side by side and c.
  func forward(units: Matrix, cell: Matrix) -> Matrix {
    shown(cell).timesElements(of: Self.outputGates(units))
  }

  /// The way back, with t = tanh(LN(c)):
  ///
  ///     do = dh ⊙ t        daₒ = do ⊙ o ⊙ (1 − o)        dLN = dh ⊙ o ⊙ (1 − t²)
  ///
  /// - Returns: daₒ, what c gets, and the gradients of LN's gain and bias.
  func backward(_ step: ReferenceStep<Scalar>, dHidden: Matrix)
    -> (dGate: Matrix, dCell: Matrix, dNorm: ReferenceLayerNorm<Scalar>?)
  {
    let o = Self.outputGates(step.units), t = shown(step.after.cell)
    let dGate = dHidden.timesElements(of: t).timesElements(of: o.mapElements { $0 * (1 - $0) })
    let dShown = dHidden.timesElements(of: o).timesElements(of: t.mapElements { 1 - $0 * $0 })
    guard let norm else { return (dGate, dShown, nil) }
    var sums = norm.zeros
    let dCell = norm.backward(step.after.cell, dOutput: dShown, gradients: &sums)
    return (dGate, dCell, sums)
  }

  private func shown(_ cell: Matrix) -> Matrix {
    (norm?.forward(cell) ?? cell).mapElements(Scalar.hyperbolicTangent)
  }

  private static func outputGates(_ units: Matrix) -> Matrix {
    let size = units.columns / 4
    return Matrix(
      rows: units.rows, columns: size, elements: (0..<units.rows).flatMap { units.row($0).suffix(size) })
  }
}
