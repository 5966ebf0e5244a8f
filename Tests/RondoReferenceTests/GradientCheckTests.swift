import RondoReference
import TestSupport
import Testing

@Suite struct GradientCheckTests {
  /// A model, with which of its parts finite differences are to be compared.
  struct Setting: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let configuration: ReferenceConfiguration
    var carriesState = false
    var dropsOut = false
    var isPenalized = false
    /// Smaller where the loss bends more: a normalization divides by what is small in a small layer.
    var step = 1e-3

    static let untied = ReferenceConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layerCount: 2)
    static let tied = ReferenceConfiguration(
      vocabularySize: 7, embeddingSize: 4, hiddenSize: 4, layerCount: 2, tied: true)
    static let projected = ReferenceConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layerCount: 1, projection: true)
    static let tiedAndProjected = ReferenceConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layerCount: 2, tied: true, projection: true)
    static let adaptive = ReferenceConfiguration(
      vocabularySize: 11, embeddingSize: 3, hiddenSize: 17, layerCount: 1, cutoffs: [3, 6])
    static let tiedAndAdaptive = ReferenceConfiguration(
      vocabularySize: 11, embeddingSize: 3, hiddenSize: 4, layerCount: 1, tied: true, projection: true,
      cutoffs: [3, 6])
    static let deep = ReferenceConfiguration(
      vocabularySize: 5, embeddingSize: 2, hiddenSize: 3, layerCount: 3)
    static let oneHot = ReferenceConfiguration(
      vocabularySize: 5, embeddingSize: 5, hiddenSize: 3, layerCount: 2, oneHot: true)

    static let residual = ReferenceConfiguration(
      vocabularySize: 5, embeddingSize: 2, hiddenSize: 3, layerCount: 3, residual: true)
    static let lastHidden = ReferenceConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, lastHiddenSize: 3, layerCount: 3, tied: true)
    static let mogrifierLowRank = ReferenceConfiguration(
      vocabularySize: 9, embeddingSize: 3, hiddenSize: 4, layerCount: 2, cell: .mogrifier, mogrifierRounds: 4,
      mogrifierRank: 2)

    /// Each cell with carried state, masks and layer normalization.
    static let normalized = ReferenceCellKind.allCases.map { cell in
      Setting(
        testDescription: "\(cell.rawValue), layer normalization",
        configuration: ReferenceConfiguration(
          vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell, layerNorm: true),
        carriesState: true, dropsOut: true, step: 2e-4)
    }

    /// Each cell with carried state and masks.
    static let cells = ReferenceCellKind.allCases.map { cell in
      Setting(
        testDescription: cell.rawValue,
        configuration: ReferenceConfiguration(
          vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layerCount: 2, cell: cell),
        carriesState: true, dropsOut: true)
    }

    static let all =
      [
        Setting(testDescription: "untied", configuration: untied),
        Setting(testDescription: "untied, state", configuration: untied, carriesState: true),
        Setting(testDescription: "tied", configuration: tied),
        Setting(
          testDescription: "tied, state, masks", configuration: tied, carriesState: true, dropsOut: true),
        Setting(testDescription: "projection", configuration: projected),
        Setting(
          testDescription: "tied, projection, state, masks", configuration: tiedAndProjected,
          carriesState: true, dropsOut: true),
        Setting(testDescription: "adaptive", configuration: adaptive),
        Setting(testDescription: "adaptive, tied, masks", configuration: tiedAndAdaptive, dropsOut: true),
        Setting(testDescription: "deep, masks", configuration: deep, dropsOut: true),
        Setting(
          testDescription: "deep, state, masks", configuration: deep, carriesState: true, dropsOut: true),
        Setting(testDescription: "penalties", configuration: untied, isPenalized: true),
        Setting(
          testDescription: "deep, state, masks, penalties", configuration: deep, carriesState: true,
          dropsOut: true, isPenalized: true),
        Setting(testDescription: "one-hot, masks", configuration: oneHot, dropsOut: true),
        Setting(
          testDescription: "residual, state, masks, penalties", configuration: residual, carriesState: true,
          dropsOut: true, isPenalized: true),
        Setting(
          testDescription: "last size, state, masks, penalties", configuration: lastHidden,
          carriesState: true,
          dropsOut: true, isPenalized: true),
        Setting(
          testDescription: "mogrifier of low rank", configuration: mogrifierLowRank, carriesState: true,
          dropsOut: true),
      ] + cells + normalized
  }

  /// A window of three steps of two streams for a setting, from a fixed seed.
  struct Window {
    let model: ReferenceModel<Double>
    let inputs: [[Int]]
    let targets: [[Int]]
    var state: ReferenceState<Double>?
    var masks: ReferenceDropoutMasks<Double>?
    var penalties: ReferencePenalties<Double>?

    init(_ setting: Setting) {
      let sizes = setting.configuration
      let (timeSteps, batchSize) = (3, 2)
      var generator = SeededGenerator(seed: 42)
      func tokens() -> [[Int]] {
        (0..<timeSteps).map { _ in
          (0..<batchSize).map { _ in Int.random(in: 0..<sizes.vocabularySize, using: &generator) }
        }
      }
      func factors(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) < 0.3 ? 0 : 1 / 0.7 }
      }
      func mask(_ size: Int) -> [Double] { factors(timeSteps * batchSize * size) }
      model = ReferenceModel(configuration: sizes, bound: 0.8, using: &generator)
      if setting.carriesState {
        state = model.forward(inputs: tokens(), targets: tokens()).finalState
      }
      inputs = tokens()
      targets = tokens()
      if setting.dropsOut {
        masks = ReferenceDropoutMasks(
          input: mask(sizes.embeddingSize),
          betweenLayers: (1..<sizes.layerCount).map { mask(sizes.inputSize(ofLayer: $0)) },
          output: mask(sizes.hiddenSize(ofLayer: sizes.layerCount - 1)),
          encoder: factors(sizes.vocabularySize),
          recurrentWeights: (0..<sizes.layerCount).map { layer in
            let size = sizes.hiddenSize(ofLayer: layer)
            return factors(sizes.cell.gateCount * size * size)
          })
      }
      if setting.isPenalized { penalties = ReferencePenalties(activation: 2, temporalActivation: 1) }
    }
  }

  @Test(arguments: Setting.all)
  func gradientsAgreeWithDifferences(setting: Setting) {
    let window = Window(setting)
    let comparisons = GradientCheck.run(
      model: window.model, inputs: window.inputs, targets: window.targets, state: window.state,
      masks: window.masks, penalties: window.penalties, step: setting.step)
    #expect(comparisons.map(\.name) == setting.configuration.parameterShapes.map(\.name))
    for comparison in comparisons {
      #expect(comparison.relativeDifference <= 1e-6, "\(comparison)")
    }
    // Two gradients that are both zero would agree, too.
    let gradients = window.model.lossAndGradients(
      inputs: window.inputs, targets: window.targets, state: window.state, masks: window.masks,
      penalties: window.penalties
    ).gradients
    for (name, gradient) in gradients {
      #expect(gradient.elements.contains { abs($0) > 1e-6 }, "\(name)")
    }
  }

  /// The check sees one wrong element.
  @Test func aWrongElementIsFound() throws {
    let window = Window(Setting.all[0])
    let name = "rnn.weight_hh_l0"
    let differences = GradientCheck.centralDifferences(
      model: window.model, inputs: window.inputs, targets: window.targets)
    let reference = try #require(differences[name]).elements
    let gradients = window.model.lossAndGradients(inputs: window.inputs, targets: window.targets).gradients
    var values = try #require(gradients[name]).elements
    #expect(
      GradientCheck.compare(name: name, values: values, reference: reference).relativeDifference <= 1e-6)

    values[5] += 1e-5 * (reference.map(abs).max() ?? 0)
    let comparison = GradientCheck.compare(name: name, values: values, reference: reference)
    #expect(comparison.worstIndex == 5)
    #expect(abs(comparison.relativeDifference - 1e-5) <= 1e-7)
  }

  @Test func comparingTakesTheLargestOfTheTensor() {
    let comparison = GradientCheck.compare(name: "w", values: [1, -3.5, 8], reference: [1, -4, 8])
    #expect(comparison.relativeDifference == 0.5 / 8)
    #expect(comparison.worstIndex == 1)
    #expect(comparison.worstValue == -3.5)
    #expect(comparison.worstReference == -4)
    #expect(GradientCheck.compare(name: "w", values: [0], reference: [0]).relativeDifference == 0)
    #expect(GradientCheck.compare(name: "w", values: [1], reference: [0]).relativeDifference == .infinity)
    #expect(GradientCheck.compare(name: "w", values: [0, .nan], reference: [1, 1]).worstIndex == 1)
    #expect(
      GradientCheck.compare(name: "w", values: [0, .nan], reference: [1, 1]).relativeDifference == .infinity)
  }
}
