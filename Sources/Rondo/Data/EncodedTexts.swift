import RondoText

/// The texts of a training as tokens, each once: what is learned from and what is held out are ranges of them.
struct EncodedTexts {
  /// What cut them.
  let tokenizer: Tokenizer
  /// The corpora, in their order.
  let sections: [CorpusEncoder.Section]
  /// The tokens of all sections.
  let tokens: CorpusEncoder.Tokens
  /// Tokens of the texts that the vocabulary does not have.
  let unknownCount: Int
  /// What tells the texts of all documents apart.
  let digests: [UInt64]
  /// What they show of having been decoded wrongly.
  let findings: [DecodingCheck.Findings]
  /// The CRC-32C of the tokens.
  let checksum: UInt32

  /// Reads texts twice, in chunks, once where the tokenizer is there already.
  ///
  /// - Parameters:
  ///   - corpora: at least one; a vocabulary is built from the first alone.
  ///   - writer: where the tokens go.
  /// - Throws: as `TrainingData.init`.
  init(
    _ corpora: [Corpus], _ source: TrainingData.TokenizerSource, threadCount: Int,
    into writer: consuming SpoolWriter = SpoolWriter(), onProgress: (TrainingData.Progress) -> Void
  ) throws {
    switch source {
    case .existing(let existing): tokenizer = existing
    case .built(let settings):
      tokenizer = try corpora[0].tokenizer(settings, threadCount: threadCount, onProgress: onProgress)
    }
    var encoder = CorpusEncoder(tokenizer, threadCount: threadCount, into: writer)
    var progress = TrainingData.Progress(
      phase: .encoding, bytes: 0, totalBytes: corpora.reduce(0) { $0 + $1.byteCount })
    var sections: [CorpusEncoder.Section] = []
    for corpus in corpora {
      sections.append(try encoder.add(corpus, &progress, onProgress))
    }
    self.sections = sections
    unknownCount = encoder.unknownCount
    digests = encoder.digests
    findings = encoder.findings
    checksum = encoder.checksum
    tokens = try encoder.finish()
  }

  /// Texts that were encoded before.
  init(_ entry: TokenCacheEntry, _ spool: Spool) {
    let hasBoundaries = entry.tokenizer.boundaryID != nil
    tokenizer = entry.tokenizer
    sections = entry.sections
    tokens = CorpusEncoder.Tokens(spool: spool, width: entry.width, hasBoundaries: hasBoundaries)
    unknownCount = entry.unknownCount
    digests = entry.corpora.joined().map(\.digest)
    findings = entry.corpora.joined().map { $0.findings ?? DecodingCheck.Findings() }
    checksum = entry.checksum
  }
}
