#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that appears under its name all at once, or not at all.
///
/// The bytes go to a temporary file in the same folder, `.NAME.tmp-PROCESS-NUMBER`; `commit` syncs it, renames it to
/// its name, and syncs the folder. Until then the old file of that name is whole, and so it stays after a full
/// disk, a crash or a power cut. Without `commit` the temporary file is removed when the value goes away. A process
/// that is killed leaves it behind: its name begins with a dot and does not end as a checkpoint's does, so
/// nothing takes it for one, and it may be deleted.
package struct AtomicFile: ~Copyable {
  /// The name that the file will have. A symbolic link of that name is replaced, and what it leads to stays as it is.
  package private(set) var path: String
  private var name: String
  private let temporaryName: String
  private let folder: Int32
  private let descriptor: Int32
  private var isCommitted = false

  /// Creates the temporary file.
  ///
  /// - Throws: `.cannotCreate` where the folder is missing or does not let itself be written to, or where what has
  ///   the name, or what a link of that name leads to, is there and no regular file: a folder, a device, a pipe.
  package init(replacing path: String) throws(CheckpointError) {
    let (folderPath, name) = try Self.split(path)
    let folder = unsafe open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .cannotCreate(path: path, reason: systemErrorText()) }
    if let reason = Self.obstacle(name, in: folder) {
      close(folder)
      throw .cannotCreate(path: path, reason: reason)
    }

    // A name may be taken: by another thread, or by a process of the same number that was killed.
    var attempt = 0
    var temporaryName = ""
    var descriptor: Int32 = -1
    repeat {
      attempt += 1
      temporaryName = ".\(name).tmp-\(getpid())-\(attempt)"
      descriptor = unsafe openat(folder, temporaryName, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    } while descriptor < 0 && (errno == EINTR || errno == EEXIST && attempt < 10_000)
    guard descriptor >= 0 else {
      let reason = systemErrorText()
      close(folder)
      throw .cannotCreate(path: path, reason: reason)
    }
    self.path = path
    self.name = name
    self.temporaryName = temporaryName
    self.folder = folder
    self.descriptor = descriptor
  }

  /// The folder of `path`, and the name in it.
  private static func split(_ path: String) throws(CheckpointError) -> (folder: String, name: String) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
    guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0) else {
      throw .cannotCreate(path: path, reason: "this is no name for a file")
    }
    return (slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".", name)
  }

  /// Why the file of this name must not be replaced: `rename` would put a file in the place of a device or a pipe.
  private static func obstacle(_ name: String, in folder: Int32) -> String? {
    // /dev/stdout and its like are links that lead on to whatever is open, perhaps to a regular file.
    let prefix = "/proc/".utf8.map { CChar($0) }
    var target = [CChar](repeating: 0, count: prefix.count)
    if unsafe readlinkat(folder, name, &target, prefix.count) > 0, target == prefix {
      return "this name stands for a file that is open"
    }
    var information = stat()
    // Nothing is there, or a link that leads nowhere.
    guard unsafe fstatat(folder, name, &information, 0) == 0 else { return nil }
    switch information.st_mode & S_IFMT {
    case S_IFREG: return nil
    case S_IFDIR: return "a folder has this name"
    default: return "what has this name is no regular file"
    }
  }

  /// What a temporary file is to become: NAME of `.NAME.tmp-PROCESS-NUMBER`, nil for what is called otherwise.
  static func nameToBe(of temporaryName: String) -> String? {
    let parts = temporaryName.split(separator: ".tmp-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("."), parts[1].allSatisfy("0123456789-".contains) else {
      return nil
    }
    return String(parts[0].dropFirst())
  }

  deinit {
    close(descriptor)
    if !isCommitted { unsafe _ = unlinkat(folder, temporaryName, 0) }
    close(folder)
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `.ioFailed`, on a full disk for instance.
  package func append(_ bytes: RawSpan) throws(CheckpointError) {
    try Self.write(bytes, to: descriptor, at: nil, path: path)
  }

  /// Writes `bytes` over those that begin at `offset`; what is appended later still goes to the end.
  ///
  /// - Throws: `.ioFailed`.
  package func overwrite(_ bytes: RawSpan, at offset: Int) throws(CheckpointError) {
    try Self.write(bytes, to: descriptor, at: offset, path: path)
  }

  /// Another descriptor of the file, for reading and writing, which outlives this value.
  ///
  /// - Throws: `.ioFailed` where there are too many already.
  func duplicateDescriptor() throws(CheckpointError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .ioFailed(path: path, reason: systemErrorText()) }
    return copy
  }

  /// Puts the file in its place, under another name in the same folder, which was not known in the beginning.
  ///
  /// - Throws: as ``commit()``.
  mutating func commit(as newPath: String) throws(CheckpointError) {
    (path, name) = (newPath, try Self.split(newPath).name)
    try commit()
  }

  /// Puts the file in its place. When this returns, it will survive a power cut.
  ///
  /// - Throws: `.ioFailed`; `.cannotCreate` where something that is no file has the name. The old file is then
  ///   still there, except where the very last step fails, the sync of the folder: then the new one is.
  package mutating func commit() throws(CheckpointError) {
    precondition(!isCommitted, "A file is committed once.")
    guard Self.sync(descriptor) else { throw .ioFailed(path: path, reason: systemErrorText()) }
    guard unsafe renameat(folder, temporaryName, folder, name) == 0 else {
      let code = errno
      let isOccupied = [EISDIR, ENOTEMPTY, EEXIST, EACCES, EPERM].contains(code)
      let reason = systemErrorText(code)
      throw isOccupied ? .cannotCreate(path: path, reason: reason) : .ioFailed(path: path, reason: reason)
    }
    isCommitted = true
    // Some file systems cannot sync a folder and say EINVAL; there is nothing more to be had from them.
    guard Self.sync(folder) || errno == EINVAL || errno == ENOTSUP else {
      throw .ioFailed(path: path, reason: systemErrorText())
    }
  }

  /// Writes all of `bytes` to a descriptor: at its end, or at an offset.
  static func write(
    _ bytes: RawSpan, to descriptor: Int32, at offset: Int?, path: String
  ) throws(CheckpointError) {
    do { try DescriptorAccess.write(bytes, to: descriptor, at: offset) } catch {
      throw .ioFailed(path: path, reason: error.reason)
    }
  }

  /// Waits until everything is on the disk; on macOS `fsync` alone stops at the disk's own memory.
  static func sync(_ descriptor: Int32) -> Bool {
    #if canImport(Darwin)
      if fcntl(descriptor, F_FULLFSYNC) == 0 { return true }
    #endif
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { return false }
    }
    return true
  }
}
