import RondoReference
import TestSupport
import Testing

@Suite struct ReferenceModelTests {
  private static let windows: [Golden.Name] = [
    .untied, .tied, .dropout, .projection, .adaptive, .tiedAdaptive, .rnnTanh, .rnnReLU, .peephole, .gru,
    .residual, .lastHidden, .layerNorm, .layerNormPeephole, .layerNormGRU, .layerNormRNN, .mogrifier,
    .mogrifierLowRank,
  ]

  @Test(arguments: windows)
  func floatAgreesWithPyTorch(name: Golden.Name) throws {
    try compare(Golden.load(name), as: Float.self, tolerance: 1e-4)
  }

  /// The golden files hold 9 digits of the parameters and of the results.
  @Test(arguments: windows)
  func doubleAgreesWithPyTorch(name: Golden.Name) throws {
    try compare(Golden.load(name), as: Double.self, tolerance: 1e-6)
  }

  private func compare<Scalar: ReferenceScalar>(
    _ golden: GoldenCase, as scalar: Scalar.Type, tolerance: Double
  ) throws {
    let model = ReferenceModel<Scalar>(golden)
    var state: ReferenceState<Scalar>?
    #expect(golden.windows.count == 3)
    for (index, window) in golden.windows.enumerated() {
      let pass = model.forward(
        inputs: window.inputs, targets: window.targets, state: state,
        masks: window.masks.map { ReferenceDropoutMasks($0) })
      let gradients = model.backward(pass)

      #expect(maximumRelativeDifference([pass.loss], [window.loss]) <= tolerance, "window \(index)")
      #expect(
        maximumRelativeDifference(pass.logits.flatMap(\.elements), window.logits) <= tolerance,
        "window \(index)")
      #expect(gradients.keys.sorted() == window.gradients.keys.sorted())
      for (name, expected) in window.gradients {
        let gradient = try #require(gradients[name]).elements
        #expect(
          maximumRelativeDifference(gradient, expected.data) <= tolerance, "window \(index), \(name)")
      }
      for layer in 0..<golden.configuration.layerCount {
        #expect(
          maximumRelativeDifference(pass.finalState.hidden[layer].elements, window.finalHidden[layer])
            <= tolerance)
        let cell = window.finalCell.isEmpty ? [] : window.finalCell[layer]
        #expect(maximumRelativeDifference(pass.finalState.cell[layer].elements, cell) <= tolerance)
      }
      state = pass.finalState
    }
  }

  /// One window of twelve steps computes the same as one of eight and one of four, with the state carried over.
  @Test(arguments: [Golden.Name.untied, .gru])
  func carriedStateContinuesTheWindow(name: Golden.Name) throws {
    let golden = try Golden.load(name)
    let model = ReferenceModel<Double>(golden)
    let inputs = golden.windows[0].inputs + golden.windows[1].inputs
    let targets = golden.windows[0].targets + golden.windows[1].targets
    let whole = model.forward(inputs: inputs, targets: targets)
    let first = model.forward(inputs: Array(inputs[..<8]), targets: Array(targets[..<8]))
    let second = model.forward(
      inputs: Array(inputs[8...]), targets: Array(targets[8...]), state: first.finalState)

    #expect(whole.logits == first.logits + second.logits)
    #expect(whole.finalState == second.finalState)
    #expect(abs(whole.loss - (first.loss * 8 + second.loss * 4) / 12) <= 1e-14)
  }

  /// Masks of ones change nothing, and a mask of zeros before the decoder leaves only its bias.
  @Test func masksMultiply() throws {
    let golden = try Golden.load(.dropout)
    let model = ReferenceModel<Double>(golden)
    let window = golden.windows[0]
    let masks = try #require(window.masks)
    let (inputs, targets) = (window.inputs, window.targets)

    let ones = ReferenceDropoutMasks<Double>(
      input: masks.input.map { _ in 1 }, betweenLayers: masks.betweenLayers.map { $0.map { _ in 1 } },
      output: masks.output.map { _ in 1 })
    let plain = model.lossAndGradients(inputs: inputs, targets: targets)
    let masked = model.lossAndGradients(inputs: inputs, targets: targets, masks: ones)
    #expect(plain.loss == masked.loss)
    #expect(plain.gradients == masked.gradients)

    let dark = model.forward(
      inputs: inputs, targets: targets,
      masks: ReferenceDropoutMasks(output: masks.output.map { _ in 0 }))
    #expect(
      dark.logits[0].elements[..<golden.configuration.vocabularySize] == model["decoder.bias"].elements[...])
  }

  @Test func parametersAreNamedInOrder() {
    let untied = ReferenceConfiguration(vocabularySize: 10, embeddingSize: 3, hiddenSize: 4, layerCount: 2)
    let names = ReferenceModel<Float>.parameterNames(untied)
    #expect(
      names.map(\.name) == [
        "encoder.weight",
        "rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0",
        "rnn.weight_ih_l1", "rnn.weight_hh_l1", "rnn.bias_ih_l1", "rnn.bias_hh_l1",
        "decoder.weight", "decoder.bias",
      ])
    #expect(
      names.map(\.shape) == [
        [10, 3], [16, 3], [16, 4], [16], [16], [16, 4], [16, 4], [16], [16], [10, 4], [10],
      ])
    func shapes(_ cell: ReferenceCellKind) -> [[Int]] {
      let sizes = ReferenceConfiguration(
        vocabularySize: 10, embeddingSize: 3, hiddenSize: 4, layerCount: 1, cell: cell)
      return sizes.parameterShapes.filter { $0.name.hasPrefix("rnn.") }.map(\.shape)
    }
    #expect(shapes(.rnnTanh) == [[4, 3], [4, 4], [4], [4]])
    #expect(shapes(.rnnReLU) == shapes(.rnnTanh))
    #expect(shapes(.gru) == [[12, 3], [12, 4], [12], [12]])
    #expect(shapes(.peephole) == [[16, 3], [16, 4], [16], [16], [3, 4]])
    let last = ReferenceConfiguration(
      vocabularySize: 10, embeddingSize: 3, hiddenSize: 4, lastHiddenSize: 2, layerCount: 2)
    #expect(
      last.parameterShapes.filter { $0.name.hasSuffix("_l1") }.map(\.shape) == [[8, 4], [8, 2], [8], [8]])
    #expect(last.decoderInputSize == 2)
    func added(_ cell: ReferenceCellKind, layerNorm: Bool = false, rounds: Int = 2, rank: Int? = nil)
      -> [String]
    {
      let sizes = ReferenceConfiguration(
        vocabularySize: 10, embeddingSize: 3, hiddenSize: 4, layerCount: 1, cell: cell, layerNorm: layerNorm,
        mogrifierRounds: rounds, mogrifierRank: rank)
      return sizes.parameterShapes.filter { $0.name.hasPrefix("rnn.") }.dropFirst(4).map {
        "\($0.name) \($0.shape)"
      }
    }
    #expect(added(.gru, layerNorm: true) == ["rnn.norm_ih_weight_l0 [12]", "rnn.norm_hh_weight_l0 [12]"])
    #expect(
      added(.lstm, layerNorm: true).suffix(2) == ["rnn.norm_cell_weight_l0 [4]", "rnn.norm_cell_bias_l0 [4]"])
    #expect(added(.mogrifier) == ["rnn.mogrifier_q1_l0 [3, 4]", "rnn.mogrifier_r2_l0 [4, 3]"])
    #expect(
      added(.mogrifier, rounds: 1, rank: 2)
        == ["rnn.mogrifier_q1_left_l0 [3, 2]", "rnn.mogrifier_q1_right_l0 [2, 4]"])
    let tied = ReferenceConfiguration(
      vocabularySize: 10, embeddingSize: 4, hiddenSize: 4, layerCount: 1, tied: true)
    #expect(!ReferenceModel<Float>.parameterNames(tied).map(\.name).contains("decoder.weight"))
  }

  /// Scores far beyond what exp can take still give a finite loss and gradient.
  @Test func lossOfHugeScoresIsFinite() throws {
    var generator = SeededGenerator(seed: 1)
    let sizes = ReferenceConfiguration(vocabularySize: 4, embeddingSize: 2, hiddenSize: 2, layerCount: 1)
    var model = ReferenceModel<Float>(configuration: sizes, bound: 0.5, using: &generator)
    model["decoder.bias"].elements = [1e4, 0, -1e4, 9e3]
    let result = model.lossAndGradients(inputs: [[1]], targets: [[2]])
    #expect(abs(result.loss - 2e4) < 10)
    let gradient = try #require(result.gradients["decoder.bias"])
    #expect(gradient.elements == [1, 0, -1, 0])
  }
}
