/// How much of a text a vocabulary knows.
///
/// A character is a grapheme cluster of the normalized text. It is known where every token in it is: as an entry of its
/// own, or as a part of one. Characters that are in no token, which are the spaces of `whitespace`, are not counted.
public struct TextCoverage: Sendable {
  /// Characters of the text.
  public private(set) var characterCount = 0
  /// Those that the vocabulary knows.
  public private(set) var knownCount = 0
  /// Tokens of the text.
  public private(set) var tokenCount = 0
  private var counts = UnitCounts()

  /// Nothing looked at yet.
  public init() {}

  /// What the vocabulary does not know, characters or for `whitespace` words, by descending count, those of one count by
  /// ascending bytes.
  public var unknown: [(bytes: [UInt8], count: Int)] { counts.all.sorted(by: UnitCounts.precedes) }

  /// Counts a text that is there as its pieces.
  public mutating func add(_ pieces: [Tokenizer.Piece], of normalized: [UInt8]) {
    tokenCount += pieces.count
    var index = 0
    var position = 0
    while index < pieces.count {
      // A cluster begins where the last one ended, or after what is in no token.
      let start = max(position, pieces[index].range.lowerBound)
      position = endOfCluster(normalized, from: start)
      characterCount += 1
      var isKnown = true
      var isSpelled = false
      while index < pieces.count, pieces[index].range.lowerBound < position {
        let piece = pieces[index]
        if piece.standing != .known { isKnown = false }
        if piece.standing == .spelled { isSpelled = true }
        if piece.standing == .unknown, piece.range.lowerBound >= start {
          counts.add(normalized, in: piece.range)
        }
        guard piece.range.upperBound <= position else { break }
        index += 1
      }
      if isSpelled { counts.add(normalized, in: start..<position) }
      if isKnown { knownCount += 1 }
    }
  }

  /// Adds what another counted.
  public mutating func add(_ other: TextCoverage) {
    characterCount += other.characterCount
    knownCount += other.knownCount
    tokenCount += other.tokenCount
    counts.add(other.counts)
  }
}
