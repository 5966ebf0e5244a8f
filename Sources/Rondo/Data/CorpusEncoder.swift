import RondoText

/// Turns corpora into tokens on the disk, or in memory where they are few: a boundary, and each document with a
/// boundary after it, for each corpus. What a stream is made of are ranges of that.
struct CorpusEncoder: ~Copyable {
  /// A corpus among the tokens.
  struct Section {
    /// Where the boundary before the first document is, if the tokenizer has one.
    fileprivate let start: Int
    /// Where each document begins.
    fileprivate let documentStarts: [Int]
    /// How many tokens each document has, boundaries not counted.
    let tokenCounts: [Int]
    /// Where the next section begins.
    let end: Int

    /// - Parameter hasBoundaries: whether there is a boundary before the first document and after each.
    init(start: Int, tokenCounts: [Int], hasBoundaries: Bool) {
      let boundary = hasBoundaries ? 1 : 0
      var next = start + boundary
      self.start = start
      documentStarts = tokenCounts.map { count in
        defer { next += count + boundary }
        return next
      }
      self.tokenCounts = tokenCounts
      end = next
    }

    /// Each document as one piece.
    var wholeDocuments: [HeldOutSplit.Piece] {
      tokenCounts.enumerated().map { document, count in
        HeldOutSplit.Piece(document: document, tokens: 0..<count, startsDocument: true, endsDocument: true)
      }
    }
  }

  /// The tokens of all sections.
  struct Tokens {
    let spool: Spool
    let width: TokenWidth
    let hasBoundaries: Bool

    /// Pieces of a section's documents, one after the other, with a boundary before the first and after those that
    /// end their document.
    func stream(
      of pieces: [HeldOutSplit.Piece], _ section: Section, withBoundaries: Bool = true
    ) -> TokenStream {
      let boundary = hasBoundaries && withBoundaries ? 1 : 0
      let ranges = pieces.map { piece in
        let start = section.documentStarts[piece.document]
        return start + piece.tokens.lowerBound..<start + piece.tokens.upperBound
          + (piece.endsDocument ? boundary : 0)
      }
      return TokenStream(spool, width, ranges: [section.start..<section.start + boundary] + ranges)
    }
  }

  /// Tokens that the vocabulary does not have.
  private(set) var unknownCount = 0
  /// What tells the texts of the documents apart, in the order in which they were encoded.
  private(set) var digests: [UInt64] = []
  /// What they show of having been decoded wrongly, in the same order.
  private(set) var findings: [DecodingCheck.Findings] = []
  private let tokenizer: Tokenizer
  private let threadCount: Int
  private let width: TokenWidth
  private var writer: SpoolWriter

  init(_ tokenizer: Tokenizer, threadCount: Int, into writer: consuming SpoolWriter) {
    self.tokenizer = tokenizer
    self.threadCount = threadCount
    self.writer = writer
    width = TokenWidth(vocabularySize: tokenizer.vocabularySize)
  }

  /// The CRC-32C of the tokens so far.
  var checksum: UInt32 { writer.checksum }
  private var count: Int { writer.count / width.rawValue }

  /// Encodes a corpus after those before.
  ///
  /// - Throws: `CorpusError`.
  mutating func add(
    _ corpus: Corpus, _ progress: inout TrainingData.Progress, _ onProgress: (TrainingData.Progress) -> Void
  ) throws -> Section {
    let start = count
    try addBoundary()
    let tokenCounts = try corpus.mapDocuments { document in
      let before = count
      try add(document, &progress, onProgress)
      let tokenCount = count - before
      try addBoundary()
      return tokenCount
    }
    return Section(start: start, tokenCounts: tokenCounts, hasBoundaries: tokenizer.boundaryID != nil)
  }

  private mutating func add(
    _ document: Corpus.Document, _ progress: inout TrainingData.Progress,
    _ onProgress: (TrainingData.Progress) -> Void
  ) throws {
    var reader = try document.reader()
    var digest = XXH64()
    var check = DecodingCheck(for: tokenizer)
    try tokenizer.encode(threadCount: threadCount) { count in
      let bytes = try reader.read(count, &progress, onProgress)
      digest.update(bytes)
      check.add(bytes)
      return bytes
    } making: { [width] encoding, _ in
      (tokens: width.packed(encoding.ids), unknownCount: encoding.unknownCount)
    } receiving: { tokens, unknown in
      try writer.append(tokens)
      unknownCount += unknown
    }
    digests.append(digest.value)
    findings.append(check.finish())
  }

  private mutating func addBoundary() throws(CorpusError) {
    if let boundary = tokenizer.boundaryID { try writer.append(width.packed([boundary])) }
  }

  /// - Throws: `CorpusError.temporaryFile` or `.cache`.
  consuming func finish() throws(CorpusError) -> Tokens {
    let hasBoundaries = tokenizer.boundaryID != nil
    return Tokens(spool: try writer.finish(), width: width, hasBoundaries: hasBoundaries)
  }
}
