import Foundation

/// The golden files: numbers computed by PyTorch, which every implementation of the model has to meet.
package enum Golden {
  /// The golden files.
  package enum Name: String, CaseIterable, Sendable {
    /// Two layers; three windows, the last of them shorter.
    case untied
    /// Two layers, the decoder using the encoder's matrix; three windows, the last of them shorter.
    case tied
    /// Three layers with dropout masks at all places; three windows, the last of them shorter.
    case dropout
    /// Two layers, a projection to a shorter embedding, the decoder using the encoder's matrix; three windows, the last
    /// of them shorter.
    case projection
    /// One layer, an adaptive softmax of a head and two clusters; three windows, the last of them shorter.
    case adaptive
    /// Two layers, a projection, an adaptive softmax of a head and three clusters with the encoder's rows; three windows,
    /// the last of them shorter.
    case tiedAdaptive
    /// Ten steps of training with AdamW and clipping, untied.
    case adamWCurve
    /// Ten steps of training with SGD, momentum and clipping, tied.
    case sgdCurve
    /// As `untied`, with another cell.
    case rnnTanh, rnnReLU, peephole, gru
    /// Ten steps of training with AdamW and clipping, tied, with the GRU.
    case gruCurve
    /// Ten steps of training with RMSprop, clamping and clipping, untied.
    case rmsPropCurve
    /// Ten steps of training with averaged SGD and clipping, tied.
    case asgdCurve
    /// Three layers with residual connections and dropout masks at all places; three windows, the last of them shorter.
    case residual
    /// Two layers, the second of another size, the decoder using the encoder's matrix; three windows, the last of them
    /// shorter.
    case lastHidden
    /// As `untied` and the other cells, with layer normalization.
    case layerNorm, layerNormPeephole, layerNormGRU, layerNormRNN
    /// As `untied`, with the Mogrifier LSTM: five rounds, or four of rank 3.
    case mogrifier, mogrifierLowRank
  }

  /// Reads a golden file.
  ///
  /// - Throws: What reading the file or decoding its JSON throws.
  package static func load(_ name: Name) throws -> GoldenCase {
    let resources = Bundle.module.resourceURL ?? Bundle.module.bundleURL
    let file = resources.appendingPathComponent("Golden/\(name.rawValue).json")
    return try JSONDecoder().decode(GoldenCase.self, from: Data(contentsOf: file))
  }
}

// Fields that only some of the files have are empty in the others.

extension GoldenCase {
  private enum CodingKeys: String, CodingKey {
    case torch, configuration, batchSize, parameters, windows
    case optimizer, losses, gradientNorms, finalParameters, finalAverages
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    torch = try container.decode(String.self, forKey: .torch)
    configuration = try container.decode(GoldenConfiguration.self, forKey: .configuration)
    batchSize = try container.decode(Int.self, forKey: .batchSize)
    parameters = try container.decode([String: GoldenTensor].self, forKey: .parameters)
    windows = try container.decode([GoldenWindow].self, forKey: .windows)
    optimizer = try container.decodeIfPresent(GoldenOptimizer.self, forKey: .optimizer)
    losses = try container.decodeIfPresent([Float].self, forKey: .losses) ?? []
    gradientNorms = try container.decodeIfPresent([Float].self, forKey: .gradientNorms) ?? []
    finalParameters =
      try container.decodeIfPresent([String: GoldenTensor].self, forKey: .finalParameters) ?? [:]
    finalAverages =
      try container.decodeIfPresent([String: GoldenTensor].self, forKey: .finalAverages) ?? [:]
  }
}

extension GoldenConfiguration {
  private enum CodingKeys: String, CodingKey {
    case vocabularySize, embeddingSize, hiddenSize, layerCount, tied, cell, projection, cutoffs
    case lastHiddenSize, residual, layerNorm, mogrifierRounds, mogrifierRank
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    vocabularySize = try container.decode(Int.self, forKey: .vocabularySize)
    embeddingSize = try container.decode(Int.self, forKey: .embeddingSize)
    hiddenSize = try container.decode(Int.self, forKey: .hiddenSize)
    layerCount = try container.decode(Int.self, forKey: .layerCount)
    tied = try container.decode(Bool.self, forKey: .tied)
    cell = try container.decodeIfPresent(String.self, forKey: .cell) ?? "lstm"
    projection = try container.decodeIfPresent(Bool.self, forKey: .projection) ?? false
    cutoffs = try container.decodeIfPresent([Int].self, forKey: .cutoffs) ?? []
    lastHiddenSize = try container.decodeIfPresent(Int.self, forKey: .lastHiddenSize)
    residual = try container.decodeIfPresent(Bool.self, forKey: .residual) ?? false
    layerNorm = try container.decodeIfPresent(Bool.self, forKey: .layerNorm) ?? false
    mogrifierRounds = try container.decodeIfPresent(Int.self, forKey: .mogrifierRounds) ?? 5
    mogrifierRank = try container.decodeIfPresent(Int.self, forKey: .mogrifierRank)
  }
}

extension GoldenWindow {
  private enum CodingKeys: String, CodingKey {
    case inputs, targets, loss, finalHidden, finalCell
    case initialHidden, initialCell, logits, gradients, masks
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    inputs = try container.decode([[Int]].self, forKey: .inputs)
    targets = try container.decode([[Int]].self, forKey: .targets)
    loss = try container.decode(Float.self, forKey: .loss)
    finalHidden = try container.decode([[Float]].self, forKey: .finalHidden)
    finalCell = try container.decode([[Float]].self, forKey: .finalCell)
    initialHidden = try container.decodeIfPresent([[Float]].self, forKey: .initialHidden) ?? []
    initialCell = try container.decodeIfPresent([[Float]].self, forKey: .initialCell) ?? []
    logits = try container.decodeIfPresent([Float].self, forKey: .logits) ?? []
    gradients = try container.decodeIfPresent([String: GoldenTensor].self, forKey: .gradients) ?? [:]
    masks = try container.decodeIfPresent(GoldenMasks.self, forKey: .masks)
  }
}
