import RondoText

/// A short fingerprint of content: equal content gives the equal fingerprint on every machine and in every version.
///
/// FNV-1a with 64 bits (Fowler, Noll & Vo; RFC 9923): each byte is exclusive-ored into the state, which is then
/// multiplied by a prime. It tells that a file was edited or exchanged by accident. It guards against no one who
/// means to deceive.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
  /// The 64 bits of the fingerprint.
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The fingerprint of no bytes at all.
  public init() {}

  /// Takes more bytes in. Taking `a` and then `b` is the same as taking `a + b`; where that must differ, take in the
  /// lengths too.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    var state = value
    for byte in bytes {
      state = (state ^ UInt64(byte)) &* Self.prime
    }
    value = state
  }

  /// Takes in a number, as eight bytes with the lowest first.
  public mutating func update(count: Int) {
    let bits = UInt64(bitPattern: Int64(count))
    var state = value
    if bits >> 16 == 0 {
      // What is left of six bytes that are zero is the prime to the sixth power.
      state = (state ^ (bits & 0xff)) &* Self.prime
      value = (state ^ (bits >> 8)) &* Self.primeToTheSeventh
      return
    }
    for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
      state = (state ^ (bits >> shift & 0xff)) &* Self.prime
    }
    value = state
  }

  private static let prime: UInt64 = 0x0000_0100_0000_01b3
  private static let primeToTheSeventh = (1..<7).reduce(prime) { power, _ in power &* prime }

  /// Sixteen hexadecimal digits, in lower case.
  public var description: String {
    value.padded(to: 16, radix: 16)
  }
}
