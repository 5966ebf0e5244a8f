/// From token ids to the first layer's pre-activations and back: the encoder (an embedding) and what joins it to the
/// recurrence.
///
/// Where the vocabulary is smaller than a window and nothing is dropped on the way, the encoder and the first layer's
/// input weight together are one table [V, gates], made once for each set of parameters, and look-ups replace the
/// layer's input product; the chains of additions, and so the results, are the same.
struct InputStage: Sendable {
  /// The window's tokens [T·B].
  let ids: Buffer<Int32>
  private let weight: Matrix
  private let path: Path

  private enum Path {
    case table(Table)
    /// Embedded tokens [T·B, E] and their gradient.
    case rows(Matrix, gradient: Matrix)
  }

  private struct Table {
    let values: Matrix
    let gradient: Matrix
    /// The encoder's weight with rows padded to whole vectors, and its gradient.
    let encoder: Matrix
    let encoderGradient: Matrix
    let allIDs: Buffer<Int32>
  }

  init(_ configuration: NetworkConfiguration, parameters: ParameterStore, maximumRows: Int) {
    let v = configuration.vocabularySize, e = configuration.embeddingSize
    ids = Buffer(count: maximumRows)
    weight = Matrix(buffer: parameters["encoder.weight"], rows: v, columns: e, stride: e)
    if Self.usesTable(configuration, maximumRows: maximumRows) {
      let columns = RowMap.lstm(hiddenSize: configuration.hiddenSize).columns
      let allIDs = Buffer<Int32>(count: v)
      for id in 0..<v { allIDs[id] = Int32(id) }
      path = .table(
        Table(
          values: Matrix(rows: v, columns: columns), gradient: Matrix(rows: v, columns: columns),
          encoder: Matrix(rows: v, columns: e),
          encoderGradient: Matrix(rows: v, columns: e),
          allIDs: allIDs))
    } else {
      path = .rows(
        Matrix(rows: maximumRows, columns: e), gradient: Matrix(rows: maximumRows, columns: e))
    }
  }

  static func usesTable(_ configuration: NetworkConfiguration, maximumRows: Int) -> Bool {
    configuration.vocabularySize < maximumRows && configuration.inputDropout == 0
  }

  /// Makes the table anew, after the layer's biases have been added up.
  func prepare(_ layer: LSTMLayer, _ parameters: ParameterStore, _ gang: ThreadGang) {
    guard case .table(let table) = path else { return }
    layer.projectInput(weight, into: table.values, parameters: parameters, gang)
    gang.gather(weight, ids: table.allIDs, into: table.encoder)
  }

  /// The table for the layer to look its pre-activations up in; nil when they have been written to its gates instead.
  func forward(
    rows: Int, batch: Int, layer: LSTMLayer, dropout: Dropout, key: DropoutKey?, parameters: ParameterStore,
    _ gang: ThreadGang
  ) -> Matrix? {
    switch path {
    case .table(let table): return table.values
    case .rows(let embedded, _):
      let input = embedded.rows(0..<rows)
      gang.gather(weight, ids: ids[0..<rows], into: input)
      layer.projectInput(
        dropout.forward(input, batch: batch, key: key, gang), into: layer.gates.rows(0..<rows),
        parameters: parameters, gang)
      return nil
    }
  }

  /// Makes the gradient of the first layer's input weight and adds that of the encoder.
  func backward(
    _ gateGradients: Matrix, batch: Int, layer: LSTMLayer, dropout: Dropout, parameters: ParameterStore,
    gradients: Buffer<Float>, scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    let encoderGradient = Matrix(
      buffer: gradients[parameters.slice("encoder.weight").range], rows: weight.rows, columns: weight.columns,
      stride: weight.stride)
    let rows = gateGradients.rows
    switch path {
    case .table(let table):
      table.gradient.buffer.fill(0)
      gang.scatterAdd(gateGradients, ids: ids[0..<rows], into: table.gradient)
      layer.inputWeightGradient(
        table.gradient, table.encoder, parameters: parameters, gradients: gradients, scratch: scratch, gang)
      layer.inputGradient(table.gradient, into: table.encoderGradient, parameters: parameters, gang)
      gang.scatterAdd(table.encoderGradient, ids: table.allIDs, into: encoderGradient)
    case .rows(let embedded, let gradient):
      layer.inputWeightGradient(
        gateGradients, dropout.latest(embedded.rows(0..<rows)), parameters: parameters, gradients: gradients,
        scratch: scratch, gang)
      let own = gradient.rows(0..<rows)
      layer.inputGradient(gateGradients, into: own, parameters: parameters, gang)
      dropout.backward(own, batch: batch, gang)
      gang.scatterAdd(own, ids: ids[0..<rows], into: encoderGradient)
    }
  }
}
