#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bytes that were written one after the other and are read at any place: in memory while they are few, else in a
/// temporary file without a name, which is gone with the value or with the process, however that ends.
final class Spool: Sendable {
  /// How many bytes there are.
  let count: Int
  private let content: Content

  fileprivate enum Content: Sendable {
    case memory([UInt8])
    case file(UnnamedFile)
  }

  fileprivate init(_ content: Content, count: Int) {
    self.content = content
    self.count = count
  }

  /// Bytes that are in memory already.
  convenience init(_ bytes: [UInt8]) { self.init(.memory(bytes), count: bytes.count) }

  /// Whether the bytes are in a file.
  var isFile: Bool {
    if case .file = content { true } else { false }
  }

  /// Lends some of the bytes.
  ///
  /// - Parameter scratch: room to read into, which grows where it is too small; in memory it is not needed.
  /// - Throws: `CorpusError.temporaryFile`.
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
  private let memoryLimit: Int
  /// What is not in the file: everything, or the last bytes.
  private var pending: [UInt8] = []
  private var file: UnnamedFile?

  init(memoryLimit: Int = usualMemoryLimit) { self.memoryLimit = memoryLimit }

  /// - Throws: `CorpusError.temporaryFile`, on a full disk for instance.
  mutating func append(_ bytes: [UInt8]) throws(CorpusError) {
    pending += bytes
    count += bytes.count
    if file == nil, count > memoryLimit { file = try UnnamedFile() }
    if pending.count >= 1 << 20 { try writePending() }
  }

  /// - Throws: `CorpusError.temporaryFile`.
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

/// A file for a while: it has a name only for the moment in which it is made.
///
/// It is in the folder that `TMPDIR` names, else in `/var/tmp`, since `/tmp` is often kept in memory.
private final class UnnamedFile: Sendable {
  private let descriptor: Int32
  private let folder: String

  init() throws(CorpusError) {
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
    folder = named.flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp"
    var template = (folder + "/rondo-XXXXXX").utf8CString
    descriptor = unsafe template.withUnsafeMutableBufferPointer { unsafe mkstemp($0.baseAddress!) }
    guard descriptor >= 0 else { throw Self.failure(folder) }
    unsafe template.withUnsafeBufferPointer { unsafe _ = unlink($0.baseAddress!) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  func append(_ bytes: [UInt8]) throws(CorpusError) {
    var done = 0
    while done < bytes.count {
      let part = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress! + done, min($0.count - done, 1 << 30))
      }
      if part < 0, errno == EINTR { continue }
      guard part > 0 else { throw Self.failure(folder) }
      done += part
    }
  }

  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(CorpusError) {
    var done = 0
    while done < count {
      let part = unsafe buffer.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress! + done, min(count - done, 1 << 30), off_t(offset + done))
      }
      if part < 0, errno == EINTR { continue }
      guard part > 0 else { throw Self.failure(folder, part == 0 ? EIO : errno) }
      done += part
    }
  }

  private static func failure(_ folder: String, _ code: Int32 = errno) -> CorpusError {
    .temporaryFile(folder: folder, reason: unsafe String(cString: strerror(code)))
  }
}
