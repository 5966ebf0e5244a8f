/// Averaged stochastic gradient descent (Polyak & Juditsky 1992, doi:10.1137/0330046) as `torch.optim.ASGD` has it with
/// λ = 0 and t₀ = 0, the form in which Merity, Keskar & Socher (2017, arXiv:1708.02182) use it: plain steps, and beside them
/// the mean a of the parameters that these made.
///
///     p ← p − η g
///     a ← a + μ (p − a),   μ = 1 / max(1, k − 1) in step k = 1, 2, …
///
/// So a is p after the first two steps, and then the mean of what all steps but the first have made.
package struct ReferenceASGD<Scalar: ReferenceScalar>: ReferenceOptimizer, Sendable {
  /// η. It may be changed between steps.
  package var learningRate: Scalar
  /// a by name; empty before the first step.
  package private(set) var average: ReferenceModel<Scalar>.Tensors = [:]
  /// k.
  private var step = 0

  /// Creates an optimizer that has made no step.
  package init(learningRate: Scalar) { self.learningRate = learningRate }

  package mutating func update(
    _ model: inout ReferenceModel<Scalar>, gradients: ReferenceModel<Scalar>.Tensors
  ) {
    step += 1
    let mu = 1 / Scalar(max(1, step - 1))
    for (name, gradient) in gradients {
      var parameter = model[name]
      for index in parameter.elements.indices {
        parameter.elements[index] -= learningRate * gradient.elements[index]
      }
      model[name] = parameter
      average[name] = referenceAverage(of: average[name] ?? parameter, with: parameter, weight: mu)
    }
  }
}

/// An exponential moving average of a model's parameters, which a model of its own can be made of:
///
///     a ← a + (1 − d) (p − a),   d = min(D, (1 + t) / (10 + t)) in step t = 1, 2, …
///
/// With d = D from the start, a would remember the first parameters for some 1 / (1 − D) steps.
package struct ReferenceMovingAverage<Scalar: ReferenceScalar>: Sendable {
  /// D.
  package let decay: Scalar
  /// a by name.
  package private(set) var average: ReferenceModel<Scalar>.Tensors
  /// t.
  private var step = 0

  /// Begins with the parameters that a model has before its first step.
  package init(decay: Scalar, of model: ReferenceModel<Scalar>) {
    self.decay = decay
    average = model.parameters
  }

  /// Takes the parameters after a step into the average.
  package mutating func update(_ model: ReferenceModel<Scalar>) {
    step += 1
    let d = min(decay, Scalar(1 + step) / Scalar(10 + step))
    for (name, parameter) in model.parameters {
      average[name] = referenceAverage(of: average[name] ?? parameter, with: parameter, weight: 1 - d)
    }
  }
}

/// a + weight (p − a).
private func referenceAverage<Scalar: ReferenceScalar>(
  of average: ReferenceMatrix<Scalar>, with parameter: ReferenceMatrix<Scalar>, weight: Scalar
) -> ReferenceMatrix<Scalar> {
  var result = average
  for index in result.elements.indices {
    result.elements[index] += weight * (parameter.elements[index] - average.elements[index])
  }
  return result
}
