import RondoText

/// A corpus as a model is trained on it: token ids, the held-out part set apart, and the tokenizer that made them.
public struct TrainingData: Sendable {
  /// Where the tokenizer comes from.
  public enum TokenizerSource: Sendable {
    /// Its vocabulary is built from the text.
    case built(TokenizerSettings)
    /// One that is there already: to resume, or of a file.
    case existing(Tokenizer)

    /// Whether any bytes are taken, also such as are not UTF-8.
    public var takesAnyBytes: Bool {
      switch self {
      case .built(let settings): settings.takesAnyBytes
      case .existing(let tokenizer): tokenizer.takesAnyBytes
      }
    }
  }

  /// The tokenizer.
  public let tokenizer: Tokenizer
  /// Base names of the documents, for the record.
  public let documentNames: [String]
  /// What is trained on: with a boundary token before the first document and after each that is whole (whitespace:
  /// the files one after the other, as the papers have it).
  public let training: TokenStream
  /// What is held out, in the same form; empty when nothing is.
  public let validation: TokenStream
  /// The part of the corpus that is held out; 0 where `validation` is a corpus of its own.
  public let validationFraction: Double
  /// Documents that `training` has to their end: neither held out nor cut. Each has a boundary token after it.
  public let trainingDocumentCount: Int
  /// Tokens of the text that the vocabulary does not have.
  public let unknownCount: Int
  /// What makes one think that texts were decoded wrongly, or that the vocabulary is too large. Nothing is said of a
  /// tokenizer that takes any bytes.
  public let warnings: [TextWarning]
  /// A digest of every token id: what resuming compares.
  public let digest: String
  /// What came of asking the cache, if there is one.
  public let cacheOutcome: TokenCache.Outcome?

  /// What is being done, for who wants to show it.
  public struct Progress: Sendable, Equatable {
    /// What can be done with a corpus, and with its tokens.
    public enum Phase: Sendable {
      /// Its files are checked for UTF-8, unpacked or converted, as far as they have to be; the bytes are those of the
      /// files, and some files may turn out to need none of it.
      case preparing
      /// What comes from a pipe is read to its end.
      case receiving
      /// Its units are counted for the vocabulary.
      case counting
      /// It is turned into tokens.
      case encoding
      /// It is compared with the texts that a cache has the tokens of.
      case comparing
      /// The tokens that a cache has are checked; the bytes are theirs.
      case checking
    }

    /// What is being done.
    public var phase: Phase
    /// Bytes read so far in this phase.
    public var bytes: Int
    /// Bytes to read in this phase; nil where nobody knows.
    public var totalBytes: Int?
  }

  /// Encodes a corpus. It is read twice, in chunks, once where the tokenizer is there already; neither the text nor its
  /// tokens need fit into memory.
  ///
  /// - Parameters:
  ///   - validation: a corpus of its own to validate on; the vocabulary is then built from `corpus` alone. Without it
  ///     a part of `corpus` is held out (`HeldOutSplit`), and the vocabulary has its characters too.
  ///   - source: how the text is cut; grapheme clusters of the text in NFC, if not given.
  ///   - validationFraction: the part to hold out, 0 ..< 1; nil: `HeldOutSplit.defaultFraction`.
  ///   - threadCount: threads to use, at least 1. The result does not depend on it.
  ///   - cache: where the tokens are looked for, and kept for the next time. The result does not depend on it. Where it is
  ///     nil, they are in memory, or if they are many in a temporary file.
  ///   - onProgress: told now and then how far it is.
  /// - Throws: `CorpusError` for what is not UTF-8, naming file and line, and for what cannot be read, or kept on the
  ///   disk or in the cache; `TextError` where no vocabulary comes of it.
  public init(
    _ corpus: Corpus, validation: Corpus? = nil,
    tokenizer source: TokenizerSource = .built(TokenizerSettings()),
    validationFraction: Double? = nil, threadCount: Int = availableThreads(), cache: TokenCache? = nil,
    onProgress: (Progress) -> Void = { _ in }
  ) throws {
    let corpora = [corpus] + (validation.map { [$0] } ?? [])
    let encoded: EncodedTexts
    if let cache {
      let (texts, outcome) = try cache.texts(
        of: corpora, source, threadCount: threadCount, onProgress: onProgress)
      (encoded, cacheOutcome) = (texts, outcome)
    } else {
      encoded = try EncodedTexts(corpora, source, threadCount: threadCount, onProgress: onProgress)
      cacheOutcome = nil
    }
    tokenizer = encoded.tokenizer
    unknownCount = encoded.unknownCount
    documentNames = corpora.flatMap(\.documents).map(\.name)
    warnings =
      TextWarning.all(documentNames, encoded.findings)
      + [TextWarning.about(tokenizer)].compactMap(\.self)
    let tokens = encoded.tokens
    let texts = encoded.sections[0]
    if validation != nil {
      self.validationFraction = 0
      let heldOutTexts = encoded.sections[1]
      training = tokens.stream(of: texts.wholeDocuments, texts)
      trainingDocumentCount = texts.tokenCounts.count
      self.validation = tokens.stream(of: heldOutTexts.wholeDocuments, heldOutTexts)
    } else {
      let whole = texts.wholeDocuments
      let fraction =
        validationFraction
        ?? HeldOutSplit.defaultFraction(tokenCount: texts.tokenCounts.reduce(0, +))
      self.validationFraction = fraction
      let split = try HeldOutSplit(tokenCounts: texts.tokenCounts, fraction: fraction) {
        (document, body) throws(CorpusError) in
        try tokens.stream(of: [whole[document]], texts, withBoundaries: false).forEach {
          body(UInt32(bitPattern: $0))
        }
      }
      training = tokens.stream(of: split.train, texts)
      trainingDocumentCount = split.train.count(where: \.endsDocument)
      self.validation =
        split.validation.isEmpty ? TokenStream([]) : tokens.stream(of: split.validation, texts)
    }
    var digest = ContentDigest()
    for stream in [training, self.validation] {
      digest.update(count: stream.count)
      try stream.forEach { digest.update(count: Int($0)) }
    }
    self.digest = digest.description
    guard training.count >= 2 else { throw CorpusError.tooShort(tokenCount: training.count, batchSize: 1) }
  }
}
