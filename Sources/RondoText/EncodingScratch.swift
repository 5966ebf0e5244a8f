/// What a thread keeps from text to text while it encodes, to be faster; it changes no result. One tokenizer's scratch is
/// of no use to another.
struct EncodingScratch {
  /// The ids of pre-tokens that came up before.
  var known = KnownPieces()
  /// Room to merge one pre-token.
  var merging = MergeRoom()
}

/// The ids of byte strings that came up before, as many as have room.
struct KnownPieces {
  /// So many are kept; those of a natural language that come up often are far fewer.
  private static let mostPieces = 1 << 16
  /// Longer ones hardly ever come again.
  private static let longestPiece = 64

  private var pieces = ByteStringTable()
  private var ids: [UInt32] = []
  /// Where the ids of piece `i` begin; they end where those of piece `i + 1` begin.
  private var starts: [Int] = [0]

  /// Appends the ids of `text[range]` where they are known.
  @inline(__always)
  func append(_ text: [UInt8], in range: Range<Int>, to output: inout [UInt32]) -> Bool {
    guard let index = pieces.index(of: text, in: range) else { return false }
    for place in starts[index]..<starts[index + 1] { output.append(ids[place]) }
    return true
  }

  /// Keeps the ids of `text[range]`, which are not known, if there is room.
  mutating func insert(_ text: [UInt8], in range: Range<Int>, _ newIDs: [UInt32]) {
    guard pieces.count < Self.mostPieces, range.count <= Self.longestPiece else { return }
    _ = pieces.insert(text, in: range)
    ids += newIDs
    starts.append(ids.count)
  }
}
