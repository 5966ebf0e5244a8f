/// What the pattern of `endOfPreToken` tells apart, and of it white space for words too.
enum CodePointClass: UInt8 {
  /// Punctuation, symbols, marks, controls, and what is not assigned.
  case other
  /// General category L.
  case letter
  /// General category N.
  case number
  /// The property White_Space.
  case space

  @inline(__always)
  init(ascii byte: UInt8) {
    self = byte.isASCIILetter ? .letter : byte.isASCIIDigit ? .number : byte.isASCIISpace ? .space : .other
  }

  @inline(__always)
  init(_ scalar: UInt32) {
    self = scalar < 0x80 ? CodePointClass(ascii: UInt8(scalar)) : CodePointClassTable.shared[scalar]
  }
}

/// The class of every code point, 2 bits each, worked out once from the library in some ten milliseconds.
private struct CodePointClassTable: Sendable {
  static let shared = CodePointClassTable()

  private var quads: [UInt8]

  private init() {
    let count: UInt32 = 0x110000
    quads = [UInt8](repeating: 0, count: Int(count) / 4)
    for scalar in 0..<count {
      quads[Int(scalar >> 2)] |= Self.worked(out: scalar).rawValue << (2 * UInt8(scalar & 3))
    }
  }

  /// White_Space is the category Z and six controls.
  private static func worked(out scalar: UInt32) -> CodePointClass {
    if 0x09...0x0D ~= scalar || scalar == 0x85 { return .space }
    return switch UTF8Proc.majorCategory(Int32(scalar)) {
    case "L": .letter
    case "N": .number
    case "Z": .space
    default: .other
    }
  }

  @inline(__always)
  subscript(scalar: UInt32) -> CodePointClass {
    let quad = quads[Int(scalar >> 2)]
    // Two bits always are one of the four classes.
    return CodePointClass(rawValue: quad >> (2 * UInt8(scalar & 3)) & 3) ?? .other
  }
}
