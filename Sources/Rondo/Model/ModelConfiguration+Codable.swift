extension ModelConfiguration: Codable {
  private enum CodingKeys: String, CodingKey {
    case cell, tied, cutoffs, dropout
    case mogrifierRounds = "mogrifier_rounds"
    case mogrifierRank = "mogrifier_rank"
    case layerCount = "layers"
    case hiddenSize = "hidden_size"
    case lastHiddenSize = "last_hidden_size"
    case embeddingSize = "embedding_size"
    case oneHot = "one_hot"
    case projection, residual
    case layerNorm = "layer_norm"
    case inputDropout = "dropout_input"
    case outputDropout = "dropout_output"
    case lockedDropout = "locked_dropout"
    case embeddingDropout = "dropout_embedding"
    case weightDrop = "weight_drop"
    case activationRegularization = "activation_regularization"
    case temporalActivationRegularization = "temporal_activation_regularization"
  }

  /// Reads what `encode` wrote. What a file does not have is off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      cell: try values.decode(Cell.self, forKey: .cell),
      mogrifierRounds: try values.decodeIfPresent(Int.self, forKey: .mogrifierRounds),
      mogrifierRank: try values.decodeIfPresent(Int.self, forKey: .mogrifierRank),
      layerCount: try values.decode(Int.self, forKey: .layerCount),
      hiddenSize: try values.decode(Int.self, forKey: .hiddenSize),
      lastHiddenSize: try values.decodeIfPresent(Int.self, forKey: .lastHiddenSize),
      embeddingSize: try values.decode(Int.self, forKey: .embeddingSize),
      tied: try values.decode(Bool.self, forKey: .tied),
      oneHot: try values.decode(.oneHot, else: false),
      projection: try values.decode(.projection, else: false),
      residual: try values.decode(.residual, else: false),
      layerNorm: try values.decode(.layerNorm, else: false),
      cutoffs: try values.decode(.cutoffs, else: []),
      inputDropout: try values.decode(Double.self, forKey: .inputDropout),
      dropout: try values.decode(Double.self, forKey: .dropout),
      outputDropout: try values.decode(Double.self, forKey: .outputDropout),
      lockedDropout: try values.decode(.lockedDropout, else: false),
      embeddingDropout: try values.decode(.embeddingDropout, else: 0),
      weightDrop: try values.decode(.weightDrop, else: 0),
      activationRegularization: try values.decode(.activationRegularization, else: 0),
      temporalActivationRegularization: try values.decode(.temporalActivationRegularization, else: 0))
  }

  /// Members that older programs do not know are there where they are not off.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(cell, forKey: .cell)
    try values.encode(layerCount, forKey: .layerCount)
    try values.encode(hiddenSize, forKey: .hiddenSize)
    try values.encode(embeddingSize, forKey: .embeddingSize)
    try values.encode(tied, forKey: .tied)
    try values.encode(inputDropout, forKey: .inputDropout)
    try values.encode(dropout, forKey: .dropout)
    try values.encode(outputDropout, forKey: .outputDropout)
    for (key, isOn) in [
      (CodingKeys.oneHot, oneHot), (.projection, projection), (.residual, residual),
      (.layerNorm, layerNorm),
      (.lockedDropout, lockedDropout),
    ] where isOn {
      try values.encode(true, forKey: key)
    }
    for (key, value) in [
      (CodingKeys.embeddingDropout, embeddingDropout), (.weightDrop, weightDrop),
      (.activationRegularization, activationRegularization),
      (.temporalActivationRegularization, temporalActivationRegularization),
    ] where value != 0 {
      try values.encode(value, forKey: key)
    }
    try values.encodeIfPresent(mogrifierRounds, forKey: .mogrifierRounds)
    try values.encodeIfPresent(mogrifierRank, forKey: .mogrifierRank)
    try values.encodeIfPresent(lastHiddenSize, forKey: .lastHiddenSize)
    if !cutoffs.isEmpty { try values.encode(cutoffs, forKey: .cutoffs) }
  }
}
