/// Documents as token ids, parted into what is learned from and what is held out to measure how well that went.
///
/// With fewer than ``wholeDocumentThreshold`` documents the tail of *each* is held out, so that every document is
/// measured and no text is both learned from and measured. With as many or more, whole documents are: they are
/// independent of the rest, as a tail is not.
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

  /// From this number of documents on, whole documents are held out: 20.
  public static let wholeDocumentThreshold = 20

  /// Holds out about `fraction` of the tokens.
  ///
  /// - Fewer than 20 documents: of one with n > 1 tokens the last ⌈fraction · n⌉, yet never all n. A single token is
  ///   learned from.
  /// - 20 or more: the last document of every group of k, with k = round(1 / fraction), but at least 2 and at most the
  ///   number of documents; so no more than half of them, and no fewer than one.
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
    let holdsWholeDocuments = present.count >= Self.wholeDocumentThreshold
    let groupSize = Self.groupSize(fraction: fraction, documentCount: present.count)

    for (position, document) in present.enumerated() {
      let tokens = documents[document]
      let heldOut: Int
      if fraction == 0 {
        heldOut = 0
      } else if holdsWholeDocuments {
        heldOut = (position + 1) % groupSize == 0 ? tokens.count : 0
      } else {
        heldOut = Self.tailCount(of: tokens.count, fraction: fraction)
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

  private static func groupSize(fraction: Double, documentCount: Int) -> Int {
    guard fraction > 0 else { return 1 }
    return max(2, Int(min((1 / fraction).rounded(), Double(documentCount))))
  }

  /// ⌈fraction · n⌉, where a product that is whole but for its rounding counts as whole (0.07 · 100 is 7, not 8).
  private static func tailCount(of count: Int, fraction: Double) -> Int {
    guard count > 1 else { return 0 }
    let exact = fraction * Double(count)
    let nearest = exact.rounded()
    let tail = abs(exact - nearest) <= nearest * 0x1p-40 ? nearest : exact.rounded(.up)
    return min(max(Int(tail), 1), count - 1)
  }
}
