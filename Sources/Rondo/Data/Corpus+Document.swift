#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Corpus {
  /// One text of a corpus.
  public struct Document: Sendable {
    /// The base name of the file, for a file found in a folder its path inside that folder, or "standard input".
    /// Never an absolute path, and not unique: two folders may each have a `notes.txt`.
    public let name: String
    /// How many bytes the text has in UTF-8, without a byte-order mark at its start. Never 0.
    public let byteCount: Int
    /// Where the text begins in the file: 3 after a byte-order mark of UTF-8, else 0; also for what was converted.
    public let fileOffset: Int
    private let source: Source

    fileprivate enum Source: Sendable {
      case spool(Spool, start: Int)
      case file(FilePath, pathText: String, FileStatus)
    }

    private init(name: String, source: Source, byteCount: Int, hasMark: Bool) {
      self.name = name
      self.source = source
      fileOffset = hasMark ? 3 : 0
      self.byteCount = byteCount - fileOffset
    }

    /// A text that is in memory.
    init(name: String, content: [UInt8]) {
      self.init(
        name: name, source: .spool(Spool(content), start: 0), byteCount: content.count,
        hasMark: content.starts(with: ByteOrderMark.utf8))
    }

    /// A file, which is read later.
    init(name: String, path: FilePath, pathText: String, status: FileStatus, hasMark: Bool) {
      self.init(
        name: name, source: .file(path, pathText: pathText, status), byteCount: status.byteCount,
        hasMark: hasMark)
    }

    /// A part of what was kept.
    init(name: String, spool: Spool, range: Range<Int>, hasMark: Bool) {
      self.init(
        name: name, source: .spool(spool, start: range.lowerBound), byteCount: range.count, hasMark: hasMark)
    }

    /// What the file system said of the file that has the text as it is; nil for what was kept.
    var fileStatus: FileStatus? {
      if case .file(_, _, let status) = source { status } else { nil }
    }

    /// The whole text in memory.
    ///
    /// - Throws: ``CorpusError/changed(_:)`` where a file is not what it was when the corpus was made,
    ///   ``CorpusError/unreadable(_:reason:)``, ``CorpusError/readFailed(_:reason:)``,
    ///   ``CorpusError/temporaryFile(folder:reason:)``.
    public func bytes() throws(CorpusError) -> [UInt8] {
      guard byteCount <= FileReading.memoryByteCount else {
        throw .unreadable(name, reason: "its \(byteCount) bytes do not fit into memory")
      }
      var reader = try reader()
      var bytes: [UInt8] = []
      bytes.reserveCapacity(byteCount)
      while bytes.count < byteCount { bytes += try reader.read(byteCount - bytes.count) }
      return bytes
    }

    /// Begins to read the text.
    ///
    /// - Throws: as ``bytes()``.
    public func reader() throws(CorpusError) -> Reader {
      switch source {
      case .spool(let spool, let start):
        Reader(spool, start + fileOffset..<start + fileOffset + byteCount)
      case .file(let path, let pathText, let status):
        try Reader(path, pathText, status, position: fileOffset)
      }
    }
  }

  /// Reads a document from its beginning to its end.
  public struct Reader: ~Copyable {
    private let source: Source
    /// In the file or among what was kept.
    private var position: Int

    private enum Source {
      case spool(Spool, end: Int)
      case file(OpenFile)
    }

    fileprivate init(_ spool: Spool, _ range: Range<Int>) {
      source = .spool(spool, end: range.upperBound)
      position = range.lowerBound
    }

    fileprivate init(
      _ path: FilePath, _ pathText: String, _ status: FileStatus, position: Int
    ) throws(CorpusError) {
      source = .file(try OpenFile.open(path, pathText, status, position: position))
      self.position = position
    }

    /// The next bytes: at most `count`, and none at the end alone.
    ///
    /// - Throws: as ``Document/bytes()``.
    public mutating func read(_ count: Int) throws(CorpusError) -> [UInt8] {
      let bytes: [UInt8]
      switch source {
      case .spool(let spool, let end): bytes = try spool.bytes(position..<min(position + count, end))
      case .file(let file): bytes = try file.bytes(at: position, count: count)
      }
      position += bytes.count
      return bytes
    }

    /// The same, which is counted and told.
    mutating func read(
      _ count: Int, _ progress: inout TrainingData.Progress, _ onProgress: (TrainingData.Progress) -> Void
    ) throws(CorpusError) -> [UInt8] {
      let bytes = try read(count)
      progress.bytes += bytes.count
      onProgress(progress)
      return bytes
    }
  }

  /// A file that has to stay as it was.
  private final class OpenFile {
    private let descriptor: Int32
    private let pathText: String
    private let status: FileStatus

    private init(descriptor: Int32, _ pathText: String, _ status: FileStatus) {
      self.descriptor = descriptor
      self.pathText = pathText
      self.status = status
    }

    /// Opens a file that had this status before.
    static func open(
      _ path: FilePath, _ pathText: String, _ status: FileStatus, position: Int
    ) throws(CorpusError) -> OpenFile {
      let file: OpenFile
      do throws(FileFailure) {
        file = OpenFile(descriptor: try FileReading.openForReading(path), pathText, status)
      } catch {
        throw error.isNotFound ? .changed(pathText) : CorpusError(error, pathText)
      }
      guard file.isUnchanged, lseek(file.descriptor, off_t(position), SEEK_SET) >= 0 else {
        throw .changed(pathText)
      }
      return file
    }

    deinit { close(descriptor) }

    func bytes(at position: Int, count: Int) throws(CorpusError) -> [UInt8] {
      let wanted = min(count, status.byteCount - position)
      let bytes: [UInt8]
      do throws(FileFailure) {
        bytes = try FileReading.part(from: descriptor, count: wanted).bytes
      } catch {
        throw CorpusError(error, pathText)
      }
      guard bytes.count == wanted, isUnchanged else { throw .changed(pathText) }
      return bytes
    }

    private var isUnchanged: Bool {
      (try? FileStatus(descriptor: descriptor))?.isUnchanged(since: status) == true
    }
  }
}
