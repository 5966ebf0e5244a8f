#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import RondoNN

/// A folder in which the token ids of texts are kept, so that a text that was encoded once is not read again.
///
/// An entry is two files, `NAME.tokens` with the ids and `NAME.entry` with all else. Both are written beside their
/// places and renamed, the description last, so that an entry is there as a whole or not at all. Several processes can use
/// a folder at once, and anybody can delete entries at any time: who trains has the tokens open.
public struct TokenCache: Sendable {
  /// Where it is.
  public let folder: String

  /// A cache in a folder, which is made when something is kept in it.
  public init(folder: String) { self.folder = folder }

  /// What came of asking a cache for the tokens of a text.
  public struct Outcome: Sendable, Equatable {
    /// Where tokens can come from.
    public enum Origin: Sendable, Equatable {
      /// From the cache: its files are those that were encoded, by their sizes, times and numbers (inodes).
      case foundByFiles
      /// From the cache: the text is the same, though the files are not.
      case foundByContent
      /// They were made, and are in the cache now.
      case made
    }

    /// Where the tokens come from.
    public var origin: Origin
    /// The file that they are in.
    public var path: String
    /// Files of the cache that were damaged, and of which nothing was taken.
    public var damaged: [String]
  }

  /// The tokens of texts: from the cache, or made and put into it.
  ///
  /// A document that has a file of its own is known by its size, time and inode. What is not known in this way, and what
  /// came from a pipe or was converted, is read and known by its content.
  ///
  /// - Throws: as `EncodedTexts.init`; `CorpusError.cache` where nothing can be put into the folder.
  func texts(
    of corpora: [Corpus], _ source: TrainingData.TokenizerSource, threadCount: Int,
    onProgress: (TrainingData.Progress) -> Void
  ) throws -> (EncodedTexts, Outcome) {
    var damaged: [String] = []
    if let (texts, origin, path) = try find(corpora, source, &damaged, onProgress) {
      return (texts, Outcome(origin: origin, path: path, damaged: damaged))
    }
    let (texts, path) = try make(corpora, source, threadCount: threadCount, onProgress)
    return (texts, Outcome(origin: .made, path: path, damaged: damaged))
  }

  // MARK: Finding

  private func find(
    _ corpora: [Corpus], _ source: TrainingData.TokenizerSource, _ damaged: inout [String],
    _ onProgress: (TrainingData.Progress) -> Void
  ) throws -> (EncodedTexts, Outcome.Origin, path: String)? {
    let candidates = candidates(corpora, source, &damaged)
    let documents = corpora.flatMap(\.documents)
    let files = documents.map { $0.fileStatus.flatMap(TokenCacheEntry.File.init) }
    for (name, entry) in candidates where entry.unknown(files).isEmpty {
      if let texts = try open(name, entry, &damaged, onProgress) {
        return (texts, .foundByFiles, path(name, .tokens))
      }
    }
    let unknown = Set(candidates.flatMap { $0.entry.unknown(files) })
    let digests = try Self.digests(of: documents, unknown, onProgress)
    for (name, entry) in candidates {
      let unknown = entry.unknown(files)
      guard !unknown.isEmpty, unknown.allSatisfy({ entry.documents[$0].digest == digests[$0] }),
        let texts = try open(name, entry, &damaged, onProgress)
      else { continue }
      // Next time the files will be known. A cache that cannot be written to is still one to read from.
      try? write(entry.with(files), name)
      return (texts, .foundByContent, path(name, .tokens))
    }
    return nil
  }

  /// The entries of texts of these sizes that the source would make.
  private func candidates(
    _ corpora: [Corpus], _ source: TrainingData.TokenizerSource, _ damaged: inout [String]
  ) -> [(name: String, entry: TokenCacheEntry)] {
    let sizes = Self.sizesName(corpora)
    var candidates: [(name: String, entry: TokenCacheEntry)] = []
    for name in names(.entry).sorted() where name.hasPrefix(sizes) {
      // One that is gone in the meantime, or may not be read, is none.
      guard let bytes = try? FileReading.contents(of: FilePath(path(name, .entry))) else { continue }
      do {
        if let entry = try TokenCacheEntry.read(bytes), entry.suits(corpora, source) {
          candidates.append((name, entry))
        }
      } catch {
        discard(name, .entry, &damaged)
      }
    }
    return candidates
  }

  /// What tells the texts of some documents apart.
  private static func digests(
    of documents: [Corpus.Document], _ wanted: Set<Int>, _ onProgress: (TrainingData.Progress) -> Void
  ) throws(CorpusError) -> [Int: UInt64] {
    var progress = TrainingData.Progress(
      phase: .comparing, bytes: 0, totalBytes: wanted.reduce(0) { $0 + documents[$1].byteCount })
    var digests: [Int: UInt64] = [:]
    for number in wanted.sorted() {
      var digest = XXH64()
      var reader = try documents[number].reader()
      while true {
        let part = try reader.read(1 << 18, &progress, onProgress)
        if part.isEmpty { break }
        digest.update(part)
      }
      digests[number] = digest.value
    }
    return digests
  }

  /// Opens the tokens of an entry, and checks every byte of them before any is used.
  ///
  /// - Returns: nil where they are gone or damaged.
  private func open(
    _ name: String, _ entry: TokenCacheEntry, _ damaged: inout [String],
    _ onProgress: (TrainingData.Progress) -> Void
  ) throws(CorpusError) -> EncodedTexts? {
    guard let descriptor = try? FileReading.openForReading(FilePath(path(name, .tokens))) else { return nil }
    let file = SpoolFile(descriptor: descriptor, cache: folder)
    let spool = Spool(file, count: entry.tokenByteCount)
    guard try file.byteCount() == spool.count, try Self.checksum(of: spool, onProgress) == entry.checksum
    else {
      discard(name, .tokens, &damaged)
      return nil
    }
    return EncodedTexts(entry, spool)
  }

  private static func checksum(
    of spool: Spool, _ onProgress: (TrainingData.Progress) -> Void
  ) throws(CorpusError) -> UInt32 {
    var progress = TrainingData.Progress(phase: .checking, bytes: 0, totalBytes: spool.count)
    var checksum: UInt32 = 0
    var scratch: [UInt8] = []
    while progress.bytes < spool.count {
      let range = progress.bytes..<min(progress.bytes + 1 << 20, spool.count)
      checksum = try spool.withBytes(range, scratch: &scratch) {
        unsafe CRC32C.checksum(of: $0.bytes, continuing: checksum)
      }
      progress.bytes = range.upperBound
      onProgress(progress)
    }
    return checksum
  }

  /// Removes a damaged entry, of which nobody has anything.
  private func discard(_ name: String, _ kind: Kind, _ damaged: inout [String]) {
    damaged.append(path(name, kind))
    for kind in [Kind.entry, .tokens] { unsafe _ = unlink(path(name, kind)) }
  }

  // MARK: Making

  private func make(
    _ corpora: [Corpus], _ source: TrainingData.TokenizerSource, threadCount: Int,
    _ onProgress: (TrainingData.Progress) -> Void
  ) throws -> (EncodedTexts, path: String) {
    try makeFolder()
    removeLeftovers()
    let lock = try sharedLock()
    defer { withExtendedLifetime(lock) {} }
    var file = try writing { () throws(CheckpointError) in
      try AtomicFile(replacing: path(Self.nameOfNew, .tokens))
    }
    let descriptor = try writing { () throws(CheckpointError) in try file.duplicateDescriptor() }
    let spoolFile = SpoolFile(descriptor: descriptor, cache: folder)
    let texts = try EncodedTexts(
      corpora, source, threadCount: threadCount, into: SpoolWriter(into: spoolFile), onProgress: onProgress)
    let entry = TokenCacheEntry(texts, of: corpora, source)
    let name = Self.sizesName(corpora) + "-" + entry.contentName
    try writing { () throws(CheckpointError) in
      try file.commit(as: path(name, .tokens))
      try write(entry, name)
    }
    return (texts, path(name, .tokens))
  }

  private func write(_ entry: TokenCacheEntry, _ name: String) throws(CheckpointError) {
    var file = try AtomicFile(replacing: path(name, .entry))
    try unsafe file.append(entry.file.span.bytes)
    try file.commit()
  }

  private func makeFolder() throws(CorpusError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cache(folder: folder, reason: "the folder cannot be made")
    }
  }

  /// Removes what processes left that were killed, where nobody is writing at this moment: files that are not whole, and
  /// tokens that have no description.
  private func removeLeftovers() {
    guard let lock = try? FolderLock(folder), lock.isHeld else { return }
    for name in files where AtomicFile.nameToBe(of: name).map(Self.isOwn) == true {
      unsafe _ = unlink(folder + "/" + name)
    }
    for name in Set(names(.tokens)).subtracting(names(.entry)) { unsafe _ = unlink(path(name, .tokens)) }
    withExtendedLifetime(lock) {}
  }

  /// A lock that all have who write. Who removes leftovers has the folder alone, for a moment.
  private func sharedLock() throws(CorpusError) -> FolderLock {
    try writing { () throws(CheckpointError) in
      for _ in 0..<100 {
        do throws(CheckpointError) { return try FolderLock(folder, isShared: true) } catch {
          guard case .inUse = error else { throw error }
          usleep(20_000)
        }
      }
      throw .inUse(path: folder)
    }
  }

  /// Does something to the folder. Where that fails it is an error of the cache, whatever else uses such files.
  private func writing<Result: ~Copyable>(
    _ body: () throws(CheckpointError) -> Result
  ) throws(CorpusError) -> Result {
    do { return try body() } catch {
      switch error {
      case .cannotCreate(_, let reason), .ioFailed(_, let reason):
        throw .cache(folder: folder, reason: reason)
      case .inUse: throw .cache(folder: folder, reason: "another process holds it")
      default: throw .cache(folder: folder, reason: error.description)
      }
    }
  }

  // MARK: Names

  private enum Kind: String {
    case entry = ".entry"
    case tokens = ".tokens"
  }

  /// What an entry is called before its texts are known.
  private static let nameOfNew = "new"

  /// What is in the folder; nothing where there is none.
  private var files: [String] { ((try? FileReading.entries(of: FilePath(folder))) ?? []).map(\.text) }

  /// The names of the entries that have a file of a kind.
  private func names(_ kind: Kind) -> [String] { files.compactMap { Self.name(of: $0, kind) } }

  /// The name of the entry that a file is of: two digests. nil for what is not of a cache.
  private static func name(of file: String, _ kind: Kind) -> String? {
    guard file.hasSuffix(kind.rawValue) else { return nil }
    let name = file.dropLast(kind.rawValue.count)
    let digests = name.split(separator: "-", omittingEmptySubsequences: false)
    let areDigests = digests.allSatisfy { $0.count == 16 && $0.allSatisfy("0123456789abcdef".contains) }
    return digests.count == 2 && areDigests ? String(name) : nil
  }

  /// Whether a cache writes files of this name.
  private static func isOwn(_ file: String) -> Bool {
    file == nameOfNew + Kind.tokens.rawValue || name(of: file, .entry) != nil
  }

  private func path(_ name: String, _ kind: Kind) -> String { folder + "/" + name + kind.rawValue }

  /// What the names of all entries begin with that have texts of these sizes.
  private static func sizesName(_ corpora: [Corpus]) -> String {
    var digest = ContentDigest()
    digest.update(count: corpora.count)
    for corpus in corpora {
      digest.update(count: corpus.documents.count)
      for document in corpus.documents { digest.update(count: document.byteCount) }
    }
    return digest.description
  }
}

extension TokenCacheEntry {
  fileprivate var documents: [Document] { Array(corpora.joined()) }

  /// Which of the documents are not known by their files.
  fileprivate func unknown(_ files: [File?]) -> [Int] {
    zip(documents, files).enumerated().filter { $1.0.file == nil || $1.0.file != $1.1 }.map(\.offset)
  }

  /// The same content, in other files; what has no file now may have its old one again the next time.
  fileprivate func with(_ files: [File?]) -> TokenCacheEntry {
    var entry = self
    var rest = files[...]
    for corpus in entry.corpora.indices {
      for document in entry.corpora[corpus].indices {
        if let file = rest.removeFirst() { entry.corpora[corpus][document].file = file }
      }
    }
    return entry
  }

  /// What the name ends with: other texts, another tokenizer or other settings have another. Two settings may give the
  /// same tokenizer, and who asks for the one does not know that of the other.
  fileprivate var contentName: String {
    var digest = ContentDigest()
    digest.update(JSONText.encode(unicodeVersions).utf8)
    if let settings { digest.update(JSONText.encode(settings).utf8) }
    digest.update(JSONText.encode(tokenizer).utf8)
    for document in documents { digest.update(count: Int(truncatingIfNeeded: document.digest)) }
    return digest.description
  }
}
