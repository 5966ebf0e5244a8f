#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import RondoNN

/// Bytes that were written one after the other and are read at any place: in memory while they are few, else in a
/// temporary file without a name, which is gone with the value or with the process, however that ends; or in a file of a
/// cache.
final class Spool: Sendable {
  /// How many bytes there are.
  let count: Int
  private let content: Content

  fileprivate enum Content: Sendable {
    case memory([UInt8])
    case file(SpoolFile)
  }

  fileprivate init(_ content: Content, count: Int) {
    self.content = content
    self.count = count
  }

  /// Bytes that are in memory already.
  convenience init(_ bytes: [UInt8]) { self.init(.memory(bytes), count: bytes.count) }

  /// The first bytes of a file that is there already.
  convenience init(_ file: SpoolFile, count: Int) { self.init(.file(file), count: count) }

  /// Whether the bytes are in a file.
  var isFile: Bool {
    if case .file = content { true } else { false }
  }

  /// Lends some of the bytes.
  ///
  /// - Parameter scratch: room to read into, which grows where it is too small; in memory it is not needed.
  /// - Throws: `CorpusError.temporaryFile`, or `.cache` where they are in one.
  func withBytes<Result>(
    _ range: Range<Int>, scratch: inout [UInt8], _ body: (Span<UInt8>) -> Result
  ) throws(CorpusError) -> Result {
    precondition(range.upperBound <= count, "bytes that are not there")
    switch content {
    case .memory(let bytes): return body(bytes.span.extracting(range))
    case .file(let file):
      if scratch.count < range.count { scratch = [UInt8](repeating: 0, count: range.count) }
      try file.read(at: range.lowerBound, count: range.count, into: &scratch)
      return body(scratch.span.extracting(0..<range.count))
    }
  }

  /// Some of the bytes.
  func bytes(_ range: Range<Int>) throws(CorpusError) -> [UInt8] {
    var scratch: [UInt8] = []
    return try withBytes(range, scratch: &scratch) { span in
      [UInt8](capacity: span.count) { output in
        for index in span.indices { output.append(span[index]) }
      }
    }
  }
}

/// Takes the bytes of a spool.
struct SpoolWriter: ~Copyable {
  /// What is kept in memory before a file is made.
  static let usualMemoryLimit = 32 << 20

  private(set) var count = 0
  /// The CRC-32C of everything so far.
  private(set) var checksum: UInt32 = 0
  private let memoryLimit: Int
  /// What is not in the file: everything, or the last bytes.
  private var pending: [UInt8] = []
  private var file: SpoolFile?

  init(memoryLimit: Int = usualMemoryLimit) { self.memoryLimit = memoryLimit }

  /// Everything goes to a file, which is empty yet.
  init(into file: SpoolFile) {
    memoryLimit = 0
    self.file = file
  }

  /// - Throws: `CorpusError.temporaryFile` or `.cache`, on a full disk for instance.
  mutating func append(_ bytes: [UInt8]) throws(CorpusError) {
    pending += bytes
    count += bytes.count
    checksum = unsafe CRC32C.checksum(of: bytes.span.bytes, continuing: checksum)
    if file == nil, count > memoryLimit { file = try SpoolFile() }
    if pending.count >= 1 << 20 { try writePending() }
  }

  /// - Throws: as ``append(_:)``.
  consuming func finish() throws(CorpusError) -> Spool {
    try writePending()
    return if let file { Spool(.file(file), count: count) } else { Spool(.memory(pending), count: count) }
  }

  private mutating func writePending() throws(CorpusError) {
    guard let file else { return }
    try file.append(pending)
    pending.removeAll(keepingCapacity: true)
  }
}

/// The file of a spool: one for a while, which has a name only for the moment in which it is made, or one of a cache.
final class SpoolFile: Sendable {
  private let descriptor: Int32
  private let folder: String
  private let isInCache: Bool

  /// A file for a while, in the folder that `TMPDIR` names, else in `/var/tmp`, since `/tmp` is often kept in memory.
  ///
  /// - Throws: `CorpusError.temporaryFile`.
  init() throws(CorpusError) {
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
    folder = named.flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp"
    isInCache = false
    var template = (folder + "/rondo-XXXXXX").utf8CString
    descriptor = unsafe template.withUnsafeMutableBufferPointer { unsafe mkstemp($0.baseAddress!) }
    guard descriptor >= 0 else { throw failure() }
    unsafe template.withUnsafeBufferPointer { unsafe _ = unlink($0.baseAddress!) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  /// A file of a cache that is open already; the descriptor is closed with the value.
  ///
  /// - Parameter folder: the cache's, for messages.
  init(descriptor: Int32, cache folder: String) {
    self.descriptor = descriptor
    self.folder = folder
    isInCache = true
  }

  /// Its size in bytes.
  ///
  /// - Throws: as ``Spool/withBytes(_:scratch:_:)``.
  func byteCount() throws(CorpusError) -> Int {
    do { return try FileStatus(descriptor: descriptor).byteCount } catch { throw failure(error.code) }
  }

  deinit { close(descriptor) }

  func append(_ bytes: [UInt8]) throws(CorpusError) {
    do { try unsafe DescriptorAccess.write(bytes.span.bytes, to: descriptor, at: nil) } catch {
      throw failure(error.code)
    }
  }

  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(CorpusError) {
    var span = buffer.mutableSpan
    let done: Int
    do {
      done = try DescriptorAccess.read(count, at: offset, of: descriptor, into: &span)
    } catch {
      throw failure(error.code)
    }
    guard done == count else { throw failure(EIO) }
  }

  private func failure(_ code: Int32 = errno) -> CorpusError {
    let reason = systemErrorText(code)
    return isInCache
      ? .cache(folder: folder, reason: reason) : .temporaryFile(folder: folder, reason: reason)
  }
}
