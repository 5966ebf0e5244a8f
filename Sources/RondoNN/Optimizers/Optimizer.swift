import CRondoKernels

/// How parameters follow their gradient.
package enum OptimizerKind: Sendable, Equatable {
  /// Loshchilov & Hutter 2019, arXiv:1711.05101, as torch.optim.AdamW.
  case adamW(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)
  /// As torch.optim.SGD.
  case sgd(momentum: Float)
  /// Tieleman & Hinton 2012 (lecture 6.5 of "Neural Networks for Machine Learning"), as torch.optim.RMSprop: neither
  /// centred nor with momentum. torch7's is the same.
  case rmsProp(decay: Float, epsilon: Float = 1e-8)

  /// What it keeps for each parameter.
  package var momentNames: [String] {
    switch self {
    case .adamW: ["first_moment", "second_moment"]
    case .sgd(let momentum): momentum == 0 ? [] : ["velocity"]
    case .rmsProp: ["square_average"]
    }
  }
}

/// An optimizer with its state: one pass over the flat parameters a step.
package struct Optimizer: Sendable {
  package let kind: OptimizerKind
  package let weightDecay: Float
  /// AdamW: first and second moments; SGD: velocities, without momentum nothing; RMSprop: means of squares. Laid out as
  /// the parameters.
  package let moments: [Buffer<Float>]
  /// The names the moments have in a checkpoint.
  package var momentNames: [String] { kind.momentNames }
  package private(set) var step: Int
  /// β₁ᵗ and β₂ᵗ as running products, since a power function differs between processors.
  package private(set) var betaPowers: (Double, Double)

  /// An optimizer before its first step, or after `step` of them with `betaPowers` and moments to be filled in.
  package init(
    kind: OptimizerKind, weightDecay: Float, parameterCount: Int, step: Int = 0,
    betaPowers: (Double, Double) = (1, 1)
  ) {
    self.kind = kind
    self.weightDecay = weightDecay
    self.step = step
    self.betaPowers = betaPowers
    moments = kind.momentNames.map { _ in Buffer(count: parameterCount) }
  }

  /// Stands where another one of the same kind stands, whose moments are copied.
  package mutating func restore(_ other: Optimizer) {
    precondition(moments.count == other.moments.count, "another kind of optimizer")
    for (moment, saved) in zip(moments, other.moments) { moment.copy(from: saved) }
    step = other.step
    betaPowers = other.betaPowers
  }

  /// One step along a gradient that is first multiplied by `gradientScale` (see `clippingScale`).
  package mutating func update(
    _ parameters: ParameterStore, gradients: Buffer<Float>, learningRate: Float, gradientScale: Float,
    _ gang: ThreadGang
  ) {
    let values = parameters.values
    precondition(
      gradients.count == values.count && moments.allSatisfy { $0.count == values.count }, "shapes differ")
    switch kind {
    case .adamW(let beta1, let beta2, let epsilon):
      betaPowers.0 *= Double(beta1)
      betaPowers.1 *= Double(beta2)
      unsafe gang.adamW(
        rondo_adamw(
          count: values.count, parameters: values.pointer, gradients: gradients.pointer,
          first_moments: moments[0].pointer, second_moments: moments[1].pointer,
          gradient_scale: gradientScale,
          learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
          weight_decay: weightDecay,
          correction1: Float(1 - betaPowers.0), correction2: Float(1 - betaPowers.1)))
    case .sgd(let momentum):
      unsafe gang.sgd(
        rondo_sgd(
          count: values.count, parameters: values.pointer, gradients: gradients.pointer,
          velocities: moments.first?.pointer, gradient_scale: gradientScale, learning_rate: learningRate,
          momentum: momentum, weight_decay: weightDecay, is_first_step: step == 0))
    case .rmsProp(let decay, let epsilon):
      unsafe gang.rmsProp(
        rondo_rmsprop(
          count: values.count, parameters: values.pointer, gradients: gradients.pointer,
          squares: moments[0].pointer, gradient_scale: gradientScale, learning_rate: learningRate,
          decay: decay, epsilon: epsilon, weight_decay: weightDecay))
    }
    step += 1
  }

  /// The factor that brings a gradient of this norm down to `maximumNorm` (Pascanu et al. 2013, arXiv:1211.5063), as
  /// torch's clip_grad_norm_ has it; 1 where it is short enough.
  package static func clippingScale(norm: Double, maximumNorm: Double) -> Float {
    Float(min(1, maximumNorm / (norm + 1e-6)))
  }
}
