/// The 256 bytes as byte-level byte-pair encoding numbers and names them (Radford et al. 2019).
package enum ByteAlphabet {
  /// The bytes in the order of their ids: those that are graphic characters of Latin-1 first. It is the order in which
  /// GPT-2 and those after it number them, and where pairs are counted equally often, it decides.
  static let bytes: [UInt8] = {
    let graphic = (0...255).filter { (byte: UInt8) in
      0x21...0x7E ~= byte || 0xA1...0xFF ~= byte && byte != 0xAD
    }
    return graphic + (0...255).filter { !graphic.contains($0) }
  }()

  /// What stands for each byte in a token's name: for a graphic character of Latin-1 itself, for the others U+0100,
  /// U+0101 and so on, ascending. So a name has neither white space nor control characters.
  private static let standIns: [Unicode.Scalar] = {
    var scalars = (0...255).map { Unicode.Scalar($0 as UInt8) }
    let others = bytes[(bytes.firstIndex(of: 0) ?? 0)...]
    for (byte, value) in zip(others, (0x100 as UInt32)...) {
      if let scalar = Unicode.Scalar(value) { scalars[Int(byte)] = scalar }
    }
    return scalars
  }()

  private static let byteOf = Dictionary(
    uniqueKeysWithValues: zip(standIns, (0...255).map { UInt8($0 as Int) }))

  /// The name of a token: a character for each byte.
  package static func name(of token: [UInt8]) -> String {
    var name = String.UnicodeScalarView()
    for byte in token { name.append(standIns[Int(byte)]) }
    return String(name)
  }

  /// The token of a name; nil where the name has a character that stands for no byte.
  package static func token(named name: String) -> [UInt8]? {
    var token: [UInt8] = []
    for scalar in name.unicodeScalars {
      guard let byte = byteOf[scalar] else { return nil }
      token.append(byte)
    }
    return token
  }
}
