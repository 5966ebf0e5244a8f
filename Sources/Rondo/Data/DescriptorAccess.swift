#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads and writes all of some bytes of a file that is open, however many calls of the system that takes.
enum DescriptorAccess {
  /// Darwin refuses more than Int32.max bytes in one call.
  private static let mostAtOnce = 1 << 30

  /// Writes all of `bytes`: at an offset, or where there is none, after what was written last.
  static func write(_ bytes: RawSpan, to descriptor: Int32, at offset: Int?) throws(FileFailure) {
    let code = unsafe bytes.withUnsafeBytes { bytes -> Int32 in
      var done = 0
      while done < bytes.count {
        let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
        let count = min(bytes.count - done, mostAtOnce)
        let part =
          if let offset {
            unsafe pwrite(descriptor, start, count, off_t(offset + done))
          } else {
            unsafe systemWrite(descriptor, start, count)
          }
        if part < 0 && errno == EINTR { continue }
        guard part > 0 else { return part < 0 ? errno : EIO }
        done += part
      }
      return 0
    }
    guard code == 0 else { throw FileFailure(code: code) }
  }

  /// Fills the first bytes of `buffer` with those that begin at an offset.
  ///
  /// - Returns: how many there were: fewer than `count` where the file ends before.
  static func read(
    _ count: Int, at offset: Int, of descriptor: Int32, into buffer: inout MutableSpan<UInt8>
  ) throws(FileFailure) -> Int {
    let (done, code) = unsafe buffer.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < count {
        let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
        let part = unsafe pread(descriptor, start, min(count - done, mostAtOnce), off_t(offset + done))
        if part < 0 && errno == EINTR { continue }
        if part < 0 { return (done, errno) }
        if part == 0 { break }
        done += part
      }
      return (done, 0 as Int32)
    }
    guard code == 0 else { throw FileFailure(code: code, whileReading: true) }
    return done
  }
}

/// `write(2)`, under a name that a method called `write` does not hide.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(descriptor, start, count)
}
