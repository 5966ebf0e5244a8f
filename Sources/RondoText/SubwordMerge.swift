/// Two neighbouring tokens that a `subword` tokenizer makes one.
public struct SubwordMerge: Sendable, Hashable {
  /// The id of the first token.
  public var left: UInt32
  /// The id of the second token.
  public var right: UInt32

  /// The merge of two tokens.
  public init(_ left: UInt32, _ right: UInt32) {
    self.left = left
    self.right = right
  }

  /// Both ids; the order of these numbers is that of the pairs, by the first id and then by the second.
  @inline(__always)
  var key: UInt64 { UInt64(left) << 32 | UInt64(right) }
}

/// A JSON list of two ids.
extension SubwordMerge: Codable {
  /// Writes the two ids.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(left)
    try container.encode(right)
  }

  /// Reads the two ids.
  ///
  /// - Throws: `DecodingError` where there are not two.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    try self.init(container.decode(UInt32.self), container.decode(UInt32.self))
    guard container.isAtEnd else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a merge has two tokens")
    }
  }
}
