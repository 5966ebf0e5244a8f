/// The rounds of a Mogrifier LSTM's layer, in which its input x and the hidden state h′ change each other before each step
/// (Melis et al. 2020, arXiv:1909.01792): their packed weights, what they leave over a window, and the way back.
struct Mogrifier: Sendable {
  /// What the kernels see of the rounds.
  private let kernelRounds: MogrifierKernelRounds
  private let rounds: [Round]
  /// [T·B, K]
  private let inputGradient: Matrix
  /// [B, H]: scratch of the way back.
  private let gatedGradient: Matrix

  struct Round: Sendable {
    let weight: Weight
    /// Where M has a low rank.
    let narrowing: Weight?
    /// [T·B, gated]: y, on the way back the gradient of M v.
    let factors: Matrix
    /// [T·B, gated]: v.
    let output: Matrix
    /// [T·B, rank]: B v, and its gradient.
    let narrow: Matrix?
    let narrowGradient: Matrix?
  }

  struct Weight: Sendable {
    let name: String
    let forward: Panels
    let backward: Panels

    init(_ parameter: MogrifierRound.Parameter, _ forward: inout PanelRoom, _ backward: inout PanelRoom) {
      name = parameter.name
      let map = RowMap.plain(parameter.shape[0]), columns = parameter.shape[1]
      self.forward = forward.panels(map, weightColumns: columns)
      self.backward = backward.panels(map, weightColumns: columns)
    }
  }

  init(
    _ shapes: [MogrifierRound], hiddenSize: Int, inputSize: Int, maximumRows: Int, maximumBatch: Int,
    forward: inout PanelRoom, backward: inout PanelRoom
  ) {
    var rounds: [Round] = []
    for shape in shapes {
      func narrow() -> Matrix? {
        shape.narrowing.map { Matrix(rows: maximumRows, columns: $0.shape[0]) }
      }
      rounds.append(
        Round(
          weight: Weight(shape.weight, &forward, &backward),
          narrowing: shape.narrowing.map { Weight($0, &forward, &backward) },
          factors: Matrix(rows: maximumRows, columns: shape.gatedSize),
          output: Matrix(rows: maximumRows, columns: shape.gatedSize),
          narrow: narrow(), narrowGradient: narrow()))
    }
    self.rounds = rounds
    kernelRounds = MogrifierKernelRounds(rounds)
    inputGradient = Matrix(rows: maximumRows, columns: inputSize)
    gatedGradient = Matrix(rows: maximumBatch, columns: hiddenSize)
  }

  /// The floats that the weights of a layer take, packed for the way back all at once.
  static func panelsSize(_ rounds: [MogrifierRound]) -> Int {
    rounds.flatMap(\.parameters).reduce(0) {
      $0 + Panels.size(map: .plain($1.shape[0]), weightColumns: $1.shape[1], direction: .backward)
    }
  }

  /// Runs the layer from its carried state.
  ///
  /// - Parameters:
  ///   - input: x, [T·B, K].
  ///   - weights: W and U, packed.
  func forward(
    _ input: Matrix, _ layer: LayerActivations, steps: Int, batch: Int, weights: (Panels, Panels),
    bias: Buffer<Float>, parameters: ParameterStore, _ gang: ThreadGang
  ) {
    pack(\.forward, parameters, gang)
    gang.mogrifiedForward(
      layer, kernelRounds, input: input, steps: steps, batch: batch, weights: weights, bias: bias)
  }

  /// From the gradient of the layer's hidden states (changed on the way) to those of its pre-activations, in its gates, and
  /// of x; makes the gradients of the rounds' weights.
  ///
  /// - Parameter weights: W and U, packed for the way back.
  func backward(
    _ layer: LayerActivations, steps: Int, batch: Int, weights: (Panels, Panels), hiddenGradient: Matrix,
    parameters: ParameterStore, gradients: Buffer<Float>, scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    pack(\.backward, parameters, gang)
    gang.mogrifiedBackward(
      layer, kernelRounds, steps: steps, batch: batch, weights: weights, hiddenGradient: hiddenGradient,
      gatedGradient: gatedGradient, inputGradient: inputGradient)
    let rows = 0..<steps * batch
    for (index, round) in rounds.enumerated() {
      // What M, or the second of its factors, multiplied, and the gradient of their product.
      let (weight, left) = (round.narrowing ?? round.weight, round.narrowGradient ?? round.factors)
      let gradient = gradients[parameters.slice(weight.name).range], map = weight.forward.map
      if index == 0 {
        layer.outerWithHiddenBefore(
          left, map, steps: steps, batch: batch, into: gradient, columnSums: nil, scratch: scratch, gang)
      } else {
        gang.outer(
          left.rows(rows), map, rounds[index - 1].output.rows(rows), into: gradient, accumulates: false,
          scratch: scratch)
      }
      if let narrow = round.narrow {
        gang.outer(
          round.factors.rows(rows), round.weight.forward.map, narrow.rows(rows),
          into: gradients[parameters.slice(round.weight.name).range], accumulates: false, scratch: scratch)
      }
    }
  }

  private func pack(_ direction: KeyPath<Weight, Panels>, _ parameters: ParameterStore, _ gang: ThreadGang) {
    for round in rounds {
      gang.pack(parameters[round.weight.name], into: round.weight[keyPath: direction])
      if let narrowing = round.narrowing {
        gang.pack(parameters[narrowing.name], into: narrowing[keyPath: direction])
      }
    }
  }

  /// What W multiplied over the last window.
  func latestInput(_ rows: Int) -> Matrix { rounds[(rounds.count - 1) / 2 * 2].output.rows(0..<rows) }

  /// What U multiplied over the last window; nil: h′, which a single round does not change.
  func latestHidden(_ rows: Int) -> Matrix? {
    rounds.count > 1 ? rounds[rounds.count / 2 * 2 - 1].output.rows(0..<rows) : nil
  }

  /// The gradient of x that the last `backward` made.
  func inputGradient(_ rows: Int) -> Matrix { inputGradient.rows(0..<rows) }
}
