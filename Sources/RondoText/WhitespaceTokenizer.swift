/// One token for each word between spaces, one for each newline: the papers' way with the Penn Treebank and its
/// like (Mikolov et al. 2010; Zaremba et al. 2014, arXiv:1409.2329).
///
/// Space, tab, vertical tab, form feed and carriage return separate words; a line feed is `<eos>`. The word
/// `<unk>` in a text is the unknown token.
struct WhitespaceTokenizer: TokenizerScheme {
  static let specialTokens: [SpecialToken] = [.unknown, .endOfLine]
  static let joinsTokens = false
  static let usualLength = 120

  let vocabulary: Vocabulary
  /// A text begins where a line does.
  let startID: UInt32
  private let unknownID: UInt32

  private static let unknownWord = Array(SpecialToken.unknown.rawValue.utf8)
  private static let lineFeed: UInt8 = 0x0A

  init(vocabulary: Vocabulary, merges: [SubwordMerge], unknown: UnknownPolicy) throws(TextError) {
    let ids = try vocabulary.ids(of: Self.specialTokens, for: .whitespace)
    try vocabulary.requireText()
    // The word would be one entry for the text and another for the model.
    guard vocabulary.id(of: Self.unknownWord) == nil else {
      throw .duplicateEntry(name: SpecialToken.unknown.rawValue)
    }
    self.vocabulary = vocabulary
    unknownID = ids[0]
    startID = ids[1]
  }

  static func count(_ text: [UInt8], into counts: inout UnitCounts) {
    var position = 0
    while let piece = nextPiece(text, from: position) {
      position = piece.upperBound
      if text[piece.lowerBound] == lineFeed {
        counts.add(.endOfLine)
      } else if isUnknownWord(text, piece) {
        counts.add(.unknown)
      } else {
        counts.add(text, in: piece)
      }
    }
  }

  /// After a separator no normal form composes anything with it.
  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
    text[offset - 1].isASCIISpace
  }

  static func make(of counts: UnitCounts, _ settings: TokenizerSettings) throws(TextError)
    -> WhitespaceTokenizer
  {
    let vocabulary = try counts.vocabulary(
      specials: specialTokens, size: settings.vocabularySize, minimumCount: settings.minimumCount)
    return try WhitespaceTokenizer(vocabulary: vocabulary, merges: [], unknown: settings.unknown)
  }

  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> Tokenizer.Encoding {
    var ids: [UInt32] = []
    ids.reserveCapacity(text.count / 5)
    var unknown = UnknownPieces()
    var position = 0
    while let piece = Self.nextPiece(text, from: position) {
      position = piece.upperBound
      if text[piece.lowerBound] == Self.lineFeed {
        ids.append(startID)
        continue
      }
      let id = vocabulary.id(of: text, in: piece)
      if id == Vocabulary.none {
        if !Self.isUnknownWord(text, piece) { unknown.add(text, in: piece) }
        ids.append(unknownID)
      } else {
        ids.append(id)
      }
    }
    return Tokenizer.Encoding(ids: ids, unknown)
  }

  func append(_ id: UInt32, to text: inout [UInt8], atLineStart: inout Bool) {
    if id == startID {
      text.append(Self.lineFeed)
      atLineStart = true
      return
    }
    if !atLineStart { text.append(0x20) }
    text.append(contentsOf: vocabulary.bytes(of: id))
    atLineStart = false
  }

  static func isAtLineStart(after text: [UInt8]) -> Bool { text.last?.isASCIISpace ?? true }

  /// The word that no white space ends.
  func startOfOpenEnd(_ text: [UInt8]) -> Int {
    var start = text.count
    while start > 0, !text[start - 1].isASCIISpace { start -= 1 }
    return Self.isUnknownWord(text, start..<text.count) ? text.count : start
  }

  static func range(of token: VocabularyEntry.Token, in text: [UInt8], from position: Int) -> Range<Int> {
    guard let piece = nextPiece(text, from: position) else {
      preconditionFailure("a token stands for no text")
    }
    return piece
  }

  func isOneUnit(_ bytes: [UInt8]) -> Bool {
    isValidUTF8(bytes) && bytes[0] != Self.lineFeed && Self.nextPiece(bytes, from: 0) == 0..<bytes.count
  }

  /// The next word or line feed at or after `start`, or nil where there is none.
  @inline(__always)
  private static func nextPiece(_ text: [UInt8], from start: Int) -> Range<Int>? {
    var first = start
    while first < text.count, text[first].isASCIISpace {
      if text[first] == lineFeed { return first..<first + 1 }
      first += 1
    }
    guard first < text.count else { return nil }
    var end = first + 1
    while end < text.count, !text[end].isASCIISpace { end += 1 }
    return first..<end
  }

  @inline(__always)
  private static func isUnknownWord(_ text: [UInt8], _ piece: Range<Int>) -> Bool {
    piece.count == unknownWord.count && text[piece.lowerBound] == unknownWord[0]
      && text[piece] == unknownWord[...]
  }
}
