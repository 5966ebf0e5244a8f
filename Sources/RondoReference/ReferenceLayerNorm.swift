/// Layer normalization (Ba, Kiros & Hinton 2016, arXiv:1607.06450): a vector is brought to mean 0 and variance 1 over its
/// own N elements, which then get a learned gain γ and, here where it has one, a learned bias β:
///
///     μ = Σ v / N        s = √(Σ (v − μ)² / N + ε)        v̂ = (v − μ) / s        y = γ ⊙ v̂ + β
///
/// ε = 10⁻⁵. In a recurrent layer it keeps U h' at one size however long the text is.
struct ReferenceLayerNorm<Scalar: ReferenceScalar>: Sendable {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// γ, `[N]`.
  var gain: Matrix
  /// β, `[N]`; none where a bias is added anyway.
  var bias: Matrix?

  /// y for each row of v `[B, N]`.
  func forward(_ v: Matrix) -> Matrix {
    var y = normalized(v).standard
    for b in 0..<v.rows {
      for n in 0..<v.columns { y[b, n] *= gain[0, n] }
    }
    if let bias { y.addToEachRow(bias) }
    return y
  }

  /// The way back. Each element of v moves μ and s too, so from its gradient are taken the mean of all, and the part of
  /// all that lies along v̂:
  ///
  ///     dγ += Σ dy ⊙ v̂        dβ += Σ dy
  ///     dv̂ = dy ⊙ γ           dv = (dv̂ − mean dv̂ − v̂ · mean (dv̂ ⊙ v̂)) / s
  ///
  /// - Parameter gradients: The sums dγ and dβ, to which this is added.
  /// - Returns: dv, `[B, N]`.
  func backward(_ v: Matrix, dOutput: Matrix, gradients: inout Self) -> Matrix {
    let (standard, deviations) = normalized(v)
    gradients.gain.add(rowsOf: dOutput.timesElements(of: standard))
    gradients.bias?.add(rowsOf: dOutput)
    let count = Scalar(v.columns)
    var dInput = dOutput
    for b in 0..<v.rows {
      var (mean, along): (Scalar, Scalar) = (0, 0)
      for n in 0..<v.columns {
        dInput[b, n] *= gain[0, n]
        mean += dInput[b, n] / count
        along += dInput[b, n] * standard[b, n] / count
      }
      for n in 0..<v.columns {
        dInput[b, n] = (dInput[b, n] - mean - standard[b, n] * along) / deviations[b]
      }
    }
    return dInput
  }

  /// v̂, `[B, N]`, and s of each row.
  private func normalized(_ v: Matrix) -> (standard: Matrix, deviations: [Scalar]) {
    var result = v
    var deviations: [Scalar] = []
    for b in 0..<v.rows {
      let mean = v.row(b).reduce(0, +) / Scalar(v.columns)
      let variance = v.row(b).reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Scalar(v.columns)
      let deviation = (variance + 1e-5).squareRoot()
      deviations.append(deviation)
      for n in 0..<v.columns { result[b, n] = (v[b, n] - mean) / deviation }
    }
    return (result, deviations)
  }

  /// Adds another's gain and bias.
  mutating func add(_ other: Self) {
    gain = gain + other.gain
    if let sum = bias, let share = other.bias { bias = sum + share }
  }

  /// A gain and a bias of the same shapes, all 0.
  var zeros: Self {
    Self(gain: gain.mapElements { _ in 0 }, bias: bias?.mapElements { _ in 0 })
  }
}
