/// A network's parameters, packed once for any number of `InferenceNetwork`s.
package struct InferenceWeights: Sendable {
  /// A layer's weights.
  struct Layer: Sendable {
    /// nil for layer 0 with a table.
    let input: PackedWeight?
    let recurrent: PackedWeight
    /// Of a Mogrifier LSTM.
    let mogrifier: MogrifierWeights?
    let vectors: LayerVectors
    /// With layer normalization.
    let norm: NormVectors?
  }

  package let configuration: NetworkConfiguration
  package let precision: InferencePrecision
  let layers: [Layer]
  /// [V, gates]: layer 0's input weight times the encoder, or the weight alone where the input is one-hot, bias
  /// included, so that a look-up replaces a product.
  let table: Matrix?
  /// [V, E]; nil where the input is one-hot.
  let encoder: RawTensor?
  let output: InferenceOutput

  /// The largest vocabulary with a table: making it costs as much as the first layer's products of so many tokens.
  static let largestTable = 256

  /// - Parameters:
  ///   - precision: of the recurrent layers' and the decoder's weight matrices; not int8 for a cell whose hidden state
  ///     has no bound. What is looked up stays exact: the encoder's rows, those that tied weights share with the decoder
  ///     too, and the weight of a one-hot input.
  ///   - tensors: the parameters by name, of the shapes that `ParameterStore.shapes` says.
  package init(
    _ configuration: NetworkConfiguration, _ tensors: [String: RawTensor],
    precision: InferencePrecision = .f32,
    _ gang: ThreadGang
  ) {
    precondition(
      precision != .int8 || configuration.cell.hasBoundedState, "int8 needs a bounded hidden state")
    self.configuration = configuration
    self.precision = precision
    let v = configuration.vocabularySize, e = configuration.embeddingSize
    func tensor(_ name: String) -> RawTensor {
      guard let tensor = tensors[name] else { preconditionFailure("no tensor \(name)") }
      return tensor
    }
    let encoder = configuration.oneHot ? nil : tensor("encoder.weight")
    var table: Matrix?
    layers = (0..<configuration.layerCount).map { layer in
      let h = configuration.hiddenSize(ofLayer: layer)
      let map = RowMap.cell(configuration.cell, hiddenSize: h)
      let vectors = LayerVectors(cell: configuration.cell, hiddenSize: h)
      let peepholes = configuration.cell == .peephole ? tensor("rnn.weight_peephole_l\(layer)").floats : nil
      vectors.pack(
        tensor("rnn.bias_ih_l\(layer)").floats, tensor("rnn.bias_hh_l\(layer)").floats, peepholes: peepholes,
        gang)
      let norm = configuration.layerNorm ? NormVectors(cell: configuration.cell, hiddenSize: h) : nil
      norm?.pack(NormNames(cell: configuration.cell, layer: layer), gang) { tensor($0).floats }
      // A table of normalized products: the bias comes after them.
      let bias = norm == nil ? vectors.bias : Buffer(count: map.columns)
      let inputWeight = tensor("rnn.weight_ih_l\(layer)")
      var input: PackedWeight?
      if layer == 0, configuration.oneHot {
        let columns = Matrix(rows: v, columns: map.columns)
        gang.oneHotTable(inputWeight.floats, bias: bias, map: map, into: columns)
        table = columns
      } else {
        input = PackedWeight(
          inputWeight, map: map, columns: configuration.inputSize(ofLayer: layer),
          precision: Self.inputPrecision(configuration, layer: layer, precision), gang)
      }
      if layer == 0, v <= Self.largestTable, !configuration.cell.hasRounds, let weight = input, let encoder {
        let products = Matrix(rows: v, columns: map.columns)
        let rows = Matrix(buffer: encoder.floats, rows: v, columns: e, stride: e)
        gang.product(rows, weight, bias: bias, into: products)
        table = products
        input = nil
      }
      if layer == 0, let table, let norm {
        gang.layerNorm(table, map: map, gain: norm.input, bias: vectors.bias)
      }
      let recurrentPrecision = Self.recurrentPrecision(configuration, precision)
      let recurrent = PackedWeight(
        tensor("rnn.weight_hh_l\(layer)"), map: map, columns: h, precision: recurrentPrecision, gang)
      let rounds = configuration.rounds(ofLayer: layer)
      return Layer(
        input: input, recurrent: recurrent,
        mogrifier: rounds.isEmpty
          ? nil : MogrifierWeights(rounds, precision: recurrentPrecision, gang, tensor: tensor),
        vectors: vectors, norm: norm)
    }
    self.table = table
    self.encoder = encoder
    output = InferenceOutput(configuration, precision: precision, gang, tensor: tensor)
  }

  /// int8 is for hidden states between −1 and 1; the rounds of a Mogrifier LSTM make them larger, and what multiplies those
  /// is f16.
  private static func recurrentPrecision(
    _ configuration: NetworkConfiguration, _ precision: InferencePrecision
  ) -> InferencePrecision {
    precision == .int8 && configuration.cell.hasRounds ? .f16 : precision
  }

  /// Layer 0 multiplies embeddings, and is f32 at int8; sums of hidden states have no bound, and what multiplies them is
  /// f16, as it is after rounds.
  private static func inputPrecision(
    _ configuration: NetworkConfiguration, layer: Int, _ precision: InferencePrecision
  ) -> InferencePrecision {
    guard precision == .int8, !configuration.cell.hasRounds else {
      return recurrentPrecision(configuration, precision)
    }
    return layer == 0 ? .f32 : configuration.hasBoundedOutput(ofLayer: layer - 1) ? .int8 : .f16
  }
}
