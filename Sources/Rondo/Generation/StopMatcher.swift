/// Ends a stream of text where a stop string is complete, or after a number of lines.
///
/// Bytes are fed as they come; what comes back can be shown, since no stop string can begin in it any more.
/// The end is where the first byte stands that completes a stop string, wherever the pieces were cut; the
/// stop string itself is left out, and of several complete at that byte the longest. A line ends with its
/// newline (U+000A), which is kept. Where both end at one byte, the stop string is left out.
///
/// Matching is on bytes (Knuth, Morris & Pratt 1977, doi:10.1137/0206024): linear in the text for each stop
/// string.
package struct StopMatcher: Sendable {
  /// What ended the text.
  package enum Reason: Sendable, Equatable {
    /// The stop string of this index is complete.
    case stopString(Int)
    /// That many lines are complete.
    case lines
  }

  /// What ended the text; nil while it goes on.
  package private(set) var reason: Reason?

  private var patterns: [Pattern]
  private var linesLeft: Int?
  /// The end of the text so far that may be the start of a stop string.
  private var held: [UInt8] = []

  /// - Parameters:
  ///   - stops: the stop strings' UTF-8 bytes; none is allowed.
  ///   - lines: how many lines to let through; nil sets no limit.
  /// - Throws: when a stop string is empty, or `lines` is less than 1.
  package init(stops: [[UInt8]] = [], lines: Int? = nil) throws(StopMatcherError) {
    if let lines, lines < 1 { throw .lines(lines) }
    if stops.contains([]) { throw .emptyStop }
    patterns = stops.map(Pattern.init)
    linesLeft = lines
  }

  /// Takes the next bytes and returns what can be shown now. Once there is a `reason`, this returns nothing
  /// more.
  package mutating func feed(_ piece: [UInt8]) -> [UInt8] {
    guard reason == nil else { return [] }
    if patterns.isEmpty, linesLeft == nil { return piece }
    let heldCount = held.count
    held += piece
    for (offset, byte) in piece.enumerated() {
      let end = heldCount + offset + 1
      if let stop = advance(byte) {
        reason = .stopString(stop)
        return release(end - patterns[stop].bytes.count)
      }
      if byte == UInt8(ascii: "\n"), let lines = linesLeft {
        linesLeft = lines - 1
        if lines == 1 {
          reason = .lines
          return release(end)
        }
      }
    }
    var tail = 0
    for pattern in patterns { tail = max(tail, pattern.matched) }
    return release(held.count - tail)
  }

  /// The bytes held back, when the text ends without a stop; nothing after one. No stop string reaches across
  /// this into what is fed later.
  package mutating func finish() -> [UInt8] {
    guard reason == nil else { return [] }
    for index in patterns.indices { patterns[index].matched = 0 }
    return release(held.count)
  }

  /// Moves every pattern on by a byte. The index of the longest that is complete, of equal ones the first.
  private mutating func advance(_ byte: UInt8) -> Int? {
    var found: Int?
    for index in patterns.indices where patterns[index].advance(byte) {
      if let best = found, patterns[best].bytes.count >= patterns[index].bytes.count { continue }
      found = index
    }
    return found
  }

  private mutating func release(_ count: Int) -> [UInt8] {
    let released = Array(held[..<count])
    held.removeFirst(count)
    return released
  }
}

/// Why a ``StopMatcher`` cannot be made.
package enum StopMatcherError: Error, Equatable, CustomStringConvertible {
  /// A stop string has no bytes.
  case emptyStop
  /// The number of lines is less than 1.
  case lines(Int)

  /// What is wrong, in one line.
  package var description: String {
    switch self {
    case .emptyStop: "a stop string must not be empty"
    case .lines(let value): "lines must be 1 or more, not \(value)"
    }
  }
}

/// One stop string and how much of it the text ends with.
private struct Pattern: Sendable {
  let bytes: [UInt8]
  var matched = 0
  /// For each length n ≥ 1 of a prefix, at n - 1: the length of the longest shorter prefix it ends with.
  private let borders: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var borders = [Int](repeating: 0, count: bytes.count)
    var border = 0
    for index in bytes.indices.dropFirst() {
      while border > 0, bytes[index] != bytes[border] { border = borders[border - 1] }
      if bytes[index] == bytes[border] { border += 1 }
      borders[index] = border
    }
    self.borders = borders
  }

  /// Whether this byte completes the stop string; after that there is no next.
  mutating func advance(_ byte: UInt8) -> Bool {
    while matched > 0, byte != bytes[matched] { matched = borders[matched - 1] }
    if byte == bytes[matched] { matched += 1 }
    return matched == bytes.count
  }
}
