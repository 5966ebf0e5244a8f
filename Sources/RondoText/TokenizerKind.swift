/// The ways to cut a text into tokens. The raw value is what `--tokenizer` takes and what a checkpoint holds.
public enum TokenizerKind: String, Codable, Sendable, CaseIterable {
  /// One token for each extended grapheme cluster (UAX #29). The default.
  case character
  /// One token for each word (UAX #29) of the vocabulary, with the space before it; other words are spelled with their
  /// characters.
  case word
  /// One token for each word between spaces and one for each newline: for corpora that are cut already.
  case whitespace
  /// One token for each byte of UTF-8.
  case byte
  /// Pieces of words that a text has often: byte-level byte-pair encoding.
  case subword
}

extension TokenizerKind {
  /// What can become of a unit that a vocabulary does not have; the first is usual. A byte always is one.
  public var unknownPolicies: [UnknownPolicy] {
    switch self {
    case .character: [.token, .bytes]
    case .word: [.bytes, .token]
    case .whitespace: [.token]
    case .byte, .subword: [.bytes]
    }
  }

  /// The most entries of a vocabulary, where nothing else is said.
  var usualVocabularySize: Int? {
    switch self {
    case .character, .whitespace, .byte: nil
    case .word: 10_000
    case .subword: 4096
    }
  }

  /// The least occurrences of an entry, where nothing else is said: what occurs once is spelled, so that a model learns
  /// to spell.
  var usualMinimumCount: Int {
    switch self {
    case .character, .whitespace, .byte: 1
    case .word, .subword: 2
    }
  }

  /// Whether any bytes are taken after this normalizer, also such as are not UTF-8.
  func takesAnyBytes(_ normalizer: Normalizer) -> Bool { self == .byte && normalizer.isIdentity }

  /// The text as a tokenizer of this kind cuts it.
  ///
  /// - Throws: `TextError.invalidUTF8`, if not any bytes are taken.
  func normalize(_ utf8: [UInt8], _ normalizer: Normalizer) throws(TextError) -> [UInt8] {
    takesAnyBytes(normalizer) ? utf8 : try normalizer.normalize(utf8)
  }

  /// - Throws: `TextError.wrongUnknownPolicy` where a tokenizer of this kind cannot have the policy.
  func require(_ policy: UnknownPolicy) throws(TextError) {
    guard unknownPolicies.contains(policy) else { throw .wrongUnknownPolicy(policy, kind: self) }
  }

  /// The type that does the work.
  var scheme: any TokenizerScheme.Type {
    switch self {
    case .character: CharacterTokenizer.self
    case .word: WordTokenizer.self
    case .whitespace: WhitespaceTokenizer.self
    case .byte: ByteTokenizer.self
    case .subword: SubwordTokenizer.self
    }
  }
}
