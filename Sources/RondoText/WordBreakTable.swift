/// The values of the property Word_Break (UAX #29, table 3). The raw value is the one of the data.
enum WordBreakClass: UInt8 {
  case other
  case cr, lf, newline
  case extend, format, zwj
  case regionalIndicator
  case katakana, hebrewLetter, aLetter, numeric, extendNumLet
  case singleQuote, doubleQuote, midNumLet, midLetter, midNum
  case wSegSpace
}

/// What the rules for words ask of a code point.
struct WordBreakProperty: Sendable {
  /// A `WordBreakClass`, and 0x80 for Extended_Pictographic.
  let bits: UInt8

  var wordBreak: WordBreakClass { WordBreakClass(rawValue: bits & 0x7F)! }
  /// The property Extended_Pictographic, which stands across the classes: `ℹ` is a letter too.
  var isPictographic: Bool { bits & 0x80 != 0 }

  /// Whether the code point belongs to what stands before it (rule WB4).
  var isIgnored: Bool {
    switch wordBreak {
    case .extend, .format, .zwj: true
    default: false
    }
  }
}

/// The property of every code point: a table in two stages of some 50 KB, expanded from the data at first use in well
/// under a millisecond.
struct WordBreakTable: Sendable {
  static let shared = WordBreakTable()

  private static let blockSize = 128
  /// For each block of code points, where its bits begin in `bits`.
  private var starts: [UInt16] = []
  /// The bits of the blocks that differ; the first is ASCII.
  private var bits: [UInt8] = []

  private init() {
    // Most blocks are of one value throughout, and share one copy.
    var uniform: [UInt8: UInt16] = [:]
    var changes = Self.changes[...]
    var value: UInt8 = 0
    for first in stride(from: UInt32(0), to: 0x110000, by: Self.blockSize) {
      let end = first + UInt32(Self.blockSize)
      let isUniform = changes.first.map { $0 >> 8 >= end } ?? true
      if isUniform, let start = uniform[value] {
        starts.append(start)
        continue
      }
      let start = UInt16(bits.count)
      starts.append(start)
      if isUniform { uniform[value] = start }
      for scalar in first..<end {
        if let change = changes.first, change >> 8 == scalar {
          value = UInt8(truncatingIfNeeded: change)
          changes.removeFirst()
        }
        bits.append(value)
      }
    }
  }

  @inline(__always)
  subscript(scalar: UInt32) -> WordBreakProperty {
    let start = Int(starts[Int(scalar) / Self.blockSize])
    return WordBreakProperty(bits: bits[start + Int(scalar) % Self.blockSize])
  }
}
