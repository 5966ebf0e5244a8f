extension Tokenizer {
  /// Turns a text into ids on several threads. The result is that of `encode` without threads.
  ///
  /// - Parameter threadCount: threads that work, the calling one included; at least 1.
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut`. A byte tokenizer that normalizes nothing takes any bytes.
  public func encode(_ utf8: [UInt8], threadCount: Int) throws(TextError) -> Encoding {
    var whole = Encoding(ids: [], UnknownPieces())
    whole.ids.reserveCapacity(utf8.count / 500 * usualLength)
    let read = readingParts(of: utf8)
    try rethrowingTextError {
      try encode(threadCount: threadCount, reading: read) { whole.append($0) }
    }
    return whole
  }

  /// Turns a text that need not be in memory as a whole into ids, chunk by chunk.
  ///
  /// The ids of the chunks, one after the other, are those of the whole text, whatever the number of threads and however
  /// much `read` gives at once.
  ///
  /// - Parameters:
  ///   - threadCount: threads that work, the calling one included; at least 1. The closures are called on the calling
  ///     thread.
  ///   - read: gives further bytes, at most as many as asked for, and none at the end alone.
  ///   - receive: takes the ids of the next chunk.
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut`, the offset counted from the start of the text; what the
  ///   closures throw.
  public func encode(
    threadCount: Int = 1, reading read: (Int) throws -> [UInt8], receiving receive: (Encoding) throws -> Void
  ) throws {
    try encode(
      threadCount: threadCount, reading: read, making: { encoding, _ in encoding }, receiving: receive)
  }

  /// The same with more of the work on the threads: `make` takes the ids of a chunk and its normalized text.
  ///
  /// - Parameter keepsClusters: whether no cut may go through a grapheme cluster either, which need not be units here.
  package func encode<Output: Sendable>(
    threadCount: Int, chunkSize: Int = TextChunks.usualSize, keepsClusters: Bool = false,
    reading read: (Int) throws -> [UInt8],
    making make: @escaping @Sendable (Encoding, _ normalized: [UInt8]) -> Output,
    receiving receive: (Output) throws -> Void
  ) throws {
    let pipeline = ChunkPipeline(threadCount: threadCount, state: EncodingScratch.init) {
      [self] (text, scratch: inout EncodingScratch) throws(TextError) in
      let normalized = try normalize(text)
      return make(scheme.encode(normalized, &scratch), normalized)
    }
    let chunks = TextChunks(size: chunkSize) { [kind, normalizer] text, offset in
      kind.scheme.canCut(text, at: offset, normalizer)
        && (!keepsClusters || canCutClusters(text, at: offset, normalizer))
    }
    try pipeline.run(chunks, read: read, receive: receive)
  }
}

extension Tokenizer.Encoding {
  /// Adds the ids of the text that follows.
  mutating func append(_ other: Tokenizer.Encoding) {
    ids += other.ids
    unknownCount += other.unknownCount
    for piece in other.unknownPieces
    where unknownPieces.count < UnknownPieces.limit && !unknownPieces.contains(piece) {
      unknownPieces.append(piece)
    }
  }
}

/// Makes a tokenizer of the units that texts have.
///
/// The vocabulary has the special tokens first, then the units by descending count, those of one count by ascending
/// bytes. So it does not depend on the order of the texts, nor on the number of threads. A byte tokenizer always has the
/// same 257 entries; a subword tokenizer has the bytes first, then what its merges make.
public struct TokenizerBuilder {
  private let settings: TokenizerSettings
  private let pipeline: ChunkPipeline<UnitCounts, Void>
  private let runs: UnitRuns
  private let limits: Limits

  /// How many different units are in memory.
  struct Limits {
    /// While texts are gone through. All threads together count a few more.
    var counted = 1_000_000
    /// When the vocabulary is made, if it has fewer entries.
    var ranked = 500_000
  }

  /// Nothing counted yet.
  ///
  /// - Parameters:
  ///   - settings: how texts are cut and what becomes an entry.
  ///   - threadCount: threads that count, the calling one included; at least 1.
  public init(_ settings: TokenizerSettings, threadCount: Int = 1) {
    self.init(settings, threadCount: threadCount, store: ByteArrayStore())
  }

  /// The same for texts of any length.
  ///
  /// - Parameter store: takes the units while they are counted, where they become too many for memory and the vocabulary
  ///   has a size.
  package init(_ settings: TokenizerSettings, threadCount: Int = 1, store: any ByteStore) {
    self.init(settings, threadCount: threadCount, store: store, Limits())
  }

  init(_ settings: TokenizerSettings, threadCount: Int = 1, store: any ByteStore, _ limits: Limits) {
    self.settings = settings
    self.limits = limits
    runs = UnitRuns(in: store)
    pipeline = ChunkPipeline(threadCount: threadCount, state: UnitCounts.init) {
      [kind = settings.kind, normalizer = settings.normalizer]
      (text, counts: inout UnitCounts) throws(TextError) in
      kind.scheme.count(try kind.normalize(text, normalizer), into: &counts)
    }
  }

  /// Counts the units of a text.
  ///
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut`; what was counted before that place stays counted.
  public func add(_ utf8: [UInt8]) throws(TextError) {
    let read = readingParts(of: utf8)
    try rethrowingTextError { try add(reading: read) }
  }

  /// Counts the units of a text that need not be in memory as a whole.
  ///
  /// - Parameter read: gives further bytes, at most as many as asked for, and none at the end alone.
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut`, the offset counted from the start of the text; what `read`
  ///   throws.
  public func add(reading read: (Int) throws -> [UInt8]) throws {
    try add(chunkSize: TextChunks.usualSize, reading: read)
  }

  package func add(chunkSize: Int, reading read: (Int) throws -> [UInt8]) throws {
    let chunks = TextChunks(size: chunkSize) { [kind = settings.kind, normalizer = settings.normalizer] in
      kind.scheme.canCut($0, at: $1, normalizer)
    }
    try pipeline.run(chunks, read: read, receive: {}) {
      if settings.vocabularySize != nil, unitCount > limits.counted { try moveUnits() }
    }
  }

  /// How many units are in memory, the same one once for each thread.
  private var unitCount: Int { pipeline.states.reduce(0) { $0 + $1.unitCount } }

  private func moveUnits() throws { try pipeline.forEachState { try $0.move(to: runs) } }

  /// The tokenizer of what was counted.
  ///
  /// Where the texts have more than half a million different units, and more than the vocabulary's size, the least frequent
  /// of them are counted as what stands for them when they are no entries. For the merges of a subword tokenizer that makes
  /// a difference: such pre-tokens have no part in them.
  ///
  /// - Throws: `TextError.vocabularySizeTooSmall`, `.vocabularySizeIsFixed`, `.wrongUnknownPolicy`, or `.noEntries` where
  ///   nothing but special tokens is left.
  public func tokenizer() throws -> Tokenizer {
    var counts = UnitCounts()
    if let size = settings.vocabularySize, !runs.isEmpty || unitCount > max(size, limits.ranked) {
      try moveUnits()
      for state in pipeline.states { counts.add(state) }
      try counts.add(runs, most: max(size, limits.ranked)) { [kind = settings.kind, settings] in
        kind.scheme.countParts(of: $0, $1, settings.unknown, into: &$2)
      }
    } else {
      for state in pipeline.states { counts.add(state) }
    }
    return try Tokenizer(settings, counts)
  }
}

/// Gives the bytes of a text part by part, as those who read a text that need not be in memory ask for them.
package func readingParts(of utf8: [UInt8]) -> (Int) -> [UInt8] {
  var position = 0
  return { count in
    let part = utf8[position..<min(position + count, utf8.count)]
    position = part.endIndex
    return Array(part)
  }
}

/// For a body that throws nothing else.
func rethrowingTextError<Result>(_ body: () throws -> Result) throws(TextError) -> Result {
  do {
    return try body()
  } catch let error as TextError {
    throw error
  } catch {
    preconditionFailure("an array is read without failing")
  }
}
