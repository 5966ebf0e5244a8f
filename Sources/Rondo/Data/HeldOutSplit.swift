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
    /// Its tokens; never empty.
    public let tokens: [UInt32]
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

  /// Holds out about `fraction` of the tokens.
  ///
  /// - Fewer than 20 documents: of one with n > 1 tokens the last ⌈fraction · n⌉, yet never all n. A single token is
  ///   learned from.
  /// - 20 or more: going through them in order, each document that fits: with it no more than `fraction` of all tokens
  ///   up to its end are held out. Of equal documents and 0.1 these are the 10th, the 20th and so on. Where they come to
  ///   less than half of `fraction` in the end, or more than 1 % of their tokens occur in no other, the tails, as above.
  ///
  /// - Parameters:
  ///   - documents: the token ids of each document.
  ///   - fraction: 0 holds nothing out.
  /// - Precondition: `0 <= fraction < 1`.
  public init(documents: [[UInt32]], fraction: Double) {
    precondition(fraction >= 0 && fraction < 1, "the fraction held out is at least 0 and less than 1")
    var train: [Piece] = []
    var validation: [Piece] = []
    let present = documents.indices.filter { !documents[$0].isEmpty }
    let wholes =
      present.count >= Self.wholeDocumentThreshold
      ? Self.wholeDocuments(present.map { documents[$0] }, fraction: fraction) : nil

    for (position, document) in present.enumerated() {
      let tokens = documents[document]
      let heldOut =
        if let wholes {
          wholes[position] ? tokens.count : 0
        } else {
          Self.tailCount(of: tokens.count, fraction: fraction)
        }
      let cut = tokens.count - heldOut
      for (range, isTraining) in [(0..<cut, true), (cut..<tokens.count, false)] where !range.isEmpty {
        let piece = Piece(
          document: document,
          tokens: range.count == tokens.count ? tokens : Array(tokens[range]),
          startsDocument: range.lowerBound == 0,
          endsDocument: range.upperBound == tokens.count)
        if isTraining { train.append(piece) } else { validation.append(piece) }
      }
    }
    self.train = train
    self.validation = validation
  }

  /// Which of the documents are held out whole; nil where that comes to too little, leaves nothing to learn from, or
  /// would measure what cannot be learned from the rest.
  private static func wholeDocuments(_ documents: [[UInt32]], fraction: Double) -> [Bool]? {
    var seen = 0, heldOut = 0
    let isHeldOut = documents.map { tokens in
      seen += tokens.count
      guard Double(heldOut + tokens.count) <= share(of: seen, fraction: fraction) else { return false }
      heldOut += tokens.count
      return true
    }
    guard 2 * Double(heldOut) >= share(of: seen, fraction: fraction), heldOut < seen else { return nil }
    var isKnown = [Bool](repeating: false, count: Int(documents.reduce(0) { max($0, $1.max() ?? 0) }) + 1)
    for (tokens, isOut) in zip(documents, isHeldOut) where !isOut {
      for token in tokens { isKnown[Int(token)] = true }
    }
    let unlearned = zip(documents, isHeldOut).reduce(0) { sum, pair in
      pair.1 ? sum + pair.0.count { !isKnown[Int($0)] } : sum
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
