/// Writes the units that a vocabulary does not have as what stands for them.
enum UnknownUnits: Sendable {
  /// This token.
  case token(UInt32)
  /// The ids of the bytes 0...255.
  case bytes([UInt32])

  /// What stands for them in a vocabulary whose special tokens are `<boundary>` and, where `policy` needs it, `<unk>`;
  /// and the id of `<boundary>`.
  ///
  /// - Throws: `TextError.wrongSpecialTokens`, `.entryIsNotUTF8`, `.missingByte`, `.noEntries`.
  static func make(
    _ policy: UnknownPolicy, in vocabulary: Vocabulary, of kind: TokenizerKind
  ) throws(TextError) -> (unknown: UnknownUnits, boundaryID: UInt32) {
    let ids = try vocabulary.ids(of: policy.specialTokens, for: kind)
    try vocabulary.requireText(butBytes: policy == .bytes)
    switch policy {
    case .token: return (.token(ids[0]), ids[1])
    case .bytes: return (.bytes(try vocabulary.byteIDs()), ids[0])
    }
  }
}

extension Vocabulary {
  /// Appends the id of the unit `text[range]`, or what stands for it.
  @inline(__always)
  func appendID(
    of text: [UInt8], in range: Range<Int>, or unknown: UnknownUnits, to ids: inout OutputSpan<UInt32>,
    _ pieces: inout UnknownPieces
  ) {
    let id = id(of: text, in: range)
    if id != Self.none { return ids.append(id) }
    switch unknown {
    case .token(let id):
      ids.append(id)
      pieces.add(text, in: range)
    case .bytes(let byteIDs):
      for byte in text[range] { ids.append(byteIDs[Int(byte)]) }
    }
  }

  /// Appends the text of an entry: U+FFFD for `<unk>`, nothing for any other special token.
  func appendText(of id: UInt32, to text: inout [UInt8]) {
    switch entries[Int(id)].token {
    case .bytes(let bytes): text.append(contentsOf: bytes)
    case .special(.unknown): text.append(contentsOf: replacementCharacter)
    case .special: break
    }
  }
}

extension Vocabulary {
  /// The ids of the bytes 0...255.
  ///
  /// - Throws: `TextError.missingByte` where one is no entry.
  func byteIDs() throws(TextError) -> [UInt32] {
    var ids: [UInt32] = []
    for byte: UInt8 in 0...255 {
      guard let id = id(of: [byte]) else { throw .missingByte(byte) }
      ids.append(id)
    }
    return ids
  }

  /// Checks that all entries are text.
  ///
  /// - Parameter butBytes: whether an entry may also be a single byte.
  /// - Throws: `TextError.entryIsNotUTF8`.
  func requireText(butBytes: Bool = false) throws(TextError) {
    for (id, entry) in entries.enumerated() {
      guard case .bytes(let bytes) = entry.token, !isValidUTF8(bytes) else { continue }
      if !butBytes || bytes.count > 1 { throw .entryIsNotUTF8(id: id) }
    }
  }
}

extension UnknownPolicy {
  /// The special tokens of a tokenizer of characters or words, in the order that `build` numbers them in.
  var specialTokens: [SpecialToken] {
    switch self {
    case .token: [.unknown, .boundary]
    case .bytes: [.boundary]
    }
  }

  /// The units that a vocabulary has in any case.
  var requiredUnits: [[UInt8]] {
    switch self {
    case .token: []
    case .bytes: (0...255).map { [$0] }
    }
  }
}
