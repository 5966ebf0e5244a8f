/// How a tokenizer is made of texts.
public struct TokenizerSettings: Sendable, Equatable, Codable {
  /// How a text is cut.
  public var kind: TokenizerKind
  /// What is done to a text before it is cut.
  public var normalizer: Normalizer
  /// What becomes of a unit that the vocabulary does not have.
  public var unknown: UnknownPolicy
  /// The most entries of the vocabulary, special tokens included; nil for no limit.
  public var vocabularySize: Int?
  /// The least occurrences a unit, or for `subword` a pair of tokens, needs to become an entry; a byte that is an entry by
  /// itself needs none.
  public var minimumCount: Int

  /// Settings; what is nil is as usual for this kind: for `subword` 4096 entries and for `word` 10 000, each there twice at
  /// least; for the others no limit, and once. To have no limit for those, set `vocabularySize` to nil afterwards.
  public init(
    kind: TokenizerKind = .character, normalizer: Normalizer = Normalizer(), unknown: UnknownPolicy? = nil,
    vocabularySize: Int? = nil, minimumCount: Int? = nil
  ) {
    self.kind = kind
    self.normalizer = normalizer
    self.unknown = unknown ?? kind.unknownPolicies[0]
    self.vocabularySize = vocabularySize ?? kind.usualVocabularySize
    self.minimumCount = minimumCount ?? kind.usualMinimumCount
  }

  /// Whether any bytes are taken, also such as are not UTF-8.
  public var takesAnyBytes: Bool { kind.takesAnyBytes(normalizer) }
}

/// What becomes of a unit that the vocabulary does not have. The raw value is what `--unknown` takes and what a
/// checkpoint holds.
public enum UnknownPolicy: String, Codable, Sendable, CaseIterable {
  /// It becomes the token `<unk>`, and is lost.
  case token = "unk"
  /// It is spelled with its bytes, each of which is an entry: every text can be written, and nothing is lost.
  case bytes
}
