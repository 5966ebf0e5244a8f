/// From token ids to the first layer's pre-activations and back: the encoder (an embedding) and what joins it to the
/// recurrence.
///
/// Where the vocabulary is smaller than a window and nothing is dropped on the way, the encoder and the first layer's
/// input weight together are one table [V, gates], made once for each set of parameters, and look-ups replace the
/// layer's input product; the chains of additions, and so the results, are the same. Without an encoder, where the input
/// is one-hot, the weight itself is that table.
struct InputStage: Sendable {
  /// The window's tokens [T·B].
  let ids: Buffer<Int32>
  private let path: Path

  private enum Path {
    /// A look-up in place of the encoder and the product after it.
    case table(Table, Encoder)
    /// Embedded tokens [T·B, E] and room for their gradient; none where the layer has a place of its own.
    case rows(Matrix, gradient: Matrix, Encoder, EmbeddingDropout)
    case oneHot(Table)
  }

  /// [V, gates] each.
  private struct Table {
    let values: Matrix
    let gradient: Matrix

    init(_ configuration: NetworkConfiguration) {
      let columns = RowMap.cell(configuration.cell, hiddenSize: configuration.hiddenSize(ofLayer: 0)).columns
      values = Matrix(rows: configuration.vocabularySize, columns: columns)
      gradient = Matrix(rows: configuration.vocabularySize, columns: columns)
    }
  }

  private struct Encoder {
    /// The parameter.
    let weight: Matrix
    /// It and its gradient with rows padded to whole vectors, for the table alone.
    let padded: Matrix
    let paddedGradient: Matrix
    let allIDs: Buffer<Int32>

    init(_ configuration: NetworkConfiguration, parameters: ParameterStore, hasTable: Bool) {
      let v = configuration.vocabularySize, e = configuration.embeddingSize
      weight = Matrix(buffer: parameters["encoder.weight"], rows: v, columns: e, stride: e)
      padded = Matrix(rows: hasTable ? v : 0, columns: e)
      paddedGradient = Matrix(rows: hasTable ? v : 0, columns: e)
      allIDs = Buffer(count: hasTable ? v : 0)
      for id in 0..<allIDs.count { allIDs[id] = Int32(id) }
    }

    func gradient(_ parameters: ParameterStore, _ gradients: Buffer<Float>) -> Matrix {
      Matrix(
        buffer: gradients[parameters.slice("encoder.weight").range], rows: weight.rows,
        columns: weight.columns, stride: weight.stride)
    }
  }

  init(_ configuration: NetworkConfiguration, parameters: ParameterStore, maximumRows: Int) {
    ids = Buffer(count: maximumRows)
    let hasTable = Self.usesTable(configuration, maximumRows: maximumRows)
    if configuration.oneHot {
      path = .oneHot(Table(configuration))
      return
    }
    let encoder = Encoder(configuration, parameters: parameters, hasTable: hasTable)
    path =
      hasTable
      ? .table(Table(configuration), encoder)
      : .rows(
        Matrix(rows: maximumRows, columns: configuration.embeddingSize),
        gradient: Matrix(
          rows: configuration.cell.hasRounds ? 0 : maximumRows, columns: configuration.embeddingSize),
        encoder, EmbeddingDropout(probability: configuration.embeddingDropout, rows: maximumRows))
  }

  static func usesTable(_ configuration: NetworkConfiguration, maximumRows: Int) -> Bool {
    configuration.oneHot
      || configuration.vocabularySize < maximumRows && configuration.inputDropout == 0
        && configuration.embeddingDropout == 0 && !configuration.cell.hasRounds
  }

  /// Makes the table anew, after the layer's biases have been added up.
  func prepare(_ layer: RecurrentLayer, _ parameters: ParameterStore, _ gang: ThreadGang) {
    switch path {
    case .rows: return
    case .table(let table, let encoder):
      layer.projectInput(encoder.weight, into: table.values, parameters: parameters, gang)
      gang.gather(encoder.weight, ids: encoder.allIDs, into: encoder.padded)
    case .oneHot(let table):
      layer.tabulateInput(into: table.values, parameters: parameters, gang)
    }
  }

  /// The table for the layer to look its pre-activations up in; nil when they have been written to its gates instead.
  func forward(
    rows: Int, batch: Int, layer: RecurrentLayer, dropout: Dropout, key: DropoutKey?,
    parameters: ParameterStore,
    _ gang: ThreadGang
  ) -> LayerInput {
    switch path {
    case .table(let table, _), .oneHot(let table): return .table(table.values, ids: ids[0..<rows])
    case .rows(let embedded, _, let encoder, let embeddingDropout):
      let input = embedded.rows(0..<rows), ids = ids[0..<rows]
      gang.gather(
        encoder.weight, ids: ids, factors: embeddingDropout.draw(for: ids, key: key), into: input)
      return .rows(dropout.forward(input, batch: batch, key: key, gang))
    }
  }

  /// Makes the gradient of the first layer's input weight and adds that of the encoder.
  func backward(
    _ gateGradients: Matrix, batch: Int, layer: RecurrentLayer, dropout: Dropout, parameters: ParameterStore,
    gradients: Buffer<Float>, scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    let rows = gateGradients.rows, ids = ids[0..<rows]
    switch path {
    case .table(let table, let encoder):
      addUp(gateGradients, into: table, gang)
      layer.inputWeightGradient(
        table.gradient, encoder.padded, parameters: parameters, gradients: gradients, scratch: scratch, gang)
      let gradient = layer.inputGradient(
        table.gradient, into: encoder.paddedGradient, parameters: parameters, gang)
      gang.scatterAdd(
        gradient, ids: encoder.allIDs, into: encoder.gradient(parameters, gradients))
    case .rows(let embedded, let gradient, let encoder, let embeddingDropout):
      layer.inputWeightGradient(
        gateGradients, dropout.latest(embedded.rows(0..<rows)), parameters: parameters, gradients: gradients,
        scratch: scratch, gang)
      let own = layer.inputGradient(gateGradients, into: gradient, parameters: parameters, gang)
      dropout.backward(own, batch: batch, gang)
      gang.scatterAdd(
        own, ids: ids, factors: embeddingDropout.latest(rows), into: encoder.gradient(parameters, gradients))
    case .oneHot(let table):
      addUp(gateGradients, into: table, gang)
      layer.inputWeightGradient(
        ofTable: table.gradient, parameters: parameters, gradients: gradients, scratch: scratch, gang)
    }
  }

  /// The gradient of the table: the sums of the rows' by token.
  private func addUp(_ gateGradients: Matrix, into table: Table, _ gang: ThreadGang) {
    table.gradient.buffer.fill(0)
    gang.scatterAdd(gateGradients, ids: ids[0..<gateGradients.rows], into: table.gradient)
  }
}
