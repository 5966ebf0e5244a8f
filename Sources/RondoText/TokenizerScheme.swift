/// What a kind of tokenizer is made of. Texts arrive normalized and, but for a byte tokenizer that normalizes
/// nothing, valid.
protocol TokenizerScheme: Sendable {
  /// Counts the units of a text.
  static func count(_ text: [UInt8], into counts: inout UnitCounts)

  /// Whether the two parts of a text before and after `offset` can be normalized and cut into units each by itself,
  /// and give together what the whole does. The text may be ill-formed; `0 < offset < text.count`.
  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool

  /// Counts what stands for a unit that becomes no entry.
  static func countParts(
    of unit: [UInt8], _ occurrences: Int, _ unknown: UnknownPolicy, into counts: inout UnitCounts)

  /// Makes a tokenizer of what was counted. The policy is one of the kind's.
  static func make(of counts: UnitCounts, _ settings: TokenizerSettings) throws(TextError) -> Self

  /// Checks that the vocabulary is one of this kind, and the merges, which only `subword` has. The policy is one of the
  /// kind's.
  init(vocabulary: Vocabulary, merges: [SubwordMerge], unknown: UnknownPolicy) throws(TextError)

  var vocabulary: Vocabulary { get }
  var merges: [SubwordMerge] { get }
  /// The id that is fed to a model in front of an empty prompt.
  var startID: UInt32 { get }
  /// Tokens that a text of some 500 bytes has.
  static var usualLength: Int { get }

  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> Tokenizer.Encoding
  /// Appends what `id` stands for. `atLineStart` is true before the first id and is carried from id to id.
  func append(_ id: UInt32, to text: inout [UInt8], atLineStart: inout Bool)
  /// What `atLineStart` is after a text: whether nothing is put between it and the token that comes next.
  static func isAtLineStart(after text: [UInt8]) -> Bool
  /// Where the end of a text begins that more text can make another token of; `text.count` where there is none. Keep it
  /// short where tokens are joined: each token of it is drawn by itself.
  func startOfOpenEnd(_ text: [UInt8]) -> Int
  /// Whether a text is the bytes of its tokens, one after the other with nothing between.
  static var joinsTokens: Bool { get }
  /// Where in a text the token is that `encode` gave after those of `text[..<position]`.
  static func range(of token: VocabularyEntry.Token, in text: [UInt8], from position: Int) -> Range<Int>
  /// Whether the bytes of an entry are one unit when they are cut now.
  func isOneUnit(_ bytes: [UInt8]) -> Bool
}

/// What holds for most: tokens are joined, those of a text are the same whatever follows, and `<unk>` stands for one
/// cluster.
extension TokenizerScheme {
  var merges: [SubwordMerge] { [] }
  static var joinsTokens: Bool { true }
  func startOfOpenEnd(_ text: [UInt8]) -> Int { text.count }
  static func isAtLineStart(after text: [UInt8]) -> Bool { true }

  static func countParts(
    of unit: [UInt8], _ occurrences: Int, _ unknown: UnknownPolicy, into counts: inout UnitCounts
  ) {
    switch unknown {
    case .token: counts.add(.unknown, occurrences)
    case .bytes: for index in unit.indices { counts.add(unit, in: index..<index + 1, occurrences) }
    }
  }

  func append(_ id: UInt32, to text: inout [UInt8], atLineStart: inout Bool) {
    vocabulary.appendText(of: id, to: &text)
  }

  /// The vocabulary with the counts of what comes out when so many of these units are encoded.
  func vocabularyCounting(_ units: some Sequence<(bytes: [UInt8], count: Int)>) throws(TextError)
    -> Vocabulary
  {
    var scratch = EncodingScratch()
    var uses = [Int](repeating: 0, count: vocabulary.count)
    for unit in units {
      for id in encode(unit.bytes, &scratch).ids { uses[Int(id)] += unit.count }
    }
    return try vocabulary.withCounts(uses)
  }

  static func range(of token: VocabularyEntry.Token, in text: [UInt8], from position: Int) -> Range<Int> {
    switch token {
    case .bytes(let bytes): position..<position + bytes.count
    case .special: position..<endOfCluster(text, from: position)
    }
  }
}

/// A kind whose units follow each other without a gap.
protocol ContiguousScheme: TokenizerScheme {
  /// The end of the unit that begins at `start`, an offset inside the text.
  static func endOfUnit(_ text: [UInt8], from start: Int) -> Int
}

extension ContiguousScheme {
  static func count(_ text: [UInt8], into counts: inout UnitCounts) {
    var position = 0
    while position < text.count {
      let end = endOfUnit(text, from: position)
      counts.add(text, in: position..<end)
      position = end
    }
  }

  /// Where the last unit of a text begins, or the one before it, if `joins` says of the two that they can become one; the end
  /// of the text where that is more than 64 bytes from it.
  static func startOfLastUnit(
    _ text: [UInt8], joining joins: (_ unit: Range<Int>, _ last: Range<Int>) -> Bool
  ) -> Int {
    var before = 0, start = 0, end = 0
    while end < text.count {
      (before, start) = (start, end)
      end = endOfUnit(text, from: start)
    }
    if joins(before..<start, start..<end) { start = before }
    return end - start > 64 ? end : start
  }
}

extension Vocabulary {
  /// Checks that the vocabulary has these special tokens, wherever they are, and no others.
  ///
  /// - Returns: their ids.
  func ids(of specials: [SpecialToken], for kind: TokenizerKind) throws(TextError) -> [UInt32] {
    let ids = specials.compactMap { id(of: $0) }
    guard ids.count == specials.count, self.specials.count == specials.count else {
      throw .wrongSpecialTokens(kind: kind)
    }
    guard count > specials.count else { throw .noEntries }
    return ids
  }
}
