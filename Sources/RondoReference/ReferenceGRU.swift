/// The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), in the form that cuDNN and PyTorch have, where the
/// reset gate r is applied after the recurrent product:
///
///     r = σ(a_r + u_r)             reset gate: how much of the old state the new value sees
///     z = σ(a_z + u_z)             update gate: how much of the old state stays
///     n = tanh(aₙ + r ⊙ uₙ)        the new value
///     h = (1 − z) ⊙ n + z ⊙ h'
///
/// with a = W x + b and u = U h' + b̃, three blocks each in the order r, z, n. Here the second bias does something of
/// its own: r scales b̃ₙ and not bₙ. h is its own memory; there is no c.
struct ReferenceGRU<Scalar: ReferenceScalar>: ReferenceCell {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// One step forward: the equations above. The units are r, z and n after their σ or tanh, and uₙ.
  func forward(a: Matrix, u: Matrix, before: ReferenceCellState<Scalar>)
    -> (units: Matrix, after: ReferenceCellState<Scalar>)
  {
    let size = before.hidden.columns
    var units = Matrix(rows: a.rows, columns: 4 * size)
    var after = before
    for b in 0..<a.rows {
      for unit in 0..<size {
        let r = sigmoid(a[b, unit] + u[b, unit])
        let z = sigmoid(a[b, size + unit] + u[b, size + unit])
        let recurrent = u[b, 2 * size + unit]
        let n = Scalar.hyperbolicTangent(a[b, 2 * size + unit] + r * recurrent)
        after.hidden[b, unit] = (1 - z) * n + z * before.hidden[b, unit]
        units[b, unit] = r
        units[b, size + unit] = z
        units[b, 2 * size + unit] = n
        units[b, 3 * size + unit] = recurrent
      }
    }
    return (units, after)
  }

  /// One step backward. The chain rule, line by line:
  ///
  ///     h = (1 − z) ⊙ n + z ⊙ h'     dn = dh ⊙ (1 − z)    dz = dh ⊙ (h' − n)    dh' = dh ⊙ z
  ///     n = tanh(aₙ + r ⊙ uₙ)        daₙ = dn ⊙ (1 − n²)  duₙ = daₙ ⊙ r         dr = daₙ ⊙ uₙ
  ///     y = σ(a + u)                 da = du = dy ⊙ y ⊙ (1 − y)
  func backward(_ step: ReferenceStep<Scalar>, dAfter: ReferenceCellState<Scalar>)
    -> ReferenceCellGradients<Scalar>
  {
    let size = step.after.hidden.columns
    var da = Matrix(rows: step.units.rows, columns: 3 * size)
    var du = da
    var dBefore = dAfter
    for b in 0..<da.rows {
      for unit in 0..<size {
        let r = step.units[b, unit]
        let z = step.units[b, size + unit]
        let n = step.units[b, 2 * size + unit]
        let recurrent = step.units[b, 3 * size + unit]
        let dh = dAfter.hidden[b, unit]
        let dNew = dh * (1 - z) * (1 - n * n)
        let dReset = dNew * recurrent * r * (1 - r)
        let dUpdate = dh * (step.before.hidden[b, unit] - n) * z * (1 - z)
        da[b, unit] = dReset
        du[b, unit] = dReset
        da[b, size + unit] = dUpdate
        du[b, size + unit] = dUpdate
        da[b, 2 * size + unit] = dNew
        du[b, 2 * size + unit] = dNew * r
        dBefore.hidden[b, unit] = dh * z
      }
    }
    return ReferenceCellGradients(da: da, du: du, dBefore: dBefore)
  }
}
