/// Documents as token ids, parted into what is learned from and what is held out to measure how well that went.
///
/// With fewer than ``wholeDocumentThreshold`` documents the tail of *each* is held out, so that every document is
/// measured and no text is both learned from and measured. With as many or more, whole documents are: they are
/// independent of the rest, as a tail is not. Only where these are so uneven that no choice of whole ones comes near
/// the part asked for, one book among notes, or so different that those held out have more than 1 % of tokens that no
/// other has, a folder of many languages, it is the tails again.
///
/// A document without tokens is in neither part and counts for nothing.
public struct HeldOutSplit: Sendable, Equatable {
  /// The whole or a part of a document.
  public struct Piece: Sendable, Equatable {
    /// Which document, as an index into those given.
    public let document: Int
    /// Which of its tokens; never empty.
    public let tokens: Range<Int>
    /// Whether it has the document's first token.
    public let startsDocument: Bool
    /// Whether it has the document's last token.
    public let endsDocument: Bool
  }

  /// What is learned from, in the order of the documents.
  public let train: [Piece]
  /// What is held out, in the order of the documents.
  public let validation: [Piece]

  /// From this number of documents on, whole documents are held out, where that can be: 20.
  public static let wholeDocumentThreshold = 20

  /// The part to hold out where nobody says: a tenth, yet of a large text about a million tokens at most. They measure
  /// well enough, and each validation takes seconds, not minutes.
  ///
  /// - Parameter tokenCount: tokens of the whole text.
  /// - Returns: one of 0.1, 0.05, 0.02, 0.01, 0.005 and so on, which can be read and typed.
  public static func defaultFraction(tokenCount: Int) -> Double {
    var denominator = 10
    while tokenCount / denominator > 1_000_000 {
      // 10, 20, 50, 100
      denominator = String(denominator).hasPrefix("2") ? denominator / 2 * 5 : denominator * 2
    }
    return 1 / Double(denominator)
  }

  /// Holds out about `fraction` of the tokens.
  ///
  /// - Fewer than 20 documents: of one with n > 1 tokens the last ⌈fraction · n⌉, yet never all n. A single token is
  ///   learned from.
  /// - 20 or more: going through them in order, each document that fits: with it no more than `fraction` of all tokens
  ///   up to its end are held out. Of equal documents and 0.1 these are the 10th, the 20th and so on. Where they come to
  ///   less than half of `fraction` in the end, or more than 1 % of their tokens occur in no other, the tails, as above.
  ///
  /// - Parameters:
  ///   - tokenCounts: how many tokens each document has.
  ///   - fraction: 0 holds nothing out.
  ///   - forEachToken: goes through the tokens of a document; called for 20 documents or more alone.
  /// - Throws: what `forEachToken` throws.
  /// - Precondition: `0 <= fraction < 1`.
  public init<Failure: Error>(
    tokenCounts: [Int], fraction: Double,
    forEachToken: (_ document: Int, _ body: (UInt32) -> Void) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(fraction >= 0 && fraction < 1, "the fraction held out is at least 0 and less than 1")
    var train: [Piece] = []
    var validation: [Piece] = []
    let wholes =
      tokenCounts.count { $0 > 0 } >= Self.wholeDocumentThreshold
      ? try Self.wholeDocuments(tokenCounts, fraction: fraction, forEachToken) : nil

    for (document, count) in tokenCounts.enumerated() {
      let heldOut =
        if let wholes {
          wholes[document] ? count : 0
        } else {
          Self.tailCount(of: count, fraction: fraction)
        }
      let cut = count - heldOut
      for (range, isTraining) in [(0..<cut, true), (cut..<count, false)] where !range.isEmpty {
        let piece = Piece(
          document: document, tokens: range, startsDocument: range.lowerBound == 0,
          endsDocument: range.upperBound == count)
        if isTraining { train.append(piece) } else { validation.append(piece) }
      }
    }
    self.train = train
    self.validation = validation
  }

  /// Which of the documents are held out whole; nil where that comes to too little, leaves nothing to learn from, or
  /// would measure what cannot be learned from the rest.
  private static func wholeDocuments<Failure: Error>(
    _ tokenCounts: [Int], fraction: Double,
    _ forEachToken: (_ document: Int, _ body: (UInt32) -> Void) throws(Failure) -> Void
  ) throws(Failure) -> [Bool]? {
    var seen = 0, heldOut = 0
    let isHeldOut = tokenCounts.map { count in
      seen += count
      guard count > 0, Double(heldOut + count) <= share(of: seen, fraction: fraction) else { return false }
      heldOut += count
      return true
    }
    guard 2 * Double(heldOut) >= share(of: seen, fraction: fraction), heldOut < seen else { return nil }
    var isKnown: [Bool] = []
    for (document, isOut) in isHeldOut.enumerated() where !isOut {
      try forEachToken(document) { token in
        if token >= isKnown.count {
          isKnown += repeatElement(false, count: Int(token) + 1 - isKnown.count)
        }
        isKnown[Int(token)] = true
      }
    }
    var unlearned = 0
    for (document, isOut) in isHeldOut.enumerated() where isOut {
      try forEachToken(document) { token in
        if token >= isKnown.count || !isKnown[Int(token)] { unlearned += 1 }
      }
    }
    return 100 * unlearned <= heldOut ? isHeldOut : nil
  }

  /// ⌈fraction · n⌉, but one token is left.
  private static func tailCount(of count: Int, fraction: Double) -> Int {
    guard count > 1, fraction > 0 else { return 0 }
    return min(max(Int(share(of: count, fraction: fraction).rounded(.up)), 1), count - 1)
  }

  /// fraction · n, where a product that is whole but for its rounding is whole (0.07 · 100 is 7, not more).
  private static func share(of count: Int, fraction: Double) -> Double {
    let exact = fraction * Double(count)
    let nearest = exact.rounded()
    return abs(exact - nearest) <= nearest * 0x1p-40 ? nearest : exact
  }
}
