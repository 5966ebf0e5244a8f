/// One token for each word (UAX #29) that the vocabulary has; any other is spelled with tokens of its characters.
///
/// A text is cut in two steps, of which every byte is kept:
///
/// 1. It is cut wherever there is a word boundary that is a boundary of grapheme clusters too.
/// 2. A piece that is one U+0020 and nothing else joins the piece after it, if that does not begin with white space.
///
/// So `Ann's 3.5 km, \n\tyes` is `Ann's`, ` 3.5`, ` km`, `,`, ` `, `\n`, `\t`, `yes`. Scripts that write no spaces have a
/// boundary after each cluster, but for words in Katakana.
struct WordTokenizer: ContiguousScheme {
  static let usualLength = 120

  let vocabulary: Vocabulary
  let startID: UInt32
  private let unknown: UnknownUnits

  init(
    vocabulary: Vocabulary, merges: [SubwordMerge], unknown policy: UnknownPolicy
  ) throws(TextError) {
    (unknown, startID) = try UnknownUnits.make(policy, in: vocabulary, of: .word)
    self.vocabulary = vocabulary
  }

  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
    canCutWords(text, at: offset, normalizer)
  }

  /// Its characters.
  static func countParts(
    of unit: [UInt8], _ occurrences: Int, _ unknown: UnknownPolicy, into counts: inout UnitCounts
  ) {
    for cluster in GraphemeClusters(unit) { counts.add(unit, in: cluster, occurrences) }
  }

  /// Words and characters are ranked together, by how often the text has them: a character also for each time that it
  /// is in a word. An entry's count is how often it comes out when the text is encoded.
  static func make(of counts: UnitCounts, _ settings: TokenizerSettings) throws(TextError) -> WordTokenizer {
    let words = counts.all
    var units = UnitCounts()
    for word in words {
      countParts(of: word.bytes, word.count, settings.unknown, into: &units)
      if endOfCluster(word.bytes, from: 0) < word.bytes.count {
        units.add(word.bytes, in: word.bytes.indices, word.count)
      }
    }
    let chosen = try units.vocabulary(
      specials: settings.unknown.specialTokens, required: settings.unknown.requiredUnits,
      size: settings.vocabularySize, minimumCount: settings.minimumCount)

    let scheme = try WordTokenizer(vocabulary: chosen, merges: [], unknown: settings.unknown)
    return try WordTokenizer(
      vocabulary: scheme.vocabularyCounting(words).ranked(), merges: [], unknown: settings.unknown)
  }

  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> Tokenizer.Encoding {
    var pieces = UnknownPieces()
    let ids = [UInt32](capacity: text.count) { ids in
      var position = 0
      while position < text.count {
        let end = Self.endOfUnit(text, from: position)
        let id = vocabulary.id(of: text, in: position..<end)
        if id == Vocabulary.none {
          spell(text, in: position..<end, to: &ids, &pieces)
        } else {
          ids.append(id)
        }
        position = end
      }
    }
    return Tokenizer.Encoding(ids: ids, pieces)
  }

  private func spell(
    _ text: [UInt8], in word: Range<Int>, to ids: inout OutputSpan<UInt32>, _ pieces: inout UnknownPieces
  ) {
    var position = word.lowerBound
    while position < word.upperBound {
      let end = endOfCluster(text, from: position)
      vocabulary.appendID(of: text, in: position..<end, or: unknown, to: &ids, &pieces)
      position = end
    }
  }

  func isOneUnit(_ bytes: [UInt8]) -> Bool {
    isValidUTF8(bytes)
      && (Self.endOfUnit(bytes, from: 0) == bytes.count || endOfCluster(bytes, from: 0) == bytes.count)
  }

  /// The last unit is open: a word may go on, and a space belongs to the word that comes. So is a word before an apostrophe or
  /// a point that it may go on after, as in `don't` and `3.5`. Nothing joins a line feed, and a long end would cost a draw
  /// for each of its characters.
  func startOfOpenEnd(_ text: [UInt8]) -> Int {
    text.last == 0x0A ? text.count : Self.startOfLastUnit(text) { unit, _ in mayBridge(text, after: unit) }
  }

  static func endOfUnit(_ text: [UInt8], from start: Int) -> Int {
    let end = endOfPiece(text, from: start)
    guard end == start + 1, text[start] == 0x20, end < text.count,
      CodePointClass(decodeScalar(text, at: end).value) != .space
    else {
      return end
    }
    return endOfPiece(text, from: end)
  }

  /// The next word boundary that is a boundary of clusters too.
  @inline(__always)
  private static func endOfPiece(_ text: [UInt8], from start: Int) -> Int {
    var end = endOfWord(text, from: start)
    // Between ASCII characters there is a boundary of clusters, but for CR LF, which is one word.
    if end == text.count || text[end - 1] < 0x80 && text[end] < 0x80 { return end }
    var cluster = start
    while true {
      while cluster < end { cluster = endOfCluster(text, from: cluster) }
      if cluster == end { return end }
      while end < cluster { end = endOfWord(text, from: end) }
    }
  }
}
