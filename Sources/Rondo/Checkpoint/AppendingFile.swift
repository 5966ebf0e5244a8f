#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that grows line by line, each written at once.
struct AppendingFile: ~Copyable {
  private let path: String
  private let descriptor: Int32

  /// Opens a file, making it where it is not there.
  ///
  /// - Throws: `.cannotCreate`.
  init(path: String) throws(CheckpointError) {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: systemErrorText()) }
  }

  deinit { close(descriptor) }

  /// Appends text.
  ///
  /// - Throws: `.ioFailed`, on a full disk for instance.
  func append(_ text: String) throws(CheckpointError) {
    try unsafe AtomicFile.write(Array(text.utf8).span.bytes, to: descriptor, at: nil, path: path)
  }

  /// Waits until everything that was appended is on the disk.
  ///
  /// - Throws: `.ioFailed`.
  func sync() throws(CheckpointError) {
    guard AtomicFile.sync(descriptor) else { throw .ioFailed(path: path, reason: systemErrorText()) }
  }
}
