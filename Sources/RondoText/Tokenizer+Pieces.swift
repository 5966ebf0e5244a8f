extension Tokenizer {
  /// A token of a text and what it stands for there.
  public struct Piece: Sendable, Equatable {
    /// How well a vocabulary knows a piece of text.
    public enum Standing: Sendable {
      /// The piece is an entry.
      case known
      /// The piece is a byte of a character that is no entry, and is spelled.
      case spelled
      /// The piece is no entry, and `<unk>` stands for it.
      case unknown
    }

    /// The token's id.
    public let id: UInt32
    /// The bytes of the normalized text that it stands for.
    public var range: Range<Int>
    /// How well the vocabulary knows them.
    public let standing: Standing
  }

  /// The tokens of a normalized text and where they are in it: those of `encode`, in the same order.
  ///
  /// The pieces follow each other without a gap, but for `whitespace`, whose separators belong to none. Where
  /// `character` spells the unknown with bytes, the ASCII characters that the training text did not have count as spelled
  /// too: they are entries only because they are bytes. The word `<unk>` in a text for `whitespace` counts as unknown.
  ///
  /// - Parameter normalized: what `normalize` gives; for any other text the result means nothing.
  public func pieces(of normalized: [UInt8]) -> [Piece] {
    var scratch = EncodingScratch()
    return pieces(scheme.encode(normalized, &scratch).ids, of: normalized)
  }

  /// The same for a text that need not be in memory as a whole, chunk by chunk on several threads. No chunk ends inside a
  /// grapheme cluster. Ranges count from the start of the chunk.
  ///
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut`, the offset counted from the start of the text; what the
  ///   closures throw.
  package func pieces<Output: Sendable>(
    threadCount: Int, reading read: (Int) throws -> [UInt8],
    making make: @escaping @Sendable (_ pieces: [Piece], _ normalized: [UInt8]) -> Output,
    receiving receive: (Output) throws -> Void
  ) throws {
    try encode(
      threadCount: threadCount, keepsClusters: true, reading: read,
      making: { [self] encoding, normalized in make(pieces(encoding.ids, of: normalized), normalized) },
      receiving: receive)
  }

  private func pieces(_ ids: [UInt32], of normalized: [UInt8]) -> [Piece] {
    let range = type(of: scheme).range
    let spells = unknown == .bytes && (kind == .character || kind == .word)
    var pieces: [Piece] = []
    pieces.reserveCapacity(ids.count)
    var position = 0
    // The end of the last cluster that is spelled.
    var endOfSpelling = 0
    for id in ids {
      let entry = vocabulary.entries[Int(id)]
      let place = range(entry.token, normalized, position)
      position = place.upperBound
      var standing = Piece.Standing.known
      if entry.token == .special(.unknown) {
        standing = .unknown
      } else if spells, place.count == 1 {
        if place.lowerBound >= endOfSpelling {
          let end = endOfCluster(normalized, from: place.lowerBound)
          if end > place.upperBound || kind == .character && entry.count == 0 { endOfSpelling = end }
        }
        if place.lowerBound < endOfSpelling { standing = .spelled }
      }
      pieces.append(Piece(id: id, range: place, standing: standing))
    }
    return pieces
  }
}
