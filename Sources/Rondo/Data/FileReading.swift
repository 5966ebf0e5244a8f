#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the file system says of a path.
struct FileStatus {
  enum Kind { case file, folder, link, other }

  /// Which file it is, whatever the path; nil where the file system does not number its files.
  struct Identity: Hashable {
    var device: UInt64
    var number: UInt64
  }

  var kind: Kind
  var byteCount: Int
  var identity: Identity?
  /// When the content was written last: seconds and nanoseconds.
  var modified: [Int]

  /// Whether a file is the same as it was, with the same content.
  func isUnchanged(since other: FileStatus) -> Bool {
    byteCount == other.byteCount && identity == other.identity && modified == other.modified
  }

  /// Asks for a path's status; a link is followed if so wished, else it is itself the answer.
  init(of path: FilePath, followingLinks: Bool) throws(FileFailure) {
    guard let name = path.terminated else { throw FileFailure(code: ENOENT) }
    var info = stat()
    let result = unsafe followingLinks ? stat(name, &info) : lstat(name, &info)
    guard result == 0 else { throw FileFailure(code: errno) }
    self.init(info)
  }

  init(descriptor: Int32) throws(FileFailure) {
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else { throw FileFailure(code: errno) }
    self.init(info)
  }

  private init(_ info: stat) {
    kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    byteCount = Int(info.st_size)
    #if canImport(Darwin)
      modified = [info.st_mtimespec.tv_sec, info.st_mtimespec.tv_nsec]
    #else
      modified = [info.st_mtim.tv_sec, info.st_mtim.tv_nsec]
    #endif
    let number = UInt64(info.st_ino)
    identity = number == 0 ? nil : Identity(device: UInt64(truncatingIfNeeded: info.st_dev), number: number)
  }
}

/// The system said no.
struct FileFailure: Error {
  var code: Int32
  /// The number of bytes that did not fit into the memory there is, where that is the reason.
  var tooManyBytes: Int?
  /// Something had been opened, and reading it failed.
  var whileReading = false

  var isNotFound: Bool { code == ENOENT || code == ENOTDIR }

  /// The reason in the system's words.
  var reason: String {
    if let tooManyBytes { return "its \(tooManyBytes) bytes or more do not fit into memory" }
    return unsafe String(cString: strerror(code))
  }
}

/// Reading files and folders through POSIX. Unsafe calls stay in this file.
enum FileReading {
  /// The bytes that this machine's memory holds, all in all.
  static var memoryByteCount: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && pageSize > 0 ? Int(pages) * Int(pageSize) : Int.max
  }

  /// All bytes of a file, which must fit into memory.
  static func contents(of path: FilePath) throws(FileFailure) -> [UInt8] {
    let descriptor = try openForReading(path)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let (more, ended) = try part(from: descriptor, count: max(bytes.count, 1 << 16))
      bytes += more
      if ended { return bytes }
      guard bytes.count <= memoryByteCount / 2 else {
        throw FileFailure(code: EFBIG, tooManyBytes: bytes.count)
      }
    }
  }

  /// The names in a folder, without `.` and `..`, in no order.
  static func entries(of path: FilePath) throws(FileFailure) -> [FilePath] {
    guard let name = path.terminated else { throw FileFailure(code: ENOENT) }
    guard let folder = unsafe opendir(name) else { throw FileFailure(code: errno) }
    defer { unsafe closedir(folder) }
    var result: [FilePath] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(folder) else { break }
      // The record may be shorter than the type says, so its name is read in place and never copied with it.
      let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!
      let name = unsafe UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
      var length = 0
      while unsafe name[length] != 0 { length += 1 }
      let bytes = unsafe [UInt8](UnsafeBufferPointer(start: name, count: length))
      if bytes != Array(".".utf8) && bytes != Array("..".utf8) { result.append(FilePath(bytes: bytes)) }
    }
    guard errno == 0 else { throw FileFailure(code: errno, whileReading: true) }
    return result
  }

  /// What a folder is really called that is given as `.`, say; nil for the root and where there is no answer.
  static func realBaseName(of path: FilePath) -> String? {
    guard let name = path.terminated, let real = unsafe realpath(name, nil) else { return nil }
    defer { unsafe free(real) }
    let base = FilePath(unsafe String(cString: real)).baseName.text
    return base.isEmpty ? nil : base
  }

  static func openForReading(_ path: FilePath) throws(FileFailure) -> Int32 {
    guard let name = path.terminated else { throw FileFailure(code: ENOENT) }
    while true {
      let descriptor = unsafe open(name, O_RDONLY | O_CLOEXEC)
      if descriptor >= 0 { return descriptor }
      guard errno == EINTR else { throw FileFailure(code: errno) }
    }
  }

  /// Reads until `count` bytes are there or the end is.
  static func part(
    from descriptor: Int32, count capacity: Int
  ) throws(FileFailure) -> (bytes: [UInt8], ended: Bool) {
    // The empty array has one memory for all threads, into which such an initializer would write its count.
    guard capacity > 0 else { return ([], false) }
    var failure: Int32 = 0
    var ended = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      while count < capacity {
        // Darwin refuses to read more than Int32.max bytes in one call.
        let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[count..<capacity])
        let result = unsafe read(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
        if result > 0 {
          count += result
        } else if result == 0 {
          ended = true
          return
        } else if errno == EAGAIN {
          // Someone made the pipe non-blocking: sleep until there is more.
          var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          _ = unsafe poll(&waiting, 1, -1)
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard failure == 0 else { throw FileFailure(code: failure, whileReading: true) }
    return (bytes, ended)
  }
}
