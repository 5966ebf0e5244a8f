/// Scales gradients down when, taken together as one long vector, they are longer than allowed
/// (Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063): ‖g‖ > m gives g · m / ‖g‖.
///
/// As PyTorch's `clip_grad_norm_` does, it adds 10⁻⁶ to the norm before dividing by it.
///
/// - Returns: The norm before scaling.
@discardableResult
package func clipReferenceGradients<Scalar: ReferenceScalar>(
  _ gradients: inout ReferenceModel<Scalar>.Tensors, maximumNorm: Scalar
) -> Scalar {
  // A dictionary's own order differs from run to run, and rounding with it.
  let names = gradients.keys.sorted()
  var squares: Scalar = 0
  for name in names {
    for value in gradients[name]?.elements ?? [] { squares += value * value }
  }
  let norm = squares.squareRoot()
  let scale = maximumNorm / (norm + 1e-6)
  if scale < 1 {
    for name in names {
      gradients[name] = gradients[name]?.mapElements { $0 * scale }
    }
  }
  return norm
}

/// Cuts each element of the gradients to −bound … bound. Unlike `clipReferenceGradients` it changes their direction. NaN
/// stays NaN.
package func clampReferenceGradients<Scalar: ReferenceScalar>(
  _ gradients: inout ReferenceModel<Scalar>.Tensors, bound: Scalar
) {
  gradients = gradients.mapValues { tensor in
    tensor.mapElements { $0 > bound ? bound : $0 < -bound ? -bound : $0 }
  }
}

/// A rule that changes parameters by their gradients, and may remember earlier gradients.
package protocol ReferenceOptimizer<Scalar> {
  /// The number type of the model.
  associatedtype Scalar: ReferenceScalar

  /// Changes every parameter of `model` once.
  ///
  /// - Precondition: `gradients` has the shapes of the model's parameters, and the model has the same configuration
  ///   in every call.
  mutating func update(_ model: inout ReferenceModel<Scalar>, gradients: ReferenceModel<Scalar>.Tensors)
}

/// Stochastic gradient descent with momentum, as `torch.optim.SGD` has it:
///
///     g ← g + λ p          weight decay, as a part of the gradient
///     m ← μ m + g          m = 0 before the first step
///     p ← p − η m
///
/// With momentum μ = 0 and decay λ = 0 it is the plain p ← p − η g.
package struct ReferenceSGD<Scalar: ReferenceScalar>: ReferenceOptimizer, Sendable {
  /// η. It may be changed between steps.
  package var learningRate: Scalar
  /// μ.
  package let momentum: Scalar
  /// λ.
  package let weightDecay: Scalar
  /// m by name.
  private var velocity: ReferenceModel<Scalar>.Tensors = [:]

  /// Creates an optimizer that has made no step.
  package init(learningRate: Scalar, momentum: Scalar = 0, weightDecay: Scalar = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  package mutating func update(
    _ model: inout ReferenceModel<Scalar>, gradients: ReferenceModel<Scalar>.Tensors
  ) {
    for (name, gradient) in gradients {
      var parameter = model[name]
      var m = velocity[name] ?? ReferenceMatrix(rows: gradient.rows, columns: gradient.columns)
      for index in parameter.elements.indices {
        let g = gradient.elements[index] + weightDecay * parameter.elements[index]
        m.elements[index] = momentum * m.elements[index] + g
        parameter.elements[index] -= learningRate * m.elements[index]
      }
      velocity[name] = m
      model[name] = parameter
    }
  }
}

/// RMSprop (Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"), as `torch.optim.RMSprop` has
/// it, neither centred nor with momentum:
///
///     s ← α s + (1 − α) g²         running mean of g², s = 0 before the first step
///     p ← p − η g / (√s + ε)
package struct ReferenceRMSprop<Scalar: ReferenceScalar>: ReferenceOptimizer, Sendable {
  /// η. It may be changed between steps.
  package var learningRate: Scalar
  /// α.
  package let decay: Scalar
  /// ε.
  package let epsilon: Scalar
  /// s by name.
  private var meanOfSquares: ReferenceModel<Scalar>.Tensors = [:]

  /// Creates an optimizer that has made no step. The defaults are PyTorch's.
  package init(learningRate: Scalar, decay: Scalar = 0.99, epsilon: Scalar = 1e-8) {
    self.learningRate = learningRate
    self.decay = decay
    self.epsilon = epsilon
  }

  package mutating func update(
    _ model: inout ReferenceModel<Scalar>, gradients: ReferenceModel<Scalar>.Tensors
  ) {
    for (name, gradient) in gradients {
      var parameter = model[name]
      var s = meanOfSquares[name] ?? ReferenceMatrix(rows: gradient.rows, columns: gradient.columns)
      for index in parameter.elements.indices {
        let g = gradient.elements[index]
        s.elements[index] = decay * s.elements[index] + (1 - decay) * g * g
        parameter.elements[index] -= learningRate * g / (s.elements[index].squareRoot() + epsilon)
      }
      meanOfSquares[name] = s
      model[name] = parameter
    }
  }
}

/// Adam (Kingma & Ba 2015, arXiv:1412.6980) with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101),
/// as `torch.optim.AdamW` has it:
///
///     p ← p − η λ p                        weight decay, beside the gradient and not a part of it
///     m ← β₁ m + (1 − β₁) g                running mean of g
///     v ← β₂ v + (1 − β₂) g²               running mean of g²
///     m̂ = m / (1 − β₁ᵗ)   v̂ = v / (1 − β₂ᵗ)    since m and v began at 0, in step t = 1, 2, …
///     p ← p − η m̂ / (√v̂ + ε)
package struct ReferenceAdamW<Scalar: ReferenceScalar>: ReferenceOptimizer, Sendable {
  /// η. It may be changed between steps.
  package var learningRate: Scalar
  /// β₁.
  package let beta1: Scalar
  /// β₂.
  package let beta2: Scalar
  /// ε.
  package let epsilon: Scalar
  /// λ.
  package let weightDecay: Scalar
  /// m by name.
  private var mean: ReferenceModel<Scalar>.Tensors = [:]
  /// v by name.
  private var meanOfSquares: ReferenceModel<Scalar>.Tensors = [:]
  /// β₁ᵗ.
  private var beta1Power: Scalar = 1
  /// β₂ᵗ.
  private var beta2Power: Scalar = 1

  /// Creates an optimizer that has made no step. The defaults are PyTorch's.
  package init(
    learningRate: Scalar, beta1: Scalar = 0.9, beta2: Scalar = 0.999, epsilon: Scalar = 1e-8,
    weightDecay: Scalar = 0.01
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  package mutating func update(
    _ model: inout ReferenceModel<Scalar>, gradients: ReferenceModel<Scalar>.Tensors
  ) {
    beta1Power *= beta1
    beta2Power *= beta2
    for (name, gradient) in gradients {
      var parameter = model[name]
      let zeros = ReferenceMatrix<Scalar>(rows: gradient.rows, columns: gradient.columns)
      var m = mean[name] ?? zeros
      var v = meanOfSquares[name] ?? zeros
      for index in parameter.elements.indices {
        let g = gradient.elements[index]
        m.elements[index] = beta1 * m.elements[index] + (1 - beta1) * g
        v.elements[index] = beta2 * v.elements[index] + (1 - beta2) * g * g
        let mHat = m.elements[index] / (1 - beta1Power)
        let vHat = v.elements[index] / (1 - beta2Power)
        parameter.elements[index] -= learningRate * weightDecay * parameter.elements[index]
        parameter.elements[index] -= learningRate * mHat / (vHat.squareRoot() + epsilon)
      }
      mean[name] = m
      meanOfSquares[name] = v
      model[name] = parameter
    }
  }
}
