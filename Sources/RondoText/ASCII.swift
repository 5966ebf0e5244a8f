/// The classes of ASCII characters; no byte of 0x80 or above is in any.
extension UInt8 {
  @inline(__always)
  var isASCIILetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  @inline(__always)
  var isASCIIDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  @inline(__always)
  var isASCIILetterOrDigit: Bool { isASCIILetter || isASCIIDigit }

  /// Space, tab, line feed, vertical tab, form feed and carriage return.
  @inline(__always)
  var isASCIISpace: Bool { self == 0x20 || self &- 0x09 < 5 }
}
