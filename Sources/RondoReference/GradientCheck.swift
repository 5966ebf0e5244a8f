/// Compares gradients with differences of the loss, which need no derivation and so cannot share its mistakes.
///
/// The derivative of the loss J with respect to one parameter p is close to the central difference of fourth order
///
///     ∂J/∂p ≈ (8 (J(p + s) − J(p − s)) − (J(p + 2s) − J(p − 2s))) / 12s
///
/// The formula itself is off by some s⁴ (fifth derivatives), rounding by some 10⁻¹⁶ / s; at s = 10⁻³ both are near
/// 10⁻¹², in `Double`, which is small beside the gradients of a deep model's first layer too. (In `Float` no s is good
/// enough.) It takes four forward passes for each single parameter, so it is a tool for small models.
///
/// The formula wants J to be smooth between the points. With rectifiers it has a kink wherever one of them goes on or
/// off; s is then made smaller until none does.
package enum GradientCheck {
  /// How far a tensor is from its reference.
  package struct Comparison: Equatable, Sendable {
    /// The tensor's name.
    package let name: String
    /// max |value − reference| / max |reference|, over the whole tensor. It is infinite where a NaN occurs or where
    /// the reference is all zeros and the tensor is not.
    package let relativeDifference: Double
    /// The flat index of the element that is farthest off.
    package let worstIndex: Int
    /// The value of that element.
    package let worstValue: Double
    /// The reference's value of that element.
    package let worstReference: Double
  }

  /// Compares the elements of a tensor with those of its reference.
  ///
  /// - Precondition: The counts are the same and not 0.
  package static func compare(name: String, values: [Double], reference: [Double]) -> Comparison {
    precondition(values.count == reference.count && !values.isEmpty, "\(name): the counts differ, or are 0")
    var worstIndex = 0
    var largestDifference = 0.0
    var largestReference = 0.0
    for index in values.indices {
      // A NaN is farther off than anything.
      let difference = abs(values[index] - reference[index])
      let comparable = difference.isNaN ? Double.infinity : difference
      if comparable > largestDifference { (worstIndex, largestDifference) = (index, comparable) }
      largestReference = max(largestReference, abs(reference[index]))
    }
    let relativeDifference =
      switch largestDifference {
      case 0: 0.0
      case .infinity: Double.infinity
      default: largestDifference / largestReference
      }
    return Comparison(
      name: name, relativeDifference: relativeDifference,
      worstIndex: worstIndex, worstValue: values[worstIndex], worstReference: reference[worstIndex])
  }

  /// The gradient of a window's loss for every parameter, by central differences.
  ///
  /// It takes the parameters of ``ReferenceModel/forward(inputs:targets:state:masks:penalties:)``, and `step`, which is s in the
  /// formula above.
  package static func centralDifferences(
    model: ReferenceModel<Double>, inputs: [[Int]], targets: [[Int]], state: ReferenceState<Double>? = nil,
    masks: ReferenceDropoutMasks<Double>? = nil, penalties: ReferencePenalties<Double>? = nil,
    step: Double = 1e-3
  ) -> ReferenceModel<Double>.Tensors {
    var model = model
    var result = model.parameters
    for (name, parameter) in model.parameters {
      for index in parameter.elements.indices {
        func pass(_ offset: Double) -> ReferenceForwardPass<Double> {
          var moved = parameter
          moved.elements[index] += offset
          model[name] = moved
          return model.forward(
            inputs: inputs, targets: targets, state: state, masks: masks, penalties: penalties)
        }
        var step = step
        var points = [-2, -1, 1, 2].map { pass($0 * step) }
        while !points.allSatisfy({ $0.rectifiers == points[0].rectifiers }), step > 1e-7 {
          step /= 10
          points = [-2, -1, 1, 2].map { pass($0 * step) }
        }
        let near = points[2].objective - points[1].objective
        let far = points[3].objective - points[0].objective
        result[name]?.elements[index] = (8 * near - far) / (12 * step)
      }
      model[name] = parameter
    }
    return result
  }

  /// Compares the reference model's gradients with central differences, parameter by parameter in their order.
  ///
  /// A right model stays well below a relative difference of 10⁻⁶.
  package static func run(
    model: ReferenceModel<Double>, inputs: [[Int]], targets: [[Int]], state: ReferenceState<Double>? = nil,
    masks: ReferenceDropoutMasks<Double>? = nil, penalties: ReferencePenalties<Double>? = nil,
    step: Double = 1e-3
  ) -> [Comparison] {
    let (_, gradients, _) = model.lossAndGradients(
      inputs: inputs, targets: targets, state: state, masks: masks, penalties: penalties)
    let differences = centralDifferences(
      model: model, inputs: inputs, targets: targets, state: state, masks: masks, penalties: penalties,
      step: step)
    return model.configuration.parameterShapes.map { name, _ in
      compare(
        name: name, values: gradients[name]?.elements ?? [], reference: differences[name]?.elements ?? [])
    }
  }
}
