import RondoReference
import TestSupport
import Testing

@Suite struct ReferenceOptimizersTests {
  /// The loss of each of ten steps of training, the norms and the parameters after the last agree with PyTorch's.
  @Test(arguments: [Golden.Name.adamWCurve, .sgdCurve, .rmsPropCurve, .asgdCurve, .gruCurve])
  func floatCurveAgreesWithPyTorch(name: Golden.Name) throws {
    try train(Golden.load(name), as: Float.self, tolerance: 1e-4)
  }

  @Test(arguments: [Golden.Name.adamWCurve, .sgdCurve, .rmsPropCurve, .asgdCurve, .gruCurve])
  func doubleCurveAgreesWithPyTorch(name: Golden.Name) throws {
    try train(Golden.load(name), as: Double.self, tolerance: 1e-6)
  }

  private func train<Scalar: ReferenceScalar>(
    _ golden: GoldenCase, as scalar: Scalar.Type, tolerance: Double
  ) throws {
    let settings = try #require(golden.optimizer)
    // Settings are decimal fractions; Double gets the decimal, not the Float nearest to it.
    func decimal(_ value: Float) throws -> Scalar { try Scalar(#require(Double("\(value)"))) }
    var optimizer: any ReferenceOptimizer<Scalar> =
      switch settings.kind {
      case .adamW:
        try ReferenceAdamW(
          learningRate: decimal(settings.learningRate), beta1: decimal(settings.beta1),
          beta2: decimal(settings.beta2), epsilon: decimal(settings.epsilon),
          weightDecay: decimal(settings.weightDecay))
      case .sgd:
        try ReferenceSGD(
          learningRate: decimal(settings.learningRate), momentum: decimal(settings.momentum),
          weightDecay: decimal(settings.weightDecay))
      case .rmsProp:
        try ReferenceRMSprop(
          learningRate: decimal(settings.learningRate), decay: decimal(settings.decay),
          epsilon: decimal(settings.epsilon))
      case .asgd: try ReferenceASGD(learningRate: decimal(settings.learningRate))
      }
    var model = ReferenceModel<Scalar>(golden)
    var state: ReferenceState<Scalar>?
    #expect(golden.windows.count == 10 && golden.losses.count == 10)
    for (index, window) in golden.windows.enumerated() {
      var (loss, gradients, finalState) = model.lossAndGradients(
        inputs: window.inputs, targets: window.targets, state: state)
      if settings.maximumValue > 0 {
        try clampReferenceGradients(&gradients, bound: decimal(settings.maximumValue))
      }
      let norm = try clipReferenceGradients(&gradients, maximumNorm: decimal(settings.maximumNorm))
      optimizer.update(&model, gradients: gradients)
      state = finalState
      #expect(maximumRelativeDifference([loss], [golden.losses[index]]) <= tolerance, "step \(index)")
      #expect(maximumRelativeDifference([norm], [golden.gradientNorms[index]]) <= tolerance, "step \(index)")
    }
    for (name, expected) in golden.finalParameters {
      #expect(maximumRelativeDifference(model[name].elements, expected.data) <= tolerance, "\(name)")
    }
    if let averaged = optimizer as? ReferenceASGD<Scalar> {
      #expect(averaged.average.keys.sorted() == golden.finalAverages.keys.sorted())
      for (name, expected) in golden.finalAverages {
        let found = averaged.average[name]?.elements ?? []
        #expect(maximumRelativeDifference(found, expected.data) <= tolerance, "average of \(name)")
      }
    }
    #expect(golden.finalParameters.keys.sorted() == model.parameters.keys.sorted())
  }

  /// A tensor 3, 4 has the norm 5; with a second one of 12 it is 13.
  @Test func clippingScalesAllByOneFactor() {
    var gradients: ReferenceModel<Double>.Tensors = [
      "a": ReferenceMatrix(rows: 1, columns: 2, elements: [3, -4]),
      "b": ReferenceMatrix(rows: 1, columns: 1, elements: [12]),
    ]
    let before = gradients
    #expect(clipReferenceGradients(&gradients, maximumNorm: 14) == 13)
    #expect(gradients == before)

    #expect(clipReferenceGradients(&gradients, maximumNorm: 6.5) == 13)
    let scale = 6.5 / (13 + 1e-6)
    #expect(gradients["a"]?.elements == [3 * scale, -4 * scale])
    #expect(gradients["b"]?.elements == [12 * scale])
  }

  @Test func clampingCutsEachElement() {
    var gradients: ReferenceModel<Double>.Tensors = [
      "a": ReferenceMatrix(rows: 1, columns: 3, elements: [3, -4, 0.5]),
      "b": ReferenceMatrix(rows: 1, columns: 1, elements: [.nan]),
    ]
    clampReferenceGradients(&gradients, bound: 1)
    #expect(gradients["a"]?.elements == [1, -1, 0.5])
    #expect(gradients["b"]?.elements[0].isNaN == true)
  }

  /// Two steps by hand, with numbers that binary fractions hold exactly.
  @Test func sgdWithWeightDecay() {
    let sizes = ReferenceConfiguration(vocabularySize: 1, embeddingSize: 1, hiddenSize: 1, layerCount: 1)
    var generator = SeededGenerator(seed: 1)
    var model = ReferenceModel<Double>(configuration: sizes, bound: 1, using: &generator)
    model["decoder.bias"].elements = [2]
    let gradients = ["decoder.bias": ReferenceMatrix<Double>(rows: 1, columns: 1, elements: [1])]
    var optimizer = ReferenceSGD<Double>(learningRate: 0.5, momentum: 0.5, weightDecay: 0.25)

    optimizer.update(&model, gradients: gradients)
    // g = 1 + 0.25 · 2 = 1.5, m = 1.5, p = 2 − 0.75
    #expect(model["decoder.bias"].elements == [1.25])
    optimizer.update(&model, gradients: gradients)
    // g = 1 + 0.25 · 1.25 = 1.3125, m = 0.75 + 1.3125 = 2.0625, p = 1.25 − 1.03125
    #expect(model["decoder.bias"].elements == [0.21875])
  }

  /// Adam's first step is the learning rate long, whatever the gradient; the decay is beside it.
  @Test func adamWFirstStep() {
    let sizes = ReferenceConfiguration(vocabularySize: 2, embeddingSize: 1, hiddenSize: 1, layerCount: 1)
    var generator = SeededGenerator(seed: 1)
    var model = ReferenceModel<Double>(configuration: sizes, bound: 1, using: &generator)
    model["decoder.bias"].elements = [2, -3]
    let gradients = ["decoder.bias": ReferenceMatrix<Double>(rows: 1, columns: 2, elements: [40, -0.5])]
    var optimizer = ReferenceAdamW<Double>(learningRate: 0.1, weightDecay: 0.5)
    optimizer.update(&model, gradients: gradients)
    #expect(
      maximumRelativeDifference(model["decoder.bias"].elements, [2 * 0.95 - 0.1, -3 * 0.95 + 0.1]) <= 1e-7)
  }
}
