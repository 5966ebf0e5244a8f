/// The long short-term memory (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735), with the forget gate
/// (Gers, Schmidhuber & Cummins 2000, doi:10.1162/089976600300015015). It keeps a cell state c that is changed by
/// adding to it and by scaling it, and so carries gradients over many steps:
///
///     i = σ(aᵢ + uᵢ)          input gate: how much of the new value is written
///     f = σ(a_f + u_f)        forget gate: how much of the old state stays
///     g = tanh(a_g + u_g)     the new value
///     o = σ(aₒ + uₒ)          output gate: how much of the state is shown
///     c = f ⊙ c' + i ⊙ g
///     h = o ⊙ tanh c
///
/// with a = W x + b and u = U h' + b̃. The four W are stacked in one matrix, in the order i, f, g, o, and so are the
/// four U and the biases. The second bias b̃ does nothing here that the first does not; it is there because PyTorch's
/// (and cuDNN's) LSTM has it.
struct ReferenceLSTM<Scalar: ReferenceScalar>: ReferenceCell {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// h from o and c.
  var output = ReferenceCellOutput<Scalar>()

  /// One step forward: the equations above. The units are the four gates after their σ or tanh.
  func forward(a: Matrix, u: Matrix, before: ReferenceCellState<Scalar>)
    -> (units: Matrix, after: ReferenceCellState<Scalar>)
  {
    let size = before.hidden.columns
    var units = a + u
    var after = before
    for b in 0..<a.rows {
      for unit in 0..<size {
        let i = sigmoid(units[b, unit])
        let f = sigmoid(units[b, size + unit])
        let g = Scalar.hyperbolicTangent(units[b, 2 * size + unit])
        let o = sigmoid(units[b, 3 * size + unit])
        let c = f * before.cell[b, unit] + i * g
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

  /// One step backward. The chain rule, line by line:
  ///
  ///     h = o ⊙ tanh c          do = dh ⊙ tanh c          dc += dh ⊙ o ⊙ (1 − tanh² c)
  ///     c = f ⊙ c' + i ⊙ g      di = dc ⊙ g    df = dc ⊙ c'    dg = dc ⊙ i    dc' = dc ⊙ f
  ///     y = σ(a + u)            da = du = dy ⊙ y ⊙ (1 − y)
  ///     y = tanh(a + u)         da = du = dy ⊙ (1 − y²)
  func backward(_ step: ReferenceStep<Scalar>, dAfter: ReferenceCellState<Scalar>)
    -> ReferenceCellGradients<Scalar>
  {
    let size = step.after.hidden.columns
    var dGates = step.units
    var dBefore = dAfter
    let (dOutput, dCell, dNorm) = output.backward(step, dHidden: dAfter.hidden)
    for b in 0..<dGates.rows {
      for unit in 0..<size {
        let i = step.units[b, unit]
        let f = step.units[b, size + unit]
        let g = step.units[b, 2 * size + unit]
        let dc = dAfter.cell[b, unit] + dCell[b, unit]
        dGates[b, unit] = dc * g * i * (1 - i)
        dGates[b, size + unit] = dc * step.before.cell[b, unit] * f * (1 - f)
        dGates[b, 2 * size + unit] = dc * i * (1 - g * g)
        dGates[b, 3 * size + unit] = dOutput[b, unit]
        dBefore.hidden[b, unit] = 0
        dBefore.cell[b, unit] = dc * f
      }
    }
    return ReferenceCellGradients(da: dGates, du: dGates, dBefore: dBefore, dCellNorm: dNorm)
  }
}
