/// Holds back the end of a text that comes in pieces, until what follows shows that its last cluster is complete.
///
/// What comes out ends where an extended grapheme cluster of the whole text does (UAX #29). Most clusters can grow: a
/// letter by a combining mark, a flag by its other half. They come out with the code point that begins the next one. A
/// line feed and other controls end a cluster whatever follows; so they, and all before them, come out at once.
///
/// Each byte is looked at once, however the text is cut. A cluster has no longest length: a letter with a million
/// marks is held whole.
package struct ClusterBuffer: Sendable {
  private var held: [UInt8] = []
  /// The last code point, and what the rules remember of its cluster.
  private var last: UInt32?
  private var state: Int32 = 0

  /// Begins after a text that has been shown already, the end of its last cluster included.
  package init(after text: [UInt8] = []) {
    _ = append(text)
    held = []
  }

  /// Takes the next code points, none of them cut, and returns the clusters that are complete now.
  package mutating func append(_ text: [UInt8]) -> [UInt8] {
    let heldCount = held.count
    var complete = 0
    var position = 0
    while position < text.count {
      let scalar = decodeScalar(text, at: position)
      if let last, endsCluster(between: last, and: scalar.value) {
        complete = heldCount + position
        state = 0
      }
      last = scalar.value
      position += max(scalar.length, 1)
    }
    held += text
    if let last, UTF8Proc.alwaysEndsCluster(last) { complete = held.count }
    return release(complete)
  }

  /// Ends the text and returns what was held. The next text begins anew.
  package mutating func finish() -> [UInt8] {
    last = nil
    state = 0
    return release(held.count)
  }

  private mutating func endsCluster(between left: UInt32, and right: UInt32) -> Bool {
    if left < 0x80, right < 0x80 { return !(left == 0x0D && right == 0x0A) }
    return UTF8Proc.breaksCluster(between: left, and: right, state: &state)
  }

  private mutating func release(_ count: Int) -> [UInt8] {
    guard count > 0 else { return [] }
    let released = Array(held[..<count])
    held.removeFirst(count)
    return released
  }
}
