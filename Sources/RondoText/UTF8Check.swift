/// Checks part by part whether a text is UTF-8.
package struct UTF8Check {
  /// Where a text is not UTF-8.
  package struct Failure: Error, Equatable {
    /// Where the first ill-formed sequence begins, in bytes from 0.
    package var offset: Int
    /// The line it is in, from 1; lines end in LF.
    package var line: Int
  }

  /// The beginning of a sequence whose end has not come yet.
  private var pending: [UInt8] = []
  /// Where `pending` begins.
  private var place = Failure(offset: 0, line: 1)

  package init() {}

  /// Takes the next bytes.
  package mutating func add(_ part: [UInt8]) throws(Failure) {
    let text = pending.isEmpty ? part : pending + part
    let end = Self.endOfWholeSequences(text)
    try check(end == text.count ? text : Array(text[..<end]))
    pending = Array(text[end...])
  }

  /// Says that nothing comes after: a sequence without its end is then ill-formed.
  package func finish() throws(Failure) {
    if !pending.isEmpty { throw place }
  }

  /// Whether a text is UTF-8, but for a last sequence that more bytes could complete.
  static func isUTF8(upToTheLastSequence text: [UInt8]) -> Bool {
    isValidUTF8(Array(text[..<endOfWholeSequences(text)]))
  }

  private mutating func check(_ text: [UInt8]) throws(Failure) {
    do {
      _ = try validateUTF8(text)
    } catch .invalidUTF8(let offset) {
      throw Failure(offset: place.offset + offset, line: place.line + Self.newlines(text[..<offset]))
    } catch {
      preconditionFailure("nothing else is wrong with bytes")
    }
    place = Failure(offset: place.offset + text.count, line: place.line + Self.newlines(text[...]))
  }

  private static func newlines(_ text: ArraySlice<UInt8>) -> Int {
    text.reduce(into: 0) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 }
  }

  /// The length of a text without a last sequence that more bytes could complete.
  private static func endOfWholeSequences(_ text: [UInt8]) -> Int {
    for length in 1...3 where length <= text.count {
      let start = text.count - length
      if text[start] & 0xC0 == 0x80 { continue }
      let isWhole =
        decodeScalar(text, at: start).length > 0 || wellFormedPrefixLength(text, at: start) < length
      return isWhole ? text.count : start
    }
    return text.count
  }
}
