/// Dynamic evaluation (Krause, Kahembwe, Murray & Renals 2018, arXiv:1709.07432): a model that goes on learning from the
/// text that it is scored on. After each segment, once its loss is known, every parameter p makes the step
///
///     p ← p + d (p₀ − p) − η g / (s + ε)      d = min(1, λ s / s̄)
///
/// p₀ is the parameter as it was trained, so the first part goes back there; g is the segment's gradient; s, the square
/// root of the mean of g² in training, says how large g usually is: a parameter that training moved much may move much
/// again, and comes back the faster. s̄ is the mean over all tensors of the mean of s in each. Where s is not known, the
/// step is p ← p + λ (p₀ − p) − η g.
package struct ReferenceDynamicEvaluation<Scalar: ReferenceScalar>: Sendable {
  /// η.
  package let rate: Scalar
  /// λ.
  package let decay: Scalar
  /// ε.
  package let epsilon: Scalar
  /// s by name, if it is known.
  package let deviations: ReferenceModel<Scalar>.Tensors?

  /// Creates the rule.
  package init(rate: Scalar, decay: Scalar, epsilon: Scalar, deviations: ReferenceModel<Scalar>.Tensors?) {
    self.rate = rate
    self.decay = decay
    self.epsilon = epsilon
    self.deviations = deviations
  }

  /// s of the gradients of several windows.
  package static func deviations(of gradients: [ReferenceModel<Scalar>.Tensors])
    -> ReferenceModel<Scalar>.Tensors
  {
    gradients[0].reduce(into: [:]) { result, entry in
      var squares = entry.value.mapElements { _ in 0 }
      for window in gradients {
        for (index, g) in (window[entry.key]?.elements ?? []).enumerated() {
          squares.elements[index] += g * g
        }
      }
      result[entry.key] = squares.mapElements { ($0 / Scalar(gradients.count)).squareRoot() }
    }
  }

  /// The step after a segment.
  ///
  /// - Parameters:
  ///   - model: the model as it is; it changes.
  ///   - initial: the model as it was trained.
  ///   - gradients: of the segment's mean loss.
  package func update(
    _ model: inout ReferenceModel<Scalar>, initial: ReferenceModel<Scalar>,
    gradients: ReferenceModel<Scalar>.Tensors
  ) {
    let means = deviations?.values.map { $0.elements.reduce(0, +) / Scalar($0.elements.count) }
    let mean = means.map { $0.reduce(0, +) / Scalar($0.count) }
    for (name, gradient) in gradients {
      var p = model[name]
      for index in p.elements.indices {
        let back = initial[name].elements[index] - p.elements[index], g = gradient.elements[index]
        if let s = deviations?[name]?.elements[index], let mean {
          p.elements[index] += min(1, decay * s / mean) * back - rate * g / (s + epsilon)
        } else {
          p.elements[index] += decay * back - rate * g
        }
      }
      model[name] = p
    }
  }
}

/// The continuous cache (Grave, Joulin & Usunier 2017, arXiv:1612.04426): of the last n steps i it knows the top layer's
/// output hᵢ and the token that came then, xᵢ₊₁. At output h,
///
///     p(w) = (1 − λ) p_model(w) + λ Σᵢ [xᵢ₊₁ = w] exp(θ h·hᵢ) / Σᵢ exp(θ h·hᵢ)
///
/// - Parameters:
///   - model: the model's probability of the token.
///   - output: h.
///   - pairs: hᵢ and xᵢ₊₁ of the last n steps; where there are none, the model's probability it is.
///   - weight: λ.
///   - flatness: θ.
package func referenceCacheProbability<Scalar: ReferenceScalar>(
  of token: Int, model: Scalar, output: [Scalar], pairs: [(output: [Scalar], token: Int)], weight: Scalar,
  flatness: Scalar
) -> Scalar {
  guard !pairs.isEmpty else { return model }
  var (matching, all): (Scalar, Scalar) = (0, 0)
  for pair in pairs {
    let product = zip(output, pair.output).reduce(0) { $0 + $1.0 * $1.1 }
    let likeness = Scalar.exponential(flatness * product)
    all += likeness
    if pair.token == token { matching += likeness }
  }
  return (1 - weight) * model + weight * matching / all
}
