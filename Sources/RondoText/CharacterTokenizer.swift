/// One token for each extended grapheme cluster.
struct CharacterTokenizer: ContiguousScheme {
  static let usualLength = 500

  let vocabulary: Vocabulary
  let startID: UInt32
  private let unknown: UnknownUnits
  /// The ids of the bytes that are a cluster before any ASCII character, or `Vocabulary.none`: that is what a CR has,
  /// which may stand before an LF.
  private let simpleIDs: [UInt32]

  init(
    vocabulary: Vocabulary, merges: [SubwordMerge], unknown policy: UnknownPolicy
  ) throws(TextError) {
    (unknown, startID) = try UnknownUnits.make(policy, in: vocabulary, of: .character)
    self.vocabulary = vocabulary
    simpleIDs = (0...255).map { (byte: UInt8) in
      byte == 0x0D || byte >= 0x80 ? Vocabulary.none : vocabulary.id(ofASCII: byte)
    }
  }

  @inline(__always)
  static func endOfUnit(_ text: [UInt8], from start: Int) -> Int { endOfCluster(text, from: start) }

  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
    canCutClusters(text, at: offset, normalizer)
  }

  static func make(of counts: UnitCounts, _ settings: TokenizerSettings) throws(TextError)
    -> CharacterTokenizer
  {
    let vocabulary = try counts.vocabulary(
      specials: settings.unknown.specialTokens, required: settings.unknown.requiredUnits,
      size: settings.vocabularySize, minimumCount: settings.minimumCount)
    return try CharacterTokenizer(vocabulary: vocabulary, merges: [], unknown: settings.unknown)
  }

  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> Tokenizer.Encoding {
    var pieces = UnknownPieces()
    let ids = [UInt32](capacity: text.count) { ids in
      var position = 0
      // Up to here the text from `position` on is ASCII.
      var endOfRun = 0
      while position < text.count {
        if position >= endOfRun, text[position] < 0x80 { endOfRun = endOfASCII(text, from: position) }
        // A mark may follow the last of them.
        while position < endOfRun - 1 {
          let id = simpleIDs[Int(text[position])]
          guard id != Vocabulary.none else { break }
          ids.append(id)
          position += 1
        }
        let end = endOfCluster(text, from: position)
        vocabulary.appendID(of: text, in: position..<end, or: unknown, to: &ids, &pieces)
        position = end
      }
    }
    return Tokenizer.Encoding(ids: ids, pieces)
  }

  func isOneUnit(_ bytes: [UInt8]) -> Bool {
    isValidUTF8(bytes) && endOfCluster(bytes, from: 0) == bytes.count
  }
}
