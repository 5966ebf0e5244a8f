/// What stands after the top layer when reading and scoring: its weights, packed once.
struct InferenceOutput: Sendable {
  /// A linear layer's packed weight, and its bias or zeros.
  struct Packed: PackedLinear {
    let weight: PackedWeight
    let bias: Buffer<Float>

    /// - Parameter padding: what the columns after the weight's rows get.
    init(
      _ weight: RawTensor, bias: RawTensor?, rows: Int, inputs: Int, padding: Float,
      precision: InferencePrecision, _ gang: ThreadGang
    ) {
      let map = RowMap.plain(rows)
      self.weight = PackedWeight(weight, map: map, columns: inputs, precision: precision, gang)
      self.bias = Buffer(count: map.columns)
      gang.packBias(bias?.floats ?? Buffer(count: rows), nil, map: map, padding: padding, into: self.bias)
    }

    func apply(_ input: Matrix, into output: Matrix, _ gang: ThreadGang) {
      gang.product(input, weight, bias: bias, into: output)
    }
  }

  enum Decoder {
    case full(Packed)
    case adaptive(AdaptiveWeights<Packed>)
  }

  /// [E, H]
  let projection: Packed?
  let decoder: Decoder

  /// - Parameter precision: of the weights. Here int8 is for the one product of a full softmax without a projection, which
  ///   the layers' kernel makes of hidden states that are bytes already; a projected or reduced vector, or a sum of
  ///   hidden states, is not between -1 and 1 as a hidden state is. Otherwise it is f16.
  init(
    _ configuration: NetworkConfiguration, precision: InferencePrecision, _ gang: ThreadGang,
    tensor: (String) -> RawTensor
  ) {
    let isOneProduct = !configuration.projection && configuration.cutoffs.isEmpty
    let isBounded = isOneProduct && configuration.hasBoundedOutput(ofLayer: configuration.layerCount - 1)
    let own = !isBounded && precision == .int8 ? .f16 : precision
    projection =
      configuration.projection
      ? Packed(
        tensor(Projection.weightName), bias: nil, rows: configuration.embeddingSize,
        inputs: configuration.outputSize, padding: 0, precision: own, gang) : nil
    guard configuration.cutoffs.isEmpty else {
      decoder = .adaptive(
        AdaptiveWeights(configuration) { layer, isScore in
          let rows = layer.rows
          return Packed(
            tensor(layer.weight).elements(rows.lowerBound * layer.inputs..<rows.upperBound * layer.inputs),
            bias: layer.bias.map { tensor($0).elements(rows) }, rows: rows.count, inputs: layer.inputs,
            padding: isScore ? -.infinity : 0, precision: own, gang)
        })
      return
    }
    decoder = .full(
      Packed(
        tensor(configuration.tied ? "encoder.weight" : "decoder.weight"), bias: tensor("decoder.bias"),
        rows: configuration.vocabularySize, inputs: configuration.decoderInputSize, padding: -.infinity,
        precision: own, gang))
  }

  /// The decoder, where that is all there is: then the kernel that runs the layers makes the logits too.
  var oneProduct: Packed? {
    guard projection == nil, case .full(let decoder) = decoder else { return nil }
    return decoder
  }
}

/// The memory of an `InferenceOutput` that is more than one product, for windows of up to R rows.
struct InferenceOutputStage: Sendable {
  private let output: InferenceOutput
  /// [R, E]
  private let projected: Matrix
  private let workspace: AdaptiveWorkspace?

  init(_ output: InferenceOutput, _ configuration: NetworkConfiguration, maximumRows: Int) {
    self.output = output
    projected = Matrix(
      rows: output.projection == nil ? 0 : maximumRows, columns: configuration.embeddingSize)
    workspace =
      configuration.cutoffs.isEmpty ? nil : AdaptiveWorkspace(configuration, maximumRows: maximumRows)
  }

  private func project(_ hidden: Matrix, _ gang: ThreadGang) -> Matrix {
    guard let projection = output.projection else { return hidden }
    let result = projected.rows(0..<hidden.rows)
    projection.apply(hidden, into: result, gang)
    return result
  }

  /// The logits of hidden states [R, H]; of an adaptive softmax the logarithms of the probabilities.
  func logits(of hidden: Matrix, into logits: Matrix, _ gang: ThreadGang) {
    let input = project(hidden, gang)
    switch (output.decoder, workspace) {
    case (.full(let decoder), _): decoder.apply(input, into: logits, gang)
    case (.adaptive(let weights), let workspace?):
      weights.logProbabilities(of: input, into: logits, workspace, gang)
    case (.adaptive, nil): preconditionFailure("an adaptive softmax has a workspace")
    }
  }

  /// Writes the losses of targets after hidden states [R, H], by an adaptive softmax.
  func score(_ hidden: Matrix, targets: Buffer<Int32>, losses: Buffer<Double>, _ gang: ThreadGang) {
    guard case .adaptive(let weights) = output.decoder, let workspace else {
      preconditionFailure("a full softmax has logits")
    }
    weights.evaluate(project(hidden, gang), targets: targets, losses: losses, workspace, gang)
  }
}
