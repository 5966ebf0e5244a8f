#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A folder held against everybody else who asks for it in this way, as long as the value lives.
///
/// The lock is on the folder itself, so that no file of it lies about. It ends with the process, however that ends.
struct FolderLock: ~Copyable {
  private let descriptor: Int32
  /// Whether there is a lock that keeps others out; false on a file system that has none.
  let isHeld: Bool

  /// Takes the folder, without waiting. A file system that has no locks (some that are mounted over a network) goes
  /// without.
  ///
  /// - Parameter isShared: whether others may have it at the same time who share it too.
  /// - Throws: `.inUse` where it is taken, `.cannotCreate` where there is no such folder.
  init(_ path: String, isShared: Bool = false) throws(CheckpointError) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: systemErrorText()) }
    var code: Int32
    repeat {
      code = flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 ? 0 : errno
    } while code == EINTR
    guard code != EWOULDBLOCK else {
      close(descriptor)
      throw .inUse(path: path)
    }
    self.descriptor = descriptor
    isHeld = code == 0
  }

  deinit {
    // Closing is not enough where a child process of this moment has a copy of the descriptor.
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
