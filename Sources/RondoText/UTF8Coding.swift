/// The bytes of U+FFFD, the replacement character.
let replacementCharacter: [UInt8] = [0xEF, 0xBF, 0xBD]

/// A code point with the number of bytes it takes in UTF-8; `length` is 0 where the bytes are ill-formed.
struct DecodedScalar {
  var value: UInt32
  var length: Int

  static let illFormed = DecodedScalar(value: 0xFFFD, length: 0)
}

/// Reads the code point that begins at `offset` (Unicode Standard, table 3-7: no overlong forms, no surrogates,
/// nothing above U+10FFFF).
@inline(__always)
func decodeScalar(_ utf8: [UInt8], at offset: Int) -> DecodedScalar {
  let lead = utf8[offset]
  if lead < 0x80 { return DecodedScalar(value: UInt32(lead), length: 1) }
  let available = utf8.count - offset
  if lead < 0xE0 {
    guard lead >= 0xC2, available >= 2 else { return .illFormed }
    let second = utf8[offset + 1]
    guard second & 0xC0 == 0x80 else { return .illFormed }
    return DecodedScalar(value: UInt32(lead & 0x1F) << 6 | UInt32(second & 0x3F), length: 2)
  }
  if lead < 0xF0 {
    guard available >= 3 else { return .illFormed }
    let (second, third) = (utf8[offset + 1], utf8[offset + 2])
    guard second & 0xC0 == 0x80, third & 0xC0 == 0x80 else { return .illFormed }
    let value = UInt32(lead & 0x0F) << 12 | UInt32(second & 0x3F) << 6 | UInt32(third & 0x3F)
    guard value >= 0x800, value & 0xF800 != 0xD800 else { return .illFormed }
    return DecodedScalar(value: value, length: 3)
  }
  guard lead < 0xF5, available >= 4 else { return .illFormed }
  let (second, third, fourth) = (utf8[offset + 1], utf8[offset + 2], utf8[offset + 3])
  guard second & 0xC0 == 0x80, third & 0xC0 == 0x80, fourth & 0xC0 == 0x80 else { return .illFormed }
  let value =
    UInt32(lead & 0x07) << 18 | UInt32(second & 0x3F) << 12 | UInt32(third & 0x3F) << 6
    | UInt32(fourth & 0x3F)
  guard value >= 0x10000, value <= 0x10FFFF else { return .illFormed }
  return DecodedScalar(value: value, length: 4)
}

/// The code point whose last byte stands before `end`, or nil where the bytes there are ill-formed.
func decodeScalar(_ utf8: [UInt8], endingAt end: Int) -> UInt32? {
  var start = end - 1
  while start > 0, end - start < 4, utf8[start] & 0xC0 == 0x80 { start -= 1 }
  let scalar = decodeScalar(utf8, at: start)
  return scalar.length == end - start ? scalar.value : nil
}

/// Appends the UTF-8 form of a code point.
@inline(__always)
func appendScalar(_ value: UInt32, to utf8: inout [UInt8]) {
  if value < 0x80 {
    utf8.append(UInt8(value))
    return
  }
  if value < 0x800 {
    utf8.append(0xC0 | UInt8(value >> 6))
  } else {
    if value < 0x10000 {
      utf8.append(0xE0 | UInt8(value >> 12))
    } else {
      utf8.append(0xF0 | UInt8(value >> 18))
      utf8.append(0x80 | UInt8(value >> 12 & 0x3F))
    }
    utf8.append(0x80 | UInt8(value >> 6 & 0x3F))
  }
  utf8.append(0x80 | UInt8(value & 0x3F))
}

/// The offset of the first byte at or after `offset` that is not ASCII, or the length of the text.
func endOfASCII(_ utf8: [UInt8], from offset: Int) -> Int {
  let blockLength = 64
  var position = offset
  while position + blockLength <= utf8.count {
    var union: UInt8 = 0
    for byte in utf8[position..<position + blockLength] { union |= byte }
    if union >= 0x80 { break }
    position += blockLength
  }
  while position < utf8.count, utf8[position] < 0x80 { position += 1 }
  return position
}

/// Checks a text and returns its largest byte (0 for none), from which callers see what it cannot contain.
///
/// - Throws: `TextError.invalidUTF8` with the offset at which the first ill-formed sequence begins.
func validateUTF8(_ utf8: [UInt8]) throws(TextError) -> UInt8 {
  var largest: UInt8 = 0
  var position = 0
  while true {
    position = endOfASCII(utf8, from: position)
    guard position < utf8.count else { return largest }
    while position < utf8.count, utf8[position] >= 0x80 {
      let length = decodeScalar(utf8, at: position).length
      guard length > 0 else { throw .invalidUTF8(offset: position) }
      largest = max(largest, utf8[position])
      position += length
    }
  }
}

/// Whether a text is UTF-8.
func isValidUTF8(_ utf8: [UInt8]) -> Bool { (try? validateUTF8(utf8)) != nil }

/// The length of the longest start of a well-formed multi-byte sequence at `offset`, which is where one
/// replacement character stands for an ill-formed one (Unicode Standard, section 3.9); 0 for a byte that starts
/// none.
func wellFormedPrefixLength(_ utf8: [UInt8], at offset: Int) -> Int {
  let lead = utf8[offset]
  guard lead >= 0xC2, lead <= 0xF4 else { return 0 }
  let whole = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
  let second: ClosedRange<UInt8> =
    switch lead {
    case 0xE0: 0xA0...0xBF
    case 0xED: 0x80...0x9F
    case 0xF0: 0x90...0xBF
    case 0xF4: 0x80...0x8F
    default: 0x80...0xBF
    }
  var length = 1
  while length < whole, offset + length < utf8.count {
    let byte = utf8[offset + length]
    guard length == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else { break }
    length += 1
  }
  return length
}
