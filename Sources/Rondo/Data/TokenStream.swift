/// Token ids that are read where they are needed and need not fit into memory: 2 bytes each for a vocabulary of at
/// most 65 536 entries, else 4. More than 32 MB of them lie in a temporary file without a name.
public struct TokenStream: Sendable {
  /// How many tokens there are.
  public let count: Int
  private let spool: Spool
  private let width: TokenWidth
  /// Where the tokens are in the spool, in their order, counted in tokens.
  private let ranges: [Range<Int>]
  /// How many tokens are before each range.
  private let starts: [Int]

  /// Whether there is no token.
  public var isEmpty: Bool { count == 0 }

  /// Tokens that are in memory.
  public init(_ tokens: [Int32]) {
    let width = TokenWidth.four
    self.init(Spool(width.packed(tokens.map { UInt32(bitPattern: $0) })), width, ranges: [0..<tokens.count])
  }

  /// Parts of a spool, one after the other.
  init(_ spool: Spool, _ width: TokenWidth, ranges: [Range<Int>]) {
    var joined: [Range<Int>] = []
    for range in ranges where !range.isEmpty {
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
    var total = 0
    starts = joined.map { range in
      defer { total += range.count }
      return total
    }
    count = total
    self.spool = spool
    self.width = width
    self.ranges = joined
  }

  /// Some of the tokens.
  ///
  /// - Throws: `CorpusError.temporaryFile` where they cannot be read.
  /// - Precondition: the range is within `0..<count`.
  public func tokens(_ range: Range<Int>) throws(CorpusError) -> [Int32] {
    var tokens = [Int32](repeating: 0, count: range.count)
    var scratch: [UInt8] = []
    try read(range, into: &tokens, at: 0, scratch: &scratch)
    return tokens
  }

  /// Writes some of the tokens to `output` from `offset` on. Nothing is allocated, where `scratch` is large enough.
  func read(
    _ range: Range<Int>, into output: inout [Int32], at offset: Int, scratch: inout [UInt8]
  ) throws(CorpusError) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "tokens that are not there")
    var position = range.lowerBound
    var index = firstRange(with: position)
    while position < range.upperBound {
      let start = ranges[index].lowerBound + position - starts[index]
      let end = min(ranges[index].upperBound, start + range.upperBound - position)
      let bytes = start * width.rawValue..<end * width.rawValue
      let place = offset + position - range.lowerBound
      try spool.withBytes(bytes, scratch: &scratch) { width.unpack($0, into: &output, at: place) }
      position += end - start
      index += 1
    }
  }

  /// The last range that begins at or before a token.
  private func firstRange(with position: Int) -> Int {
    var low = 0, high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= position { low = middle } else { high = middle }
    }
    return low
  }

  /// Goes through all tokens in order.
  ///
  /// - Throws: `CorpusError.temporaryFile` where they cannot be read.
  public func forEach(_ body: (Int32) -> Void) throws(CorpusError) {
    var tokens = [Int32](repeating: 0, count: min(count, 1 << 16))
    var scratch: [UInt8] = []
    var position = 0
    while position < count {
      let end = min(position + tokens.count, count)
      try read(position..<end, into: &tokens, at: 0, scratch: &scratch)
      for token in tokens[..<(end - position)] { body(token) }
      position = end
    }
  }
}

/// The bytes that a token takes, the lowest first.
enum TokenWidth: Int, Sendable {
  case two = 2
  case four = 4

  init(vocabularySize: Int) { self = vocabularySize <= 1 << 16 ? .two : .four }

  func packed(_ tokens: [UInt32]) -> [UInt8] {
    [UInt8](capacity: tokens.count * rawValue) { output in
      for token in tokens {
        output.append(UInt8(truncatingIfNeeded: token))
        output.append(UInt8(truncatingIfNeeded: token >> 8))
        if self == .four {
          output.append(UInt8(truncatingIfNeeded: token >> 16))
          output.append(UInt8(truncatingIfNeeded: token >> 24))
        }
      }
    }
  }

  func unpack(_ bytes: Span<UInt8>, into output: inout [Int32], at offset: Int) {
    let count = bytes.count / rawValue
    switch self {
    case .two:
      for index in 0..<count {
        output[offset + index] = Int32(bytes[2 * index]) | Int32(bytes[2 * index + 1]) << 8
      }
    case .four:
      for index in 0..<count {
        var token: UInt32 = 0
        for byte in 0..<4 { token |= UInt32(bytes[4 * index + byte]) << UInt32(8 * byte) }
        output[offset + index] = Int32(bitPattern: token)
      }
    }
  }
}
