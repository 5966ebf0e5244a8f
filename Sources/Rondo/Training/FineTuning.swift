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

  /// Of an adaptive softmax that is not tied, a token's row is taken over where the token is in the same cluster still;
  /// between vectors of different lengths there is nothing to take.
  ///
  /// - Parameter network: of the new parameters.
  func apply(to parameters: ParameterStore, of network: NetworkConfiguration) {
    let known = base.parameters
    let old = base.configuration.network(vocabularySize: base.tokenizer.vocabularySize)
    for slice in parameters.slices {
      guard let source = known.slices.first(where: { $0.name == slice.name }) else { continue }
      let from = known.values[source.range], to = parameters.values[slice.range]
      if slice.name == "rnn.weight_ih_l0", model.oneHot {
        copyColumns(from: from, to: to)
        continue
      }
      guard let tokens = network.tokens(ofParameter: slice.name),
        let oldTokens = old.tokens(ofParameter: slice.name)
      else {
        if source.shape == slice.shape { to.copy(from: from) }
        continue
      }
      let width = slice.count / slice.shape[0]
      func copy(_ source: Int, to row: Int) {
        to[row * width..<(row + 1) * width].copy(from: from[source * width..<(source + 1) * width])
      }
      for token in tokens {
        guard let source = rows[token], oldTokens.contains(source) else { continue }
        copy(source - oldTokens.lowerBound, to: token - tokens.lowerBound)
      }
      // The clusters' rows after the head's.
      if slice.shape[0] - tokens.count == source.shape[0] - oldTokens.count {
        for row in tokens.count..<slice.shape[0] { copy(row - tokens.count + oldTokens.count, to: row) }
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

private func describe(_ kind: TokenizerKind, _ normalizer: Normalizer) -> String {
  "\(kind.rawValue), \(normalizer.form.rawValue)" + (normalizer.foldsCase ? ", case folded" : "")
}
