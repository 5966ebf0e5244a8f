#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import RondoNN

/// What the system says about the last call that failed.
func systemErrorText(_ code: Int32 = errno) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
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

  /// Reads `count` bytes into memory of their own: a file's size is not to be trusted that far that a program should
  /// end where there is not so much of it.
  ///
  /// - Parameter offset: Where they begin.
  /// - Throws: `.truncated`, or `.ioFailed` where reading fails or there is not so much memory.
  func read(count: Int, at offset: Int) throws(CheckpointError) -> Buffer<UInt8> {
    guard let result = Buffer<UInt8>(allocating: count) else {
      throw .ioFailed(path: path, reason: "no memory for \(count) bytes")
    }
    let done: Int
    do {
      done = try result.withMutableSpan { (span: inout MutableSpan<UInt8>) throws(FileFailure) in
        try DescriptorAccess.read(count, at: offset, of: descriptor, into: &span)
      }
    } catch {
      throw .ioFailed(path: path, reason: error.reason)
    }
    guard done == count else { throw .truncated(path: path, expected: offset + count, actual: offset + done) }
    return result
  }
}
