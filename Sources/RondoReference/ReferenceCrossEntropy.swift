/// The cross-entropy of a softmax: how many nats the model needs to name the token that really came.
///
///     p = softmax(z)      pᵥ = exp(zᵥ) / Σᵤ exp(zᵤ)
///     loss = −log p_target = log Σᵤ exp(zᵤ) − z_target
///     dz = p − 1[v = target]
///
/// The largest z is subtracted first, which changes neither p nor the loss and keeps exp from overflowing.
/// (Bridle 1990, doi:10.1007/978-3-642-76153-9_28, shows this pair and its simple gradient.)
enum ReferenceCrossEntropy<Scalar: ReferenceScalar> {
  /// The sum of the losses of B predictions, in nats, and the gradient of that sum.
  ///
  /// - Parameters:
  ///   - logits: z, `[B, V]`.
  ///   - targets: The B tokens that came.
  /// - Returns: The sum over B, and dz `[B, V]`.
  static func evaluate(logits: ReferenceMatrix<Scalar>, targets: [Int])
    -> (loss: Scalar, dLogits: ReferenceMatrix<Scalar>)
  {
    precondition(logits.rows == targets.count, "one target for each stream")
    var loss: Scalar = 0
    var dLogits = logits
    for (b, target) in targets.enumerated() {
      var largest = -Scalar.infinity
      for v in 0..<logits.columns { largest = max(largest, logits[b, v]) }
      var sum: Scalar = 0
      for v in 0..<logits.columns {
        dLogits[b, v] = Scalar.exponential(logits[b, v] - largest)
        sum += dLogits[b, v]
      }
      loss += Scalar.logarithm(sum) - (logits[b, target] - largest)
      for v in 0..<logits.columns { dLogits[b, v] /= sum }
      dLogits[b, target] -= 1
    }
    return (loss, dLogits)
  }
}
