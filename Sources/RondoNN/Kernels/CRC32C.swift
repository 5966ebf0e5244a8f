import CRondoKernels

#if !_endian(little)
  #error("The checkpoint code reads and writes numbers as they lie in memory: little endian.")
#endif

/// The CRC-32C checksum (Castagnoli 1993, doi:10.1109/26.231911; the polynomial of iSCSI, RFC 3720).
///
/// Reflected polynomial 0x82F63B78, initial value and final exclusive-or 0xFFFFFFFF. It finds every damage that
/// lies within 32 adjoining bits, and any other with probability 1 − 2⁻³²; it does not guard against tampering.
package enum CRC32C {
  /// The checksum of `bytes`, or of everything so far followed by `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: What to add; may be empty.
  ///   - checksum: What this function returned for the bytes before these; 0 where there were none.
  /// - Returns: The checksum. `checksum(of: a + b) == checksum(of: b, continuing: checksum(of: a))`.
  package static func checksum(of bytes: RawSpan, continuing checksum: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      var register = ~checksum
      if unsafe rondo_crc32c(&register, bytes.baseAddress, bytes.count) { return ~register }
      return unsafe slicedChecksum(of: bytes, continuing: checksum)
    }
  }

  /// The same without the processor's instruction.
  static func slicedChecksum(of bytes: UnsafeRawBufferPointer, continuing checksum: UInt32) -> UInt32 {
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe ~update(~checksum, bytes, tables)
    }
  }

  /// How many bytes the inner loop takes at a time: one look-up table for each.
  private static let stride = 16

  /// `tables[256 * k + b]` is what the byte `b` does to the register when `k` zero bytes follow it.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 256 * stride)
    for byte in 0..<256 {
      var register = UInt32(byte)
      for _ in 0..<8 {
        register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1
      }
      tables[byte] = register
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = previous >> 8 ^ tables[Int(previous & 255)]
    }
    return tables
  }()

  /// The register after `bytes`: slicing by 16 (Kounavis and Berry 2008, doi:10.1109/TC.2008.85), then byte by
  /// byte.
  private static func update(
    _ register: UInt32, _ bytes: UnsafeRawBufferPointer, _ tables: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    guard let start = bytes.baseAddress, let table = tables.baseAddress else { return register }
    var register = register
    var offset = 0
    while bytes.count - offset >= stride {
      let low = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ UInt64(register)
      let high = unsafe start.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
      register = unsafe slice(low, table + 8 * 256) ^ slice(high, table)
      offset += stride
    }
    while offset < bytes.count {
      let byte = unsafe start.load(fromByteOffset: offset, as: UInt8.self)
      register = unsafe register >> 8 ^ table[Int((register ^ UInt32(byte)) & 255)]
      offset += 1
    }
    return register
  }

  /// What the eight bytes of `word` do to the register; the first of them goes through `table[7 * 256...]`.
  @inline(__always)
  private static func slice(_ word: UInt64, _ table: UnsafePointer<UInt32>) -> UInt32 {
    let first = unsafe table[1792 + Int(word & 255)] ^ table[1536 + Int(word >> 8 & 255)]
    let second = unsafe table[1280 + Int(word >> 16 & 255)] ^ table[1024 + Int(word >> 24 & 255)]
    let third = unsafe table[768 + Int(word >> 32 & 255)] ^ table[512 + Int(word >> 40 & 255)]
    let fourth = unsafe table[256 + Int(word >> 48 & 255)] ^ table[Int(word >> 56)]
    return first ^ second ^ third ^ fourth
  }
}
