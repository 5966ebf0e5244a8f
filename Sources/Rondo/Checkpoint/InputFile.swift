#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What the system says about the last call that failed.
func systemErrorText(_ code: Int32 = errno) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}

/// Bytes in memory that nothing changes any more.
///
/// It exists because an array traps where there is no memory, and a file's size is not to be trusted that far.
@safe final class FileBytes: @unchecked Sendable {
  private let start: UnsafeMutableRawPointer
  let count: Int

  /// Memory for `count` bytes, or nil where there is not so much.
  fileprivate init?(count: Int) {
    guard let start = unsafe malloc(max(count, 1)) else { return nil }
    unsafe self.start = start
    self.count = count
  }

  deinit {
    unsafe free(start)
  }

  fileprivate func withMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) -> R) -> R {
    unsafe body(UnsafeMutableRawBufferPointer(start: start, count: count))
  }

  /// Calls `body` with the bytes in `range`, which has to lie within them.
  func withBytes<R, E: Error>(in range: Range<Int>, _ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let slice = unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
    return try unsafe body(slice.bytes)
  }
}

/// A regular file that is open for reading from beginning to end.
struct InputFile: ~Copyable {
  let path: String
  /// Its size in bytes when it was opened.
  let size: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Throws: `.fileNotFound`; `.unreadable` for a folder, a pipe, a device or want of permission.
  init(path: String) throws(CheckpointError) {
    guard !path.utf8.contains(0) else { throw .fileNotFound(path: path) }
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .fileNotFound(path: path) }
      throw .unreadable(path: path, reason: systemErrorText())
    }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0 else {
      let reason = systemErrorText()
      close(descriptor)
      throw .unreadable(path: path, reason: reason)
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isFolder = information.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(path: path, reason: isFolder ? "it is a folder" : "it is no regular file")
    }
    self.path = path
    self.size = Int(information.st_size)
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Reads the next `count` bytes.
  ///
  /// - Parameter offset: Where they begin, for the error where the file ends before them.
  /// - Throws: `.truncated`, or `.ioFailed` where reading fails or there is not so much memory.
  func read(count: Int, at offset: Int) throws(CheckpointError) -> FileBytes {
    guard let result = FileBytes(count: count) else {
      throw .ioFailed(path: path, reason: "no memory for \(count) bytes")
    }
    let (done, code) = unsafe result.withMutableBytes { bytes in
      var done = 0
      while done < count {
        let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
        let part = unsafe pread(descriptor, start, min(count - done, 1 << 30), off_t(offset + done))
        if part < 0 && errno == EINTR { continue }
        if part < 0 { return (done, errno) }
        if part == 0 { break }
        done += part
      }
      return (done, 0 as Int32)
    }
    guard code == 0 else { throw .ioFailed(path: path, reason: systemErrorText(code)) }
    guard done == count else { throw .truncated(path: path, expected: offset + count, actual: offset + done) }
    return result
  }
}
