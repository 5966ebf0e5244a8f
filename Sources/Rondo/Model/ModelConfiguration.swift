import RondoNN

/// The sizes of a language model.
public struct ModelConfiguration: Sendable, Equatable, Codable {
  /// The recurrent cell.
  public enum Cell: String, Sendable, Codable, CaseIterable {
    /// Long short-term memory with forget gates (Gers et al. 2000, doi:10.1162/089976600300015015).
    case lstm
  }

  /// The recurrent cell.
  public var cell: Cell
  /// Recurrent layers, 1 or more.
  public var layerCount: Int
  /// Units of each recurrent layer, 1 or more.
  public var hiddenSize: Int
  /// Length of a token's embedding, 1 or more.
  public var embeddingSize: Int
  /// Whether the decoder uses the encoder's weight (Press & Wolf 2017, arXiv:1608.05859). Needs an embedding of the
  /// hidden size.
  public var tied: Bool
  /// Dropout on the first layer's input, 0 ..< 1 (all three places: Zaremba et al. 2014, arXiv:1409.2329).
  public var inputDropout: Double
  /// Dropout between layers, 0 ..< 1.
  public var dropout: Double
  /// Dropout before the decoder, 0 ..< 1.
  public var outputDropout: Double

  /// A configuration; `validate()` says whether it is possible.
  public init(
    cell: Cell = .lstm, layerCount: Int, hiddenSize: Int, embeddingSize: Int, tied: Bool = false,
    inputDropout: Double = 0, dropout: Double = 0, outputDropout: Double = 0
  ) {
    self.cell = cell
    self.layerCount = layerCount
    self.hiddenSize = hiddenSize
    self.embeddingSize = embeddingSize
    self.tied = tied
    self.inputDropout = inputDropout
    self.dropout = dropout
    self.outputDropout = outputDropout
  }

  private enum CodingKeys: String, CodingKey {
    case cell, tied, dropout
    case layerCount = "layers"
    case hiddenSize = "hidden_size"
    case embeddingSize = "embedding_size"
    case inputDropout = "dropout_input"
    case outputDropout = "dropout_output"
  }

  /// Checks that such a model can be.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate() throws(ConfigurationError) {
    try require("layers", layerCount, in: 1...64)
    try require("hidden-size", hiddenSize, in: 1...16384)
    try require("embedding-size", embeddingSize, in: 1...16384)
    for (name, value) in [
      ("dropout-input", inputDropout), ("dropout", dropout), ("dropout-output", outputDropout),
    ] {
      // What the kernels get is less precise, and must be less than 1 as well.
      guard value >= 0, Float(value) < 1 else {
        throw ConfigurationError("\(name) is \(value): it must be at least 0 and less than 1")
      }
    }
    guard !tied || embeddingSize == hiddenSize else {
      throw ConfigurationError(
        "tied weights need an embedding size equal to the hidden size: these are \(embeddingSize) and \(hiddenSize)"
      )
    }
  }

  package func network(vocabularySize: Int) -> NetworkConfiguration {
    NetworkConfiguration(
      vocabularySize: vocabularySize, embeddingSize: embeddingSize, hiddenSize: hiddenSize,
      layerCount: layerCount,
      tied: tied, inputDropout: Float(inputDropout), dropout: Float(dropout),
      outputDropout: Float(outputDropout))
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
