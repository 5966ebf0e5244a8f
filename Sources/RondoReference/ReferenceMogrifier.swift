/// What makes an LSTM a Mogrifier LSTM (Melis, Kočiský & Blunsom 2020, arXiv:1909.01792): before the step, its input x and
/// the hidden state h' gate each other in r rounds. With v₋₁ = x and v₀ = h', round i = 1 … r makes
///
///     vᵢ = 2 σ(Mᵢ vᵢ₋₁) ⊙ vᵢ₋₂
///
/// so that the odd rounds change x by what h' says, and the even ones h' by what x says; the last two vectors are what W
/// and U multiply. The paper writes Q for the odd M and R for the even ones. The 2 makes a gate of σ(0) change nothing.
/// c' is left alone.
///
/// M may have a low rank: then it is the product of two thin matrices, M = A·B.
struct ReferenceMogrifier<Scalar: ReferenceScalar>: Sendable {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// Mᵢ of each round, or Aᵢ and Bᵢ.
  var rounds: [[Matrix]]

  /// x, h' and the r vectors that the rounds make of them, `[B, K]` and `[B, H]` in turn.
  func forward(input: Matrix, hidden: Matrix) -> [Matrix] {
    var vectors = [input, hidden]
    for round in rounds {
      let gates = Self.gates(round, vectors[vectors.count - 1])
      vectors.append(gates.timesElements(of: vectors[vectors.count - 2]))
    }
    return vectors
  }

  /// What W and U multiply: of the last two vectors, that in x's place and that in h's.
  static func factors(_ vectors: [Matrix]) -> (input: Matrix, hidden: Matrix) {
    let last = vectors.count - 1
    return last.isMultiple(of: 2) ? (vectors[last], vectors[last - 1]) : (vectors[last - 1], vectors[last])
  }

  /// The way back, from the last round to the first. With y = 2 σ(z), z = M vᵢ₋₁:
  ///
  ///     dvᵢ₋₂ += dvᵢ ⊙ y        dz = dvᵢ ⊙ vᵢ₋₂ ⊙ y ⊙ (1 − y / 2)        dM += dzᵀ·vᵢ₋₁        dvᵢ₋₁ += dz·M
  ///
  /// - Parameters:
  ///   - vectors: What `forward` made.
  ///   - gradients: The sums dM, to which this is added.
  /// - Returns: The gradients of x and h'.
  func backward(_ vectors: [Matrix], dInput: Matrix, dHidden: Matrix, gradients: inout Self)
    -> (dInput: Matrix, dHidden: Matrix)
  {
    // Of the last two vectors, which change places with each round.
    var (dLast, dOther) = vectors.count.isMultiple(of: 2) ? (dHidden, dInput) : (dInput, dHidden)
    for index in rounds.indices.reversed() {
      let (by, gated) = (vectors[index + 1], vectors[index])
      let y = Self.gates(rounds[index], by)
      let dScores = dLast.timesElements(of: gated).timesElements(of: y.mapElements { $0 * (1 - $0 / 2) })
      var dBy = dOther
      if rounds[index].count == 2 {
        let (a, b) = (rounds[index][0], rounds[index][1])
        let dShort = dScores.times(a)
        gradients.rounds[index][0].add(transposed: dScores, times: by.times(transposed: b))
        gradients.rounds[index][1].add(transposed: dShort, times: by)
        dBy = dBy + dShort.times(b)
      } else {
        gradients.rounds[index][0].add(transposed: dScores, times: by)
        dBy = dBy + dScores.times(rounds[index][0])
      }
      (dLast, dOther) = (dBy, dLast.timesElements(of: y))
    }
    return (dOther, dLast)
  }

  /// 2 σ(M v), for v `[B, N]`.
  private static func gates(_ round: [Matrix], _ v: Matrix) -> Matrix {
    // M v = A (B v): the last factor first.
    round.reversed().reduce(v) { $0.times(transposed: $1) }.mapElements { 2 * sigmoid($0) }
  }

  /// Matrices of the same shapes, all 0.
  var zeros: Self { Self(rounds: rounds.map { $0.map { $0.mapElements { _ in 0 } } }) }
}
