import RondoNN

/// The sizes of a language model.
public struct ModelConfiguration: Sendable, Equatable {
  /// The recurrent cell.
  public typealias Cell = RondoNN.CellKind

  /// How the probabilities of the vocabulary's entries are made.
  public enum Softmax: String, Sendable, CaseIterable {
    /// One softmax over all.
    case full
    /// A softmax over the frequent ones, and clusters of the others (Grave et al. 2016, arXiv:1609.04309).
    case adaptive
  }

  /// The recurrent cell.
  public var cell: Cell
  /// Rounds of a Mogrifier LSTM, 1 ... 64 (Melis, Kočiský & Blunsom 2020, arXiv:1909.01792); nil: 5, and for other cells.
  public var mogrifierRounds: Int?
  /// The rank of a Mogrifier LSTM's matrices, at least 1 and at most the smallest of the embedding and hidden sizes; nil:
  /// full, and for other cells.
  public var mogrifierRank: Int?
  /// Recurrent layers, 1 or more.
  public var layerCount: Int
  /// Units of each recurrent layer, 1 or more.
  public var hiddenSize: Int
  /// Units of the last layer where they are others, as in Merity et al. 2018, arXiv:1708.02182; nil: `hiddenSize`.
  public var lastHiddenSize: Int?
  /// Length of a token's embedding, 1 or more; 0 where the input is one-hot.
  public var embeddingSize: Int
  /// Whether the decoder uses the encoder's weight (Press & Wolf 2017, arXiv:1608.05859). Needs an embedding of the
  /// hidden size, or a projection.
  public var tied: Bool
  /// Whether tokens enter the first layer as one-hot vectors, without an embedding.
  public var oneHot: Bool
  /// Whether a linear layer without a bias brings the last layer's output from the hidden size to that of an embedding
  /// before the decoder.
  public var projection: Bool
  /// Whether each layer above the first adds the output of the layer below to its own (He et al. 2016, arXiv:1512.03385;
  /// Wu et al. 2016, arXiv:1609.08144). Needs two layers.
  public var residual: Bool
  /// Whether the layers have layer normalization (Ba, Kiros & Hinton 2016, arXiv:1607.06450): of W x and of U h′, each over
  /// all gates together, and of what an LSTM shows of its cell state.
  public var layerNorm: Bool
  /// The id of the first entry of each cluster of an adaptive softmax (Grave et al. 2016, arXiv:1609.04309), ascending,
  /// at least 1 and less than the vocabulary's size; none: the full softmax.
  public var cutoffs: [Int]
  /// Dropout on the first layer's input, 0 ..< 1 (all three places: Zaremba et al. 2014, arXiv:1409.2329).
  public var inputDropout: Double
  /// Dropout between layers, 0 ..< 1.
  public var dropout: Double
  /// Dropout before the decoder, 0 ..< 1.
  public var outputDropout: Double
  /// Whether these three have one mask for all time steps of a window (Gal & Ghahramani 2016, arXiv:1512.05287).
  public var lockedDropout: Bool
  /// Dropout of whole embeddings, 0 ..< 1: a token that is dropped is dropped wherever the window has it.
  public var embeddingDropout: Double
  /// Dropout of recurrent weights, 0 ..< 1, the same for all steps of a window (Merity et al. 2018,
  /// arXiv:1708.02182).
  public var weightDrop: Double
  /// α: so many times the mean square of the top layer's output, after its dropout, is added to the loss that training
  /// makes small (Merity et al. 2017, arXiv:1708.01009).
  public var activationRegularization: Double
  /// β: so many times the mean square of the changes of the top layer's output, before its dropout, from one time step
  /// to the next (ibid.).
  public var temporalActivationRegularization: Double

  /// A configuration; `validate()` says whether it is possible.
  public init(
    cell: Cell = .lstm, mogrifierRounds: Int? = nil, mogrifierRank: Int? = nil, layerCount: Int,
    hiddenSize: Int, lastHiddenSize: Int? = nil, embeddingSize: Int,
    tied: Bool = false,
    oneHot: Bool = false, projection: Bool = false, residual: Bool = false, layerNorm: Bool = false,
    cutoffs: [Int] = [], inputDropout: Double = 0,
    dropout: Double = 0,
    outputDropout: Double = 0, lockedDropout: Bool = false, embeddingDropout: Double = 0,
    weightDrop: Double = 0,
    activationRegularization: Double = 0, temporalActivationRegularization: Double = 0
  ) {
    self.cell = cell
    self.mogrifierRounds = mogrifierRounds
    self.mogrifierRank = mogrifierRank
    self.layerCount = layerCount
    self.hiddenSize = hiddenSize
    self.lastHiddenSize = lastHiddenSize
    self.embeddingSize = embeddingSize
    self.tied = tied
    self.projection = projection
    self.residual = residual
    self.layerNorm = layerNorm
    self.cutoffs = cutoffs
    self.oneHot = oneHot
    self.inputDropout = inputDropout
    self.dropout = dropout
    self.outputDropout = outputDropout
    self.lockedDropout = lockedDropout
    self.embeddingDropout = embeddingDropout
    self.weightDrop = weightDrop
    self.activationRegularization = activationRegularization
    self.temporalActivationRegularization = temporalActivationRegularization
  }

  /// Checks that such a model can be.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate() throws(ConfigurationError) {
    try require("layers", layerCount, in: 1...64)
    try require("hidden-size", hiddenSize, in: 1...16384)
    if let lastHiddenSize {
      try require("last-hidden-size", lastHiddenSize, in: 1...16384)
      guard layerCount > 1 else {
        throw ConfigurationError("last-hidden-size needs two layers: of one it is hidden-size")
      }
    }
    try require("embedding-size", embeddingSize, in: oneHot ? 0...0 : 1...16384)
    for (name, value) in [
      ("dropout-input", inputDropout), ("dropout", dropout), ("dropout-output", outputDropout),
      ("dropout-embedding", embeddingDropout), ("weight-drop", weightDrop),
    ] {
      // What the kernels get is less precise, and must be less than 1 as well.
      guard value >= 0, Float(value) < 1 else {
        throw ConfigurationError("\(name) is \(value): it must be at least 0 and less than 1")
      }
    }
    for (name, value) in [
      ("activation-regularization", activationRegularization),
      ("temporal-activation-regularization", temporalActivationRegularization),
    ] {
      guard value >= 0, Float(value).isFinite else {
        throw ConfigurationError("\(name) is \(value): it must be 0 or more")
      }
    }
    guard !oneHot || !tied && inputDropout == 0 && embeddingDropout == 0 else {
      throw ConfigurationError(
        "one-hot input has no embedding that could be tied or dropped: leave out tied, dropout-input and dropout-embedding"
      )
    }
    guard !oneHot || !projection else {
      throw ConfigurationError("one-hot input has no embedding to project to: leave out projection")
    }
    guard !tied || projection || embeddingSize == outputSize else {
      throw ConfigurationError(
        "tied weights need a projection, or an embedding size equal to the hidden size: these are \(embeddingSize) and "
          + "\(outputSize)")
    }
    guard !residual || layerCount > 1 else {
      throw ConfigurationError("residual connects layers, and layers is 1: it must be at least 2")
    }
    guard !residual || outputSize == hiddenSize else {
      throw ConfigurationError("residual adds outputs of one size: leave out last-hidden-size")
    }
    guard !layerNorm || !cell.hasRounds else {
      throw ConfigurationError("layer-norm is for cells without rounds: mogrifier has them")
    }
    try validateRounds()
    try validateCutoffs()
  }

  /// Rounds, should the cell have them.
  package var rounds: Int { mogrifierRounds ?? NetworkConfiguration.usualMogrifierRounds }

  /// Units of the last layer.
  package var outputSize: Int { lastHiddenSize ?? hiddenSize }

  /// Numbers of a stream's state.
  package var stateSize: Int { cell.stateCount * ((layerCount - 1) * hiddenSize + outputSize) }

  /// Checks that such a model can be with so many entries in the vocabulary.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate(vocabularySize: Int) throws(ConfigurationError) {
    try validate()
    guard let last = cutoffs.last else { return }
    guard last < vocabularySize else {
      throw ConfigurationError(
        "the last of the cutoffs is \(last): it must be less than the \(vocabularySize) entries of the vocabulary"
      )
    }
  }

  private func validateRounds() throws(ConfigurationError) {
    guard cell.hasRounds else {
      guard mogrifierRounds == nil, mogrifierRank == nil else {
        throw ConfigurationError(
          "mogrifier-rounds and mogrifier-rank are for the cell mogrifier, and this one is \(cell.rawValue)")
      }
      return
    }
    guard !oneHot else {
      throw ConfigurationError(
        "one-hot input has no embedding that the rounds of mogrifier could change: leave it out, or take another cell"
      )
    }
    try require("mogrifier-rounds", rounds, in: 1...64)
    let smallest = min(embeddingSize, layerCount > 1 ? hiddenSize : outputSize, outputSize)
    if let mogrifierRank, mogrifierRank < 1 || mogrifierRank > smallest {
      throw ConfigurationError(
        "mogrifier-rank is \(mogrifierRank): it must be at least 1 and at most \(smallest), the smallest of the "
          + "embedding and hidden sizes")
    }
  }

  private func validateCutoffs() throws(ConfigurationError) {
    guard let first = cutoffs.first else { return }
    let text = cutoffs.map(String.init).joined(separator: ",")
    guard first >= 1, zip(cutoffs, cutoffs.dropFirst()).allSatisfy({ $0 < $1 }), cutoffs.count <= 7 else {
      throw ConfigurationError("cutoffs is \(text): there must be at most 7, from 1 on and ascending")
    }
    let size = projection ? embeddingSize : outputSize
    guard tied || size >> (2 * cutoffs.count) >= 1 else {
      throw ConfigurationError(
        "cutoffs is \(text): each cluster has vectors of a quarter of the one before it, and \(size) numbers are too few "
          + "for \(cutoffs.count)")
    }
  }

  package func network(vocabularySize: Int) -> NetworkConfiguration {
    NetworkConfiguration(
      vocabularySize: vocabularySize, embeddingSize: oneHot ? vocabularySize : embeddingSize,
      hiddenSize: hiddenSize, lastHiddenSize: lastHiddenSize, layerCount: layerCount, cell: cell,
      mogrifierRounds: rounds, mogrifierRank: mogrifierRank, tied: tied, oneHot: oneHot,
      projection: projection, residual: residual, layerNorm: layerNorm, cutoffs: cutoffs,
      inputDropout: Float(inputDropout), dropout: Float(dropout), outputDropout: Float(outputDropout),
      lockedDropout: lockedDropout, embeddingDropout: Float(embeddingDropout), weightDrop: Float(weightDrop),
      activationRegularization: Float(activationRegularization),
      temporalActivationRegularization: Float(temporalActivationRegularization))
  }
}

/// A setting that cannot be.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// One line: which setting, its value, what it may be.
  public let description: String

  init(_ description: String) { self.description = description }
}

func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(ConfigurationError) {
  guard range.contains(value) else {
    let bound = value < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
    throw ConfigurationError("\(name) is \(value): it must be \(bound)")
  }
}

/// For messages, with one decimal, rounded down.
func gigabytes(_ bytes: Int) -> String {
  let tenths = bytes / 100_000_000
  return "\(tenths / 10).\(tenths % 10) GB"
}

/// Refuses what takes more memory than this machine has: the system would end the process, at the start or in the middle.
///
/// - Parameter setting: which one, and what it is.
/// - Throws: `ConfigurationError`.
func requireMemory(for setting: String, _ byteCount: Int) throws(ConfigurationError) {
  let available = FileReading.memoryByteCount
  guard byteCount > available else { return }
  throw ConfigurationError(
    "\(setting): that needs \(gigabytes(byteCount)) of memory, but this machine has \(gigabytes(available))")
}
