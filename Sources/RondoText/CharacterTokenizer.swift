/// One token for each extended grapheme cluster.
struct CharacterTokenizer: TokenizerScheme {
  static let specialTokens: [SpecialToken] = [.unknown, .boundary]
  static let unitIsWord = false

  let vocabulary: Vocabulary
  let startID: UInt32
  private let unknownID: UInt32

  init(vocabulary: Vocabulary) throws(TextError) {
    try vocabulary.require(Self.specialTokens, firstFor: .character)
    self.vocabulary = vocabulary
    unknownID = 0
    startID = 1
  }

  static func count(_ text: [UInt8], into counts: inout UnitCounts) {
    var position = 0
    while position < text.count {
      let end = endOfCluster(text, from: position)
      counts.add(text, in: position..<end)
      position = end
    }
  }

  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
    canCutClusters(text, at: offset, normalizer)
  }

  static func vocabulary(
    of counts: UnitCounts, size: Int?, minimumCount: Int
  ) throws(TextError) -> Vocabulary {
    try counts.vocabulary(specials: specialTokens, size: size, minimumCount: minimumCount)
  }

  func encode(_ text: [UInt8]) -> Tokenizer.Encoding {
    var ids = [UInt32](repeating: 0, count: text.count)
    var unknown = UnknownPieces()
    var count = 0
    var position = 0
    while position < text.count {
      let end = endOfCluster(text, from: position)
      let id =
        end == position + 1 && text[position] < 0x80
        ? vocabulary.id(ofASCII: text[position]) : vocabulary.id(of: text, in: position..<end)
      if id == Vocabulary.none {
        unknown.add(text, in: position..<end)
        ids[count] = unknownID
      } else {
        ids[count] = id
      }
      count += 1
      position = end
    }
    ids.removeLast(ids.count - count)
    return Tokenizer.Encoding(ids: ids, unknown)
  }

  func append(_ id: UInt32, to text: inout [UInt8], atLineStart: inout Bool) {
    switch vocabulary.entries[Int(id)].token {
    case .bytes(let bytes): text.append(contentsOf: bytes)
    case .special(.unknown): text.append(contentsOf: replacementCharacter)
    case .special: break
    }
  }

  func isOneUnit(_ bytes: [UInt8]) -> Bool {
    isValidUTF8(bytes) && endOfCluster(bytes, from: 0) == bytes.count
  }
}
