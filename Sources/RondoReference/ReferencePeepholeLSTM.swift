/// The LSTM with peepholes (Gers & Schmidhuber 2000, doi:10.1109/IJCNN.2000.861302): its gates see the cell state,
/// each unit its own, through three weights p for each unit. The gates that change the state see the one before them,
/// the output gate sees the new one:
///
///     i = σ(aᵢ + uᵢ + pᵢ ⊙ c')
///     f = σ(a_f + u_f + p_f ⊙ c')
///     g = tanh(a_g + u_g)
///     c = f ⊙ c' + i ⊙ g
///     o = σ(aₒ + uₒ + pₒ ⊙ c)
///     h = o ⊙ tanh c
///
/// All else is as in ``ReferenceLSTM``.
struct ReferencePeepholeLSTM<Scalar: ReferenceScalar>: ReferenceCell {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// pᵢ, p_f and pₒ, `[3, H]`.
  let peepholes: Matrix
  /// h from o and c.
  var output = ReferenceCellOutput<Scalar>()

  /// One step forward: the equations above. The units are the four gates i, f, g, o after their σ or tanh.
  func forward(a: Matrix, u: Matrix, before: ReferenceCellState<Scalar>)
    -> (units: Matrix, after: ReferenceCellState<Scalar>)
  {
    let size = before.hidden.columns
    var units = a + u
    var after = before
    for b in 0..<a.rows {
      for unit in 0..<size {
        let previous = before.cell[b, unit]
        let i = sigmoid(units[b, unit] + peepholes[0, unit] * previous)
        let f = sigmoid(units[b, size + unit] + peepholes[1, unit] * previous)
        let g = Scalar.hyperbolicTangent(units[b, 2 * size + unit])
        let c = f * previous + i * g
        let o = sigmoid(units[b, 3 * size + unit] + peepholes[2, unit] * c)
        after.cell[b, unit] = c
        units[b, unit] = i
        units[b, size + unit] = f
        units[b, 2 * size + unit] = g
        units[b, 3 * size + unit] = o
      }
    }
    after.hidden = output.forward(units: units, cell: after.cell)
    return (units, after)
  }

  /// One step backward. Beside what the LSTM has, c gets a share from the output gate, and c' one from i and f; a
  /// peephole's weight sums up over the streams, and over the steps, what its gate gets times what it sees:
  ///
  ///     dc += daₒ ⊙ pₒ          dc' = dc ⊙ f + daᵢ ⊙ pᵢ + da_f ⊙ p_f
  ///     dpᵢ += daᵢ ⊙ c'         dp_f += da_f ⊙ c'         dpₒ += daₒ ⊙ c
  func backward(_ step: ReferenceStep<Scalar>, dAfter: ReferenceCellState<Scalar>)
    -> ReferenceCellGradients<Scalar>
  {
    let size = step.after.hidden.columns
    var dGates = step.units
    var dBefore = dAfter
    var dPeepholes = Matrix(rows: 3, columns: size)
    let (dOutput, dCell, dNorm) = output.backward(step, dHidden: dAfter.hidden)
    for b in 0..<dGates.rows {
      for unit in 0..<size {
        let i = step.units[b, unit]
        let f = step.units[b, size + unit]
        let g = step.units[b, 2 * size + unit]
        let previous = step.before.cell[b, unit]
        let c = step.after.cell[b, unit]
        let dc = dAfter.cell[b, unit] + dCell[b, unit] + dOutput[b, unit] * peepholes[2, unit]
        let dInput = dc * g * i * (1 - i)
        let dForget = dc * previous * f * (1 - f)
        dGates[b, unit] = dInput
        dGates[b, size + unit] = dForget
        dGates[b, 2 * size + unit] = dc * i * (1 - g * g)
        dGates[b, 3 * size + unit] = dOutput[b, unit]
        dBefore.hidden[b, unit] = 0
        dBefore.cell[b, unit] = dc * f + dInput * peepholes[0, unit] + dForget * peepholes[1, unit]
        dPeepholes[0, unit] += dInput * previous
        dPeepholes[1, unit] += dForget * previous
        dPeepholes[2, unit] += dOutput[b, unit] * c
      }
    }
    return ReferenceCellGradients(
      da: dGates, du: dGates, dBefore: dBefore, dPeepholes: dPeepholes, dCellNorm: dNorm)
  }
}
