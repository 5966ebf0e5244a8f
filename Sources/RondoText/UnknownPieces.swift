/// Counts the pieces of a text that a vocabulary does not have, and keeps the first few for a message.
struct UnknownPieces {
  /// How many different pieces are kept.
  static let limit = 10

  private(set) var count = 0
  private(set) var first: [[UInt8]] = []

  mutating func add(_ text: [UInt8], in range: Range<Int>) {
    count += 1
    guard first.count < Self.limit else { return }
    let piece = Array(text[range])
    if !first.contains(piece) { first.append(piece) }
  }
}
