/// The extended grapheme clusters of a text (UAX #29): what a reader takes for one character.
///
/// Iterating gives byte ranges that follow each other without a gap from 0 to the end. CR LF is one cluster. In a
/// text that is not valid UTF-8, each byte that is no part of a character counts as U+FFFD; nothing traps.
///
/// For users of the library: the tokens of a `character` tokenizer are the clusters of the normalized text.
public struct GraphemeClusters: Sequence, Sendable {
  private let utf8: [UInt8]

  /// The clusters of a text in UTF-8.
  public init(_ utf8: [UInt8]) {
    self.utf8 = utf8
  }

  /// Begins at the first cluster.
  public func makeIterator() -> UnfoldSequence<Range<Int>, Int> {
    byteRanges(of: utf8) { endOfCluster($0, from: $1) }
  }
}

/// The byte ranges of units that follow each other without a gap from 0 to the end of a text; `end` gives the end of the one
/// that begins at an offset inside it.
func byteRanges(
  of utf8: [UInt8], endingAt end: @escaping (_ utf8: [UInt8], _ start: Int) -> Int
) -> UnfoldSequence<Range<Int>, Int> {
  sequence(state: 0) { position in
    guard position < utf8.count else { return nil }
    let start = position
    position = end(utf8, start)
    return start..<position
  }
}

/// The number of extended grapheme clusters in a text, which is what "characters" means in bits per character.
public func clusterCount(_ utf8: [UInt8]) -> Int {
  var count = 0
  var position = 0
  while position < utf8.count {
    position = endOfCluster(utf8, from: position)
    count += 1
  }
  return count
}

/// The end of the cluster that begins at `start`, an offset inside the text.
@inline(__always)
func endOfCluster(_ utf8: [UInt8], from start: Int) -> Int {
  let byte = utf8[start]
  let second = start + 1
  if byte < 0x80 {
    // Between two ASCII characters there is always a boundary, but for CR LF.
    guard second < utf8.count else { return second }
    let next = utf8[second]
    if next < 0x80 { return byte == 0x0D && next == 0x0A ? second + 1 : second }
  }
  return endOfLongCluster(utf8, from: start)
}

/// The same for a cluster that may have several code points.
@inline(never)
private func endOfLongCluster(_ utf8: [UInt8], from start: Int) -> Int {
  var left = decodeScalar(utf8, at: start)
  var position = start + max(left.length, 1)
  var state: Int32 = 0
  while position < utf8.count {
    let right = decodeScalar(utf8, at: position)
    if UTF8Proc.breaksCluster(between: left.value, and: right.value, state: &state) { break }
    position += max(right.length, 1)
    left = right
  }
  return position
}

/// Whether the two parts of a text before and after `offset` can be normalized and cut into clusters each by itself,
/// and give together what the whole does.
///
/// That is so after a line feed, and after a code point that the rules for clusters do not look beyond, where a
/// cluster ends and both neighbours are left alone by the normalizer.
///
/// - Precondition: `0 < offset < utf8.count`.
func canCutClusters(_ utf8: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
  if utf8[offset - 1] == 0x0A { return true }
  guard let before = decodeScalar(utf8, endingAt: offset) else { return false }
  let after = decodeScalar(utf8, at: offset)
  guard after.length > 0, normalizer.isolates(before), normalizer.isolates(after.value) else { return false }
  var state: Int32 = 0
  return UTF8Proc.forgetsCluster(before)
    && UTF8Proc.breaksCluster(between: before, and: after.value, state: &state)
}
