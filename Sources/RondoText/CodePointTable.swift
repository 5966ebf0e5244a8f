/// For every code point, what normalization has to know before it touches a text (UAX #15, section 9, "quick
/// check"), worked out once from the library, so that it belongs to the library's version of Unicode.
///
/// 2 bytes a code point, built at first use in some ten milliseconds.
struct CodePointTable: Sendable {
  static let shared = CodePointTable()

  /// The mappings the table answers for. The raw value is the bit in `facts`.
  enum Column: UInt16, CaseIterable {
    case nfc = 1
    case nfkc = 2
    case nfcFolded = 4
    case nfkcFolded = 8
    /// Case folding by itself, neither decomposed nor composed.
    case folded = 16

    var mapping: UTF8Proc.Mapping {
      switch self {
      case .nfc: UTF8Proc.Mapping(decomposes: true)
      case .nfkc: UTF8Proc.Mapping(decomposes: true, isCompatible: true)
      case .nfcFolded: UTF8Proc.Mapping(decomposes: true, foldsCase: true)
      case .nfkcFolded: UTF8Proc.Mapping(decomposes: true, isCompatible: true, foldsCase: true)
      case .folded: UTF8Proc.Mapping(foldsCase: true)
      }
    }
  }

  /// Combining class in the high byte; in the low byte the columns that leave the code point as it is.
  private var facts: [UInt16]

  private init() {
    let highest: Int32 = 0x10FFFF
    let everything = Column.allCases.reduce(0) { $0 | $1.rawValue }
    facts = [UInt16](repeating: everything, count: Int(highest) + 1)
    var buffer: [Int32] = []
    // Whatever is the second of a pair that composes; what such a code point stands behind can change it.
    var joinsBackward: Set<Int32> = []
    var firstParts: [(whole: Int32, first: Int32)] = []

    for scalar in 0...highest where scalar & ~0x7FF != 0xD800 {
      let count = UTF8Proc.decompose(scalar, Column.nfkcFolded.mapping, into: &buffer, at: 0)
      if count != 1 || buffer[0] != scalar {
        var kept = everything
        for column in Column.allCases {
          let count = UTF8Proc.decompose(scalar, column.mapping, into: &buffer, at: 0)
          let (first, last) = (buffer[0], buffer[max(count, 1) - 1])
          let composed = column == .folded ? count : UTF8Proc.compose(&buffer, count: count)
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
    let composing = everything & ~Column.folded.rawValue
    for scalar in joinsBackward { facts[Int(scalar)] &= ~composing }
    for (whole, first) in firstParts where joinsBackward.contains(first) { facts[Int(whole)] &= ~composing }
  }

  /// The canonical combining class.
  @inline(__always)
  func combiningClass(_ scalar: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: facts[Int(scalar)] >> 8) }

  /// Whether the mapping leaves the code point as it is, whatever stands before it, if only the marks around it
  /// are in order.
  @inline(__always)
  func isKept(_ scalar: UInt32, _ column: Column) -> Bool { facts[Int(scalar)] & column.rawValue != 0 }
}
