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

  func apply(to parameters: ParameterStore) {
    let known = base.parameters
    for slice in parameters.slices {
      let from = known[slice.name], to = parameters.values[slice.range]
      if slice.name == "rnn.weight_ih_l0", model.oneHot {
        copyColumns(from: from, to: to)
        continue
      }
      if slice.name.hasPrefix("rnn.") {
        to.copy(from: from)
        continue
      }
      let width = slice.count / rows.count
      for (row, source) in rows.enumerated() {
        guard let source else { continue }
        to[row * width..<(row + 1) * width].copy(from: from[source * width..<(source + 1) * width])
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
