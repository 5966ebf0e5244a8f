/// One entry of a vocabulary: what it stands for and how often the training text had it.
public struct VocabularyEntry: Sendable, Equatable {
  /// What an entry stands for. A special token and a unit with the same characters are different tokens.
  public enum Token: Sendable, Hashable {
    /// A token that is not text.
    case special(SpecialToken)
    /// A unit of text in UTF-8 (for a byte tokenizer: any byte).
    case bytes([UInt8])

    /// A form for messages and lists: the unit in quotes, with what has no shape of its own as `\n`, `\t`, `\r` or
    /// `\u{…}`; a byte that is not text by itself as `\xE2`; or the name of the special token.
    public var name: String {
      switch self {
      case .special(let special): special.rawValue
      case .bytes(let bytes):
        "\"" + OneLine.text(bytes, names: Self.escapes) + "\""
      }
    }

    private static let escapes: [Unicode.Scalar: String] = [
      "\n": "\\n", "\t": "\\t", "\r": "\\r", "\"": "\\\"", "\\": "\\\\",
    ]
  }

  /// What the entry stands for.
  public var token: Token
  /// How often the training text had it, 0 or more.
  public var count: Int

  /// Makes an entry.
  public init(_ token: Token, count: Int) {
    self.token = token
    self.count = count
  }
}

/// `{"special": "<unk>", "count": 3}`, `{"text": "é", "count": 3}`, or where the bytes are not valid UTF-8
/// `{"bytes": [255], "count": 3}`.
extension VocabularyEntry: Codable {
  private enum CodingKeys: String, CodingKey {
    case special, text, bytes, count
  }

  /// Writes the entry in one of its three forms.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch token {
    case .special(let special): try container.encode(special, forKey: .special)
    case .bytes(let bytes):
      if isValidUTF8(bytes) {
        try container.encode(String(decoding: bytes, as: UTF8.self), forKey: .text)
      } else {
        try container.encode(bytes, forKey: .bytes)
      }
    }
    try container.encode(count, forKey: .count)
  }

  /// Reads one of the three forms.
  ///
  /// - Throws: `DecodingError` where the entry has none of the forms, or more than one.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let forms = [CodingKeys.special, .text, .bytes].filter(container.contains)
    guard forms.count == 1 else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "an entry has one of \"special\", \"text\" and \"bytes\""))
    }
    switch forms[0] {
    case .special: token = .special(try container.decode(SpecialToken.self, forKey: .special))
    case .text: token = .bytes(Array(try container.decode(String.self, forKey: .text).utf8))
    default: token = .bytes(try container.decode([UInt8].self, forKey: .bytes))
    }
    count = try container.decode(Int.self, forKey: .count)
  }
}
