/// The decoder's logits, softmax and cross-entropy, forward and backward in one go, over blocks of rows, so that the
/// [T·B, V] logits never exist whole.
struct FullSoftmax: Sendable {
  let vocabularySize: Int
  let weightName: String

  let forwardPanels: Panels
  let backwardPanels: Panels
  let bias: Buffer<Float>
  /// [block rows, V]
  let logits: Matrix
  let losses: Buffer<Double>

  /// - Parameter shared: memory for the packed weight of the way back, which others use too.
  init(_ configuration: NetworkConfiguration, maximumRows: Int, panels shared: Buffer<Float>) {
    vocabularySize = configuration.vocabularySize
    weightName = configuration.tied ? "encoder.weight" : "decoder.weight"
    let map = RowMap.plain(vocabularySize)
    forwardPanels = Panels(map: map, weightColumns: configuration.decoderInputSize, direction: .forward)
    backwardPanels = Panels(
      map: map, weightColumns: configuration.decoderInputSize, direction: .backward, shared: shared)
    bias = Buffer(count: map.columns)
    logits = Matrix(rows: Self.blockRows(configuration, maximumRows: maximumRows), columns: map.columns)
    losses = Buffer(count: maximumRows)
  }

  /// At least 512 rows, so that a block's products run near peak; more where the vocabulary is small.
  static func blockRows(_ configuration: NetworkConfiguration, maximumRows: Int) -> Int {
    min(maximumRows, max(512, (1 << 20) / RowMap.plain(configuration.vocabularySize).columns))
  }

  func pack(_ parameters: ParameterStore, _ gang: ThreadGang) {
    gang.pack(parameters[weightName], into: forwardPanels)
    // Padding at minus infinity has probability 0.
    gang.packBias(
      parameters["decoder.bias"], nil, map: .plain(vocabularySize), padding: -.infinity, into: bias)
  }

  /// Logits of up to a block of rows, in `self.logits`.
  private func logits(of input: Matrix, _ gang: ThreadGang) -> Matrix {
    let output = logits.rows(0..<input.rows)
    gang.product(input, forwardPanels, bias: bias, into: output)
    return output
  }

  /// The sum of the rows' losses in nats, each row's in `losses`.
  func score(_ input: Matrix, targets: Buffer<Int32>, _ gang: ThreadGang) -> Double {
    forEachBlock(input) { range in
      gang.crossEntropy(
        logits: logits(of: input.rows(range), gang), vocabularySize: vocabularySize, targets: targets[range],
        gradientScale: 0, losses: losses[range])
    }
    return sum(input.rows)
  }

  /// The same, with the gradients of weight and bias (mean over rows) and that of the input.
  func scoreAndBackward(
    _ input: Matrix, targets: Buffer<Int32>, inputGradient: Matrix, parameters: ParameterStore,
    gradients: Buffer<Float>, scratch: Buffer<Float>, _ gang: ThreadGang
  ) -> Double {
    let weight = gradients[parameters.slice(weightName).range]
    let bias = gradients[parameters.slice("decoder.bias").range]
    gang.pack(parameters[weightName], into: backwardPanels)
    forEachBlock(input) { range in
      let block = logits(of: input.rows(range), gang)
      gang.crossEntropy(
        logits: block, vocabularySize: vocabularySize, targets: targets[range],
        gradientScale: 1 / Float(input.rows), losses: losses[range])
      gang.product(block, backwardPanels, into: inputGradient.rows(range))
      gang.outer(
        block, .plain(vocabularySize), input.rows(range), into: weight, columnSums: bias,
        accumulates: range.lowerBound > 0, scratch: scratch)
    }
    return sum(input.rows)
  }

  private func forEachBlock(_ input: Matrix, _ body: (Range<Int>) -> Void) {
    var row = 0
    while row < input.rows {
      let end = min(row + logits.rows, input.rows)
      body(row..<end)
      row = end
    }
  }

  private func sum(_ rows: Int) -> Double {
    var sum = 0.0
    for row in 0..<rows { sum += losses[row] }
    return sum
  }
}
