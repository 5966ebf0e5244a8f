import CIconv

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns text of one encoding into another, part by part, through iconv(3). Unsafe calls of it stay in this file.
@safe final class CharacterDecoder {
  /// Bytes that are no text in the encoding.
  struct Failure: Error {
    /// Where they begin, counted from the first byte that was given.
    var offset: Int
  }

  private let handle: iconv_t
  /// The beginning of a character whose end has not come yet.
  private var pending: [UInt8] = []
  /// Bytes that were decoded.
  private var offset = 0

  /// - Returns: nil for an encoding that the system does not know.
  convenience init?(_ encoding: String) { self.init(from: encoding, to: "UTF-8") }

  private init?(from: String, to: String) {
    // An empty name is the encoding of the user's language, and what comes after a slash would hide what is wrong.
    guard !(from + to).utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }), !from.isEmpty,
      !to.isEmpty,
      let handle = unsafe iconv_open(to, from), Int(bitPattern: handle) != -1
    else { return nil }
    unsafe self.handle = handle
  }

  deinit { unsafe _ = iconv_close(handle) }

  /// Whether the text of an encoding has bytes of zero, as that of UTF-16.
  static func hasZeroBytes(_ encoding: String) -> Bool {
    guard let encoder = CharacterDecoder(from: "UTF-8", to: encoding) else { return false }
    return (try? encoder.decode([UInt8(ascii: "A")]))?.contains(0) == true
  }

  /// The UTF-8 of what comes next, up to the last whole character.
  func decode(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    pending += bytes
    var done = 0
    var output: [UInt8] = []
    var reason = convert(from: &done, appendingTo: &output)
    while reason == E2BIG { reason = convert(from: &done, appendingTo: &output) }
    offset += done
    pending.removeFirst(done)
    // EINVAL says that a character has no end yet.
    guard reason == 0 || reason == EINVAL else { throw Failure(offset: offset) }
    return output
  }

  /// Says that nothing comes after: no character may then be without its end.
  ///
  /// - Returns: what an encoding with states has kept back.
  func finish() throws(Failure) -> [UInt8] {
    guard pending.isEmpty else { throw Failure(offset: offset) }
    return unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { buffer, count in
      var target = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
      var targetCount = Self.room
      unsafe _ = iconv(handle, nil, nil, &target, &targetCount)
      count = Self.room - targetCount
    }
  }

  /// Converts pending bytes, as many as one buffer holds the text of.
  ///
  /// - Returns: 0, or the reason why not all were converted.
  private func convert(from done: inout Int, appendingTo output: inout [UInt8]) -> Int32 {
    var reason: Int32 = 0
    output += unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { buffer, count in
      unsafe pending.withUnsafeMutableBytes { input in
        var source = unsafe input.baseAddress?.advanced(by: done).assumingMemoryBound(to: CChar.self)
        var sourceCount = input.count - done
        var target = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
        var targetCount = Self.room
        let result = unsafe iconv(handle, &source, &sourceCount, &target, &targetCount)
        reason = result == -1 ? errno : 0
        done = input.count - sourceCount
        count = Self.room - targetCount
      }
    }
    return reason
  }

  private static let room = 1 << 16
}
