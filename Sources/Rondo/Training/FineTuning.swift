import RondoNN
import RondoText

/// An existing model as the beginning of another: what the vocabularies share is taken over by token, never by index.
public struct FineTuning: Sendable {
  private let base: LanguageModel
  /// For each entry of the new vocabulary, its row in the base model.
  private let rows: [Int?]

  /// Entries of the new vocabulary that the base model knows.
  public var sharedCount: Int { rows.count { $0 != nil } }
  /// Entries that are new and begin with initial values.
  public var newCount: Int { rows.count - sharedCount }
  /// Entries of the base model that the new text does not have.
  public var droppedCount: Int { base.tokenizer.vocabularySize - sharedCount }
  /// The base model's sizes.
  public var model: ModelConfiguration { base.configuration }

  /// - Throws: `TrainingError.cannotFineTune` where the two tokenizers do not cut alike.
  public init(_ base: LanguageModel, for tokenizer: Tokenizer) throws(TrainingError) {
    try Self.check(base, for: .existing(tokenizer))
    self.base = base
    rows = tokenizer.vocabulary.entries.map { entry in
      base.tokenizer.vocabulary.id(of: entry.token).map { Int($0) }
    }
  }

  /// Checks that the tokenizer of a new text, which need not be made yet, will cut as the model's does.
  ///
  /// - Throws: `TrainingError.cannotFineTune`.
  public static func check(
    _ base: LanguageModel, for source: TrainingData.TokenizerSource
  ) throws(TrainingError) {
    let own = base.tokenizer
    let (kind, normalizer) =
      switch source {
      case .existing(let tokenizer): (tokenizer.kind, tokenizer.normalizer)
      case .built(let settings): (settings.kind, settings.normalizer)
      }
    guard own.kind == kind, own.normalizer == normalizer else {
      throw .cannotFineTune(
        "its tokenizer is \(describe(own.kind, own.normalizer)), not \(describe(kind, normalizer)); "
          + "ask for the same, or train without a model to begin with")
    }
  }

  /// Checks that another model can begin with this one: it may have another vocabulary, and fewer clusters.
  ///
  /// - Throws: `ConfigurationError`.
  func check(_ model: ModelConfiguration) throws(ConfigurationError) {
    func sizes(_ model: ModelConfiguration) -> NetworkConfiguration {
      var network = model.network(vocabularySize: rows.count).withoutRegularization
      network.cutoffs = []
      return network
    }
    guard sizes(model) == sizes(base.configuration), base.configuration.cutoffs.starts(with: model.cutoffs)
    else {
      throw ConfigurationError("the sizes are not those of the model to go on from: it has its own")
    }
  }

  /// In a full softmax or an adaptive one's head a token has what it was scored with before, wherever that was; in a
  /// cluster that is not tied its row, where it was in the same one: those of others have other lengths.
  ///
  /// - Parameter network: of the new parameters, as `check` wants it.
  func apply(to parameters: ParameterStore, of network: NetworkConfiguration) {
    let known = base.parameters, old = base.network, scores = TokenScores(known, old)
    for slice in parameters.slices {
      let to = parameters.values[slice.range]
      let width = slice.count / slice.shape[0]
      func row(_ index: Int) -> Buffer<Float> { to[index * width..<(index + 1) * width] }
      let tokens = network.tokens(ofParameter: slice.name)
      switch slice.name {
      case "rnn.weight_ih_l0" where model.oneHot:
        copyColumns(from: known[slice.name], to: to)
      case "decoder.weight", "decoder.head.weight", "decoder.bias", "decoder.head.bias":
        let isBias = slice.shape.count == 1
        for token in 0..<slice.shape[0] {
          // After the head's tokens it has its clusters.
          let cluster = token - (tokens?.count ?? 0)
          if cluster >= 0 {
            row(token).copy(from: scores.cluster(cluster, isBias: isBias))
          } else if let source = rows[token] {
            row(token).copy(from: scores.token(source, isBias: isBias))
          }
        }
      default:
        let from = known[slice.name]
        guard let tokens, let oldTokens = old.tokens(ofParameter: slice.name) else {
          // Of a tied softmax's clusters the last may have gone.
          to.copy(from: from[0..<to.count])
          continue
        }
        for token in tokens {
          guard let source = rows[token], oldTokens.contains(source) else { continue }
          let start = (source - oldTokens.lowerBound) * width
          row(token - tokens.lowerBound).copy(from: from[start..<start + width])
        }
      }
    }
  }

  /// Of a weight that multiplies one-hot vectors a token has a column.
  private func copyColumns(from: Buffer<Float>, to: Buffer<Float>) {
    let width = base.tokenizer.vocabularySize
    for output in 0..<from.count / width {
      for (column, source) in rows.enumerated() {
        guard let source else { continue }
        to[output * rows.count + column] = from[output * width + source]
      }
    }
  }
}

/// What a model scores its tokens with: for each a row of D weights and a bias.
private struct TokenScores {
  private let parameters: ParameterStore
  private let network: NetworkConfiguration
  /// Whether tokens of clusters have vectors of their own, and their biases from the clusters.
  private let hasTails: Bool

  init(_ parameters: ParameterStore, _ network: NetworkConfiguration) {
    self.parameters = parameters
    self.network = network
    hasTails = !network.cutoffs.isEmpty && !network.tied
  }

  /// A token's row, or its bias. A token of a cluster has its cluster's, and added to the row is its own, brought to the
  /// length of D: with these it has the same score before the cluster's softmax.
  func token(_ token: Int, isBias: Bool) -> [Float] {
    guard hasTails else { return row(token, of: "decoder." + (isBias ? "bias" : "weight")) }
    guard let index = network.clusters.firstIndex(where: { $0.contains(token) }) else {
      return row(token, of: "decoder.head." + (isBias ? "bias" : "weight"))
    }
    var sum = cluster(index, isBias: isBias)
    if !isBias {
      let own = row(token - network.clusters[index].lowerBound, of: "decoder.tail.\(index).1.weight")
      for (part, weight) in own.enumerated() {
        let reduction = row(part, of: "decoder.tail.\(index).0.weight")
        for column in sum.indices { sum[column] += weight * reduction[column] }
      }
    }
    return sum
  }

  /// The row, or the bias, of a cluster in the head that is not tied.
  func cluster(_ index: Int, isBias: Bool) -> [Float] {
    row(network.cutoffs[0] + index, of: "decoder.head." + (isBias ? "bias" : "weight"))
  }

  private func row(_ index: Int, of name: String) -> [Float] {
    let slice = parameters.slice(name), width = slice.count / slice.shape[0]
    return parameters.values[slice.range][index * width..<(index + 1) * width].array
  }
}

private func describe(_ kind: TokenizerKind, _ normalizer: Normalizer) -> String {
  "\(kind.rawValue), \(normalizer.form.rawValue)" + (normalizer.foldsCase ? ", case folded" : "")
}
