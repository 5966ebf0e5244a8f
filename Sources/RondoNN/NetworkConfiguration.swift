/// The sizes of a network, and what is dropped and penalized while it is trained.
package struct NetworkConfiguration: Sendable, Equatable {
  package var vocabularySize: Int
  package var embeddingSize: Int
  package var hiddenSize: Int
  /// The units of the last layer, where they are others; nil: as many.
  package var lastHiddenSize: Int?
  package var layerCount: Int
  package var cell: CellKind
  /// The rounds of a Mogrifier LSTM, at least 1, and the rank of their matrices, nil where it is full.
  package var mogrifierRounds: Int
  package var mogrifierRank: Int?
  /// The decoder uses the encoder's weight (Press & Wolf 2017, arXiv:1608.05859); needs embedding = hidden size, or a
  /// projection.
  package var tied: Bool
  /// Tokens enter as one-hot vectors: layer 0's input weight is [gates, V], and there is no encoder. The embedding size
  /// then is V.
  package var oneHot: Bool
  /// The top layer's output is brought from H to E numbers before the decoder.
  package var projection: Bool
  /// Layers above the first add the output of the layer below to their own.
  package var residual: Bool
  /// Layers normalize W x, U h′ and what h shows of c (Ba, Kiros & Hinton 2016, arXiv:1607.06450).
  package var layerNorm: Bool
  /// The first token of each cluster of an adaptive softmax (Grave et al. 2016, arXiv:1609.04309), ascending, above 0 and
  /// below V; those before the first are the head's. None: the full softmax.
  package var cutoffs: [Int]
  /// Dropout on layer 0's input, between layers, before the decoder (Zaremba et al. 2014, arXiv:1409.2329).
  package var inputDropout: Float
  package var dropout: Float
  package var outputDropout: Float
  /// Whether these three have one mask for all steps of a window.
  package var lockedDropout: Bool
  /// Dropout of whole rows of the encoder.
  package var embeddingDropout: Float
  /// Dropout of recurrent weights.
  package var weightDrop: Float
  /// α and β of Merity et al. 2017, arXiv:1708.01009: to the loss are added α times the mean square of the top layer's
  /// output after its dropout, and β times that of its output's change from one step to the next, before dropout.
  package var activationRegularization: Float
  package var temporalActivationRegularization: Float

  package init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, lastHiddenSize: Int? = nil, layerCount: Int,
    cell: CellKind = .lstm,
    mogrifierRounds: Int = NetworkConfiguration.usualMogrifierRounds, mogrifierRank: Int? = nil,
    tied: Bool = false, oneHot: Bool = false, projection: Bool = false, residual: Bool = false,
    layerNorm: Bool = false, cutoffs: [Int] = [],
    inputDropout: Float = 0, dropout: Float = 0, outputDropout: Float = 0, lockedDropout: Bool = false,
    embeddingDropout: Float = 0, weightDrop: Float = 0,
    activationRegularization: Float = 0, temporalActivationRegularization: Float = 0
  ) {
    precondition(
      !tied || projection || embeddingSize == lastHiddenSize ?? hiddenSize,
      "tied weights need embedding size = the last layer's, or a projection")
    precondition(
      !oneHot || embeddingSize == vocabularySize && !tied && !projection, "a one-hot vector has V elements")
    precondition(!oneHot || inputDropout == 0 && embeddingDropout == 0, "there is no embedding to drop")
    precondition(!oneHot || !cell.hasRounds, "the vector that a round changes is no one-hot vector after it")
    precondition(mogrifierRounds >= 1 && mogrifierRank ?? 1 >= 1, "at least one round, of rank 1")
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.lastHiddenSize = lastHiddenSize
    precondition(!residual || (lastHiddenSize ?? hiddenSize) == hiddenSize, "what is added up has one size")
    self.layerCount = layerCount
    self.cell = cell
    self.mogrifierRounds = mogrifierRounds
    self.mogrifierRank = mogrifierRank
    self.tied = tied
    self.oneHot = oneHot
    self.projection = projection
    self.residual = residual
    self.layerNorm = layerNorm
    self.cutoffs = cutoffs
    self.inputDropout = inputDropout
    self.dropout = dropout
    self.outputDropout = outputDropout
    self.lockedDropout = lockedDropout
    self.embeddingDropout = embeddingDropout
    self.weightDrop = weightDrop
    self.activationRegularization = activationRegularization
    self.temporalActivationRegularization = temporalActivationRegularization
  }

  /// The length of the vectors that the decoder multiplies: E after a projection, else the last layer's H.
  package var decoderInputSize: Int { projection ? embeddingSize : outputSize }

  /// H of a layer.
  package func hiddenSize(ofLayer layer: Int) -> Int {
    layer == layerCount - 1 ? lastHiddenSize ?? hiddenSize : hiddenSize
  }

  /// H of the last layer.
  package var outputSize: Int { hiddenSize(ofLayer: layerCount - 1) }
}

extension NetworkConfiguration {
  /// The same network where nothing is dropped or penalized.
  package var withoutRegularization: NetworkConfiguration {
    var plain = self
    (plain.inputDropout, plain.dropout, plain.outputDropout) = (0, 0, 0)
    (plain.embeddingDropout, plain.weightDrop, plain.lockedDropout) = (0, 0, false)
    (plain.activationRegularization, plain.temporalActivationRegularization) = (0, 0)
    return plain
  }

  /// The length of the vectors that a layer multiplies; 0 for one-hot vectors, which are looked up.
  func inputSize(ofLayer layer: Int) -> Int {
    layer > 0 ? hiddenSize(ofLayer: layer - 1) : oneHot ? 0 : embeddingSize
  }

  /// Whether the last layer has another size than the one below it.
  var lastLayerDiffers: Bool { layerCount > 1 && outputSize != hiddenSize }

  /// Whether a layer puts out the sum of its hidden state and the output of the layer below.
  func isResidual(layer: Int) -> Bool { residual && layer > 0 }

  /// Whether a layer's output stays between −1 and 1, as the bytes of `InferencePrecision.int8` need it.
  func hasBoundedOutput(ofLayer layer: Int) -> Bool { cell.hasBoundedState && !isResidual(layer: layer) }

  /// The longer of the vectors that a layer multiplies.
  func widestInput(ofLayer layer: Int) -> Int { max(inputSize(ofLayer: layer), hiddenSize(ofLayer: layer)) }

  /// The longest of the vectors that layers multiply.
  var widestInput: Int {
    (0..<layerCount).reduce(cell.hasRounds ? mogrifierRank ?? 0 : 0) { max($0, widestInput(ofLayer: $1)) }
  }
}
