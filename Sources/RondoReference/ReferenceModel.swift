/// A language model: encoder (a table of vectors), recurrent layers, decoder (a linear layer).
///
/// Given a token it says how likely each token of the vocabulary is to come next, from the token and from a state
/// that sums up all tokens before it (Mikolov et al. 2010, doi:10.21437/Interspeech.2010-343; with LSTM layers and
/// dropout as in Zaremba, Sutskever & Vinyals 2014, arXiv:1409.2329).
package struct ReferenceModel<Scalar: ReferenceScalar>: Sendable {
  /// Parameters, or gradients, by name.
  package typealias Tensors = [String: ReferenceMatrix<Scalar>]

  /// The sizes.
  package let configuration: ReferenceConfiguration

  /// Every parameter by its name; vectors are matrices of one row.
  package private(set) var parameters: Tensors

  /// The names of the parameters of a model with this configuration and their shapes, in order.
  package static func parameterNames(_ configuration: ReferenceConfiguration)
    -> [(name: String, shape: [Int])]
  {
    configuration.parameterShapes
  }

  /// Creates a model from the values of its parameters.
  ///
  /// - Parameter values: The elements of each parameter, row after row, by name.
  /// - Precondition: `values` has each name of ``ReferenceConfiguration/parameterShapes`` with as many elements as
  ///   its shape says, and no other name.
  package init(configuration: ReferenceConfiguration, values: [String: [Scalar]]) {
    let shapes = configuration.parameterShapes
    precondition(values.count == shapes.count, "\(values.count) parameters where \(shapes.count) are needed")
    self.configuration = configuration
    self.parameters = [:]
    for (name, shape) in shapes {
      guard let elements = values[name] else { preconditionFailure("no parameter \(name)") }
      let rows = shape.count == 1 ? 1 : shape[0]
      parameters[name] = ReferenceMatrix(rows: rows, columns: shape[shape.count - 1], elements: elements)
    }
  }

  /// Creates a model whose parameters are drawn uniformly from −`bound` to `bound`, in the order of their names.
  package init(
    configuration: ReferenceConfiguration, bound: Scalar, using generator: inout some RandomNumberGenerator
  ) {
    var values: [String: [Scalar]] = [:]
    for (name, shape) in configuration.parameterShapes {
      values[name] = (0..<shape.reduce(1, *)).map { _ in Scalar.random(in: -bound...bound, using: &generator)
      }
    }
    self.init(configuration: configuration, values: values)
  }

  /// The parameter with a name.
  ///
  /// - Precondition: There is one, and a new value has the shape of the old one.
  package subscript(name: String) -> ReferenceMatrix<Scalar> {
    get {
      guard let parameter = parameters[name] else { preconditionFailure("no parameter \(name)") }
      return parameter
    }
    set {
      precondition(
        self[name].rows == newValue.rows && self[name].columns == newValue.columns,
        "the shape of \(name) is fixed")
      parameters[name] = newValue
    }
  }

  /// The name of the matrix that the decoder uses, `[V, H]`, or `[V, E]` after a projection: its own, or the encoder's.
  var decoderName: String { configuration.tied ? "encoder.weight" : "decoder.weight" }

  /// Recurrent layer `index` with its weights, the recurrent ones multiplied by a mask where there is one.
  func layer(_ index: Int, weightMask: [Scalar]? = nil) -> ReferenceLayer<Scalar> {
    ReferenceLayer(
      kind: configuration.cell, inputWeights: self["rnn.weight_ih_l\(index)"],
      recurrentWeights: self["rnn.weight_hh_l\(index)"].masked(by: weightMask),
      inputBias: self["rnn.bias_ih_l\(index)"], recurrentBias: self["rnn.bias_hh_l\(index)"],
      peepholes: parameters["rnn.weight_peephole_l\(index)"], norms: norms(index),
      mogrifier: configuration.cell == .mogrifier
        ? ReferenceMogrifier(
          rounds: configuration.mogrifierShapes(ofLayer: index).map { $0.map { self[$0.name] } }) : nil)
  }

  private func norms(_ index: Int) -> ReferenceLayer<Scalar>.Norms? {
    guard configuration.layerNorm else { return nil }
    return ReferenceLayer.Norms(
      input: ReferenceLayerNorm(gain: self["rnn.norm_ih_weight_l\(index)"]),
      recurrent: ReferenceLayerNorm(gain: self["rnn.norm_hh_weight_l\(index)"]),
      cell: parameters["rnn.norm_cell_weight_l\(index)"].map {
        ReferenceLayerNorm(gain: $0, bias: self["rnn.norm_cell_bias_l\(index)"])
      })
  }
}

/// The recurrent state: all that the model remembers of the tokens it has seen.
package struct ReferenceState<Scalar: ReferenceScalar>: Equatable, Sendable {
  /// h of each layer, `[B, H]`.
  package var hidden: [ReferenceMatrix<Scalar>]
  /// c of each layer, `[B, H]`; `[B, 0]` where the cell has none.
  package var cell: [ReferenceMatrix<Scalar>]

  /// Creates a state from the h and the c of each layer.
  package init(hidden: [ReferenceMatrix<Scalar>], cell: [ReferenceMatrix<Scalar>]) {
    self.hidden = hidden
    self.cell = cell
  }

  /// The state before the first token: zeros.
  package init(zerosFor configuration: ReferenceConfiguration, batchSize: Int) {
    let sizes = (0..<configuration.layerCount).map(configuration.hiddenSize(ofLayer:))
    let cellSizes = configuration.cell.hasCellState ? sizes : sizes.map { _ in 0 }
    self.init(
      hidden: sizes.map { ReferenceMatrix(rows: batchSize, columns: $0) },
      cell: cellSizes.map { ReferenceMatrix(rows: batchSize, columns: $0) })
  }
}

/// Dropout masks: what the vectors on the way up are multiplied by, element by element.
///
/// With dropout at rate p each element of a mask is 0 with probability p and 1 / (1 − p) otherwise. As Zaremba et al.
/// 2014 (arXiv:1409.2329) found, masks belong on the way from layer to layer and not on the way from step to step,
/// where they would wipe out the memory. Here the masks come from outside, already scaled, so that another
/// implementation can be given the same ones: masks that are the same at each step, for example, as Gal & Ghahramani
/// 2016 (arXiv:1512.05287) have them. A place without a mask is left alone.
package struct ReferenceDropoutMasks<Scalar: ReferenceScalar>: Equatable, Sendable {
  /// On the encoder's vectors before layer 0: `[T, B, E]`, flat.
  package var input: [Scalar]?
  /// On the output of layer l before layer l + 1: L − 1 masks `[T, B, H]`, each flat.
  package var betweenLayers: [[Scalar]]?
  /// On the output of the last layer before the decoder: `[T, B, H]`, flat.
  package var output: [Scalar]?
  /// On the encoder: a factor for each token, `[V]`. A token that is dropped is dropped wherever the window has it
  /// (Gal & Ghahramani 2016, arXiv:1512.05287).
  package var encoder: [Scalar]?
  /// On the recurrent weights of each layer: L masks of U's shape, each flat, the same for all steps of a window
  /// (Merity, Keskar & Socher 2018, arXiv:1708.02182).
  package var recurrentWeights: [[Scalar]]?

  /// Creates masks for the places that have dropout.
  package init(
    input: [Scalar]? = nil, betweenLayers: [[Scalar]]? = nil, output: [Scalar]? = nil,
    encoder: [Scalar]? = nil,
    recurrentWeights: [[Scalar]]? = nil
  ) {
    self.input = input
    self.betweenLayers = betweenLayers
    self.output = output
    self.encoder = encoder
    self.recurrentWeights = recurrentWeights
  }
}
