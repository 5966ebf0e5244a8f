/// One token for each byte: ids 0...255 are the bytes, 256 is `<boundary>`. There is no unknown token.
struct ByteTokenizer: ContiguousScheme {
  static let usualLength = 500

  let vocabulary: Vocabulary
  let startID: UInt32 = 256

  init(vocabulary: Vocabulary, merges: [SubwordMerge], unknown: UnknownPolicy) throws(TextError) {
    guard vocabulary.entries.map(\.token) == Self.tokens else { throw .wrongByteVocabulary }
    self.vocabulary = vocabulary
  }

  static func endOfUnit(_ text: [UInt8], from start: Int) -> Int { start + 1 }

  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
    normalizer.isIdentity || canCutClusters(text, at: offset, normalizer)
  }

  /// The size and the order of the vocabulary are fixed; the texts only give the counts.
  static func make(of counts: UnitCounts, _ settings: TokenizerSettings) throws(TextError) -> ByteTokenizer {
    if let size = settings.vocabularySize, size != tokens.count {
      throw .vocabularySizeIsFixed(size: size, fixed: tokens.count)
    }
    let vocabulary = try Vocabulary(entries: tokens.map { VocabularyEntry($0, count: counts[$0]) })
    return try ByteTokenizer(vocabulary: vocabulary, merges: [], unknown: settings.unknown)
  }

  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> Tokenizer.Encoding {
    Tokenizer.Encoding(ids: text.map { UInt32($0) }, UnknownPieces())
  }

  func append(_ id: UInt32, to text: inout [UInt8], atLineStart: inout Bool) {
    if id != startID { text.append(UInt8(id)) }
  }

  func isOneUnit(_ bytes: [UInt8]) -> Bool { bytes.count == 1 }

  private static let tokens: [VocabularyEntry.Token] =
    (0...255).map { .bytes([$0]) } + [.special(.boundary)]
}
