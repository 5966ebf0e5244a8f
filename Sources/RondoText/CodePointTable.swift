/// For every code point, what normalization has to know before it touches a text (UAX #15, section 9, "quick
/// check"), worked out once from the library, so that it belongs to the library's version of Unicode.
///
/// 2 bytes a code point, built at first use in some ten milliseconds.
struct CodePointTable: Sendable {
  static let shared = CodePointTable()

  /// The mappings the table answers for. The raw value has the bits in `facts` that must be set: one of its own, or two
  /// where a code point is left alone if two other mappings leave it alone.
  enum Column: UInt16, CaseIterable {
    case nfc = 1
    case nfkc = 2
    case nfcFolded = 4
    case nfkcFolded = 8
    /// Case folding by itself, neither decomposed nor composed.
    case folded = 16
    case nfd = 32
    case nfkd = 64
    case nfdFolded = 48
    case nfkdFolded = 80

    var mapping: UTF8Proc.Mapping {
      switch self {
      case .nfc, .nfd: UTF8Proc.Mapping(decomposes: true)
      case .nfkc, .nfkd: UTF8Proc.Mapping(decomposes: true, isCompatible: true)
      case .nfcFolded, .nfdFolded: UTF8Proc.Mapping(decomposes: true, foldsCase: true)
      case .nfkcFolded, .nfkdFolded: UTF8Proc.Mapping(decomposes: true, isCompatible: true, foldsCase: true)
      case .folded: UTF8Proc.Mapping(foldsCase: true)
      }
    }

    /// Whether what was decomposed is composed again.
    var composes: Bool {
      switch self {
      case .nfc, .nfkc, .nfcFolded, .nfkcFolded: true
      case .folded, .nfd, .nfkd, .nfdFolded, .nfkdFolded: false
      }
    }
  }

  /// Combining class in the high byte; in the low byte the bits of the columns that leave the code point as it is.
  private var facts: [UInt16]

  private init() {
    let highest: Int32 = 0x10FFFF
    let columns = Column.allCases.filter { $0.rawValue.nonzeroBitCount == 1 }
    let everything = columns.reduce(0) { $0 | $1.rawValue }
    facts = [UInt16](repeating: everything, count: Int(highest) + 1)
    var buffer: [Int32] = []
    // Whatever is the second of a pair that composes; what such a code point stands after can change it.
    var joinsBackward: Set<Int32> = []
    var firstParts: [(whole: Int32, first: Int32)] = []

    for scalar in 0...highest where scalar & ~0x7FF != 0xD800 {
      let count = UTF8Proc.decompose(scalar, Column.nfkcFolded.mapping, into: &buffer, at: 0)
      if count != 1 || buffer[0] != scalar {
        var kept = everything
        for column in columns {
          let count = UTF8Proc.decompose(scalar, column.mapping, into: &buffer, at: 0)
          let (first, last) = (buffer[0], buffer[max(count, 1) - 1])
          let composed = column.composes ? UTF8Proc.compose(&buffer, count: count) : count
          if composed != 1 || buffer[0] != scalar {
            kept &= ~column.rawValue
          } else if column == .nfc, count > 1 {
            joinsBackward.insert(last)
            firstParts.append((scalar, first))
          }
        }
        facts[Int(scalar)] = kept
      }
      facts[Int(scalar)] |= UInt16(UTF8Proc.combiningClass(scalar)) << 8
    }
    let composing = columns.reduce(0) { $1.composes ? $0 | $1.rawValue : $0 }
    for scalar in joinsBackward { facts[Int(scalar)] &= ~composing }
    for (whole, first) in firstParts where joinsBackward.contains(first) { facts[Int(whole)] &= ~composing }
  }

  /// The canonical combining class.
  @inline(__always)
  func combiningClass(_ scalar: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: facts[Int(scalar)] >> 8) }

  /// Whether the mapping leaves the code point as it is, whatever stands before it, if only the marks around it
  /// are in order.
  @inline(__always)
  func isKept(_ scalar: UInt32, _ column: Column) -> Bool {
    facts[Int(scalar)] & column.rawValue == column.rawValue
  }
}
