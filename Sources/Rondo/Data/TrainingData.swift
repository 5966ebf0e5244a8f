import RondoText

/// A corpus as a model is trained on it: token ids, the held-out part set apart, and the tokenizer that made them.
public struct TrainingData: Sendable {
  /// Where the tokenizer comes from.
  public enum TokenizerSource: Sendable {
    /// Its vocabulary is built from the text.
    case built(kind: TokenizerKind, normalizer: Normalizer, vocabularySize: Int? = nil, minimumCount: Int = 1)
    /// One that is there already: to resume.
    case existing(Tokenizer)
  }

  /// The tokenizer.
  public let tokenizer: Tokenizer
  /// Base names of the documents, for the record.
  public let documentNames: [String]
  /// What is trained on: with a boundary token before the first document and after each that is whole (whitespace:
  /// the files one after the other, as the papers have it).
  public let training: [Int32]
  /// What is held out, in the same form; empty when nothing is.
  public let validation: [Int32]
  /// Documents that `training` has to their end: neither held out nor cut. Each has a boundary token behind it.
  public let trainingDocumentCount: Int
  /// Tokens of the text that the vocabulary does not have.
  public let unknownCount: Int
  /// A digest of every token id: what resuming compares.
  public let digest: String

  /// Encodes a corpus.
  ///
  /// - Parameters:
  ///   - validation: a corpus of its own to validate on; the vocabulary is then built from `corpus` alone. Without it
  ///     a part of `corpus` is held out (`HeldOutSplit`), and the vocabulary has its characters too.
  ///   - source: how the text is cut; grapheme clusters of the text in NFC, if not given.
  ///   - validationFraction: the part to hold out, 0 ..< 1.
  /// - Throws: `CorpusError` for what is not UTF-8, naming file and line; `TextError` where no vocabulary comes of it.
  public init(
    _ corpus: Corpus, validation: Corpus? = nil,
    tokenizer source: TokenizerSource = .built(kind: .character, normalizer: Normalizer()),
    validationFraction: Double = 0.1
  ) throws {
    switch source {
    case .existing(let existing): tokenizer = existing
    case .built(let kind, let normalizer, let size, let minimumCount):
      // Bytes that nothing is done to need not be text.
      if kind != .byte || !normalizer.isIdentity { try Self.checkUTF8(corpus) }
      tokenizer = try Tokenizer.build(
        kind: kind, normalizer: normalizer, from: corpus.documents.lazy.map(\.bytes), vocabularySize: size,
        minimumCount: minimumCount)
    }
    documentNames = corpus.documents.map(\.name) + (validation?.documents.map(\.name) ?? [])

    var unknown = 0
    let texts = try Self.encode(corpus, tokenizer, &unknown)
    if let validation {
      self.validation = Self.stream(
        try Self.encode(validation, tokenizer, &unknown).map { ($0, true) }, tokenizer)
      training = Self.stream(texts.map { ($0, true) }, tokenizer)
      trainingDocumentCount = texts.count
    } else {
      let split = HeldOutSplit(documents: texts, fraction: validationFraction)
      training = Self.stream(split.train.map { ($0.tokens, $0.endsDocument) }, tokenizer)
      trainingDocumentCount = split.train.count(where: \.endsDocument)
      self.validation =
        split.validation.isEmpty
        ? [] : Self.stream(split.validation.map { ($0.tokens, $0.endsDocument) }, tokenizer)
    }
    unknownCount = unknown
    digest = Self.digest(of: [training, self.validation])
    guard training.count >= 2 else { throw CorpusError.tooShort(tokenCount: training.count, batchSize: 1) }
  }

  private static func digest(of streams: [[Int32]]) -> String {
    var digest = ContentDigest()
    for stream in streams {
      digest.update(count: stream.count)
      for id in stream { digest.update(count: Int(id)) }
    }
    return digest.description
  }

  private static func encode(
    _ corpus: Corpus, _ tokenizer: Tokenizer, _ unknown: inout Int
  ) throws -> [[UInt32]] {
    try corpus.mapDocuments { document in
      let encoding = try tokenizer.encode(document.bytes)
      unknown += encoding.unknownCount
      return encoding.ids
    }
  }

  private static func stream(_ pieces: [([UInt32], Bool)], _ tokenizer: Tokenizer) -> [Int32] {
    var stream: [Int32] = []
    stream.reserveCapacity(pieces.reduce(1) { $0 + $1.0.count + 1 })
    let boundary = tokenizer.boundaryID.map { Int32($0) }
    if let boundary { stream.append(boundary) }
    for (ids, endsDocument) in pieces {
      stream += ids.lazy.map { Int32($0) }
      if endsDocument, let boundary { stream.append(boundary) }
    }
    return stream
  }

  /// Says which document is not UTF-8, which the vocabulary builder, who sees one text, cannot.
  private static func checkUTF8(_ corpus: Corpus) throws {
    _ = try corpus.mapDocuments { try Normalizer(form: .none).normalize($0.bytes).count }
  }
}
