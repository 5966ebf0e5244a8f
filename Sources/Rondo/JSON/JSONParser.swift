import RondoText

/// A recursive-descent parser over bytes that are known to be UTF-8; `JSONValue` is its door.
struct JSONParser {
  typealias Failure = JSONValue.Failure

  let bytes: [UInt8]
  private var offset = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The value that the whole text is.
  mutating func text() throws(Failure) -> JSONValue {
    let value = try value(depth: 0)
    skipWhiteSpace()
    guard offset == bytes.count else { throw failure("something follows the JSON value") }
    return value
  }

  private var next: UInt8? {
    offset < bytes.count ? bytes[offset] : nil
  }

  private func failure(_ reason: String) -> Failure {
    Failure(reason: reason, offset: offset)
  }

  private mutating func skipWhiteSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  /// Steps over `byte` if it is the next one.
  private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    skipWhiteSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), .some(0x30...0x39): return try number()
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case nil: throw failure("the JSON ends too early")
    default: throw failure("no JSON value")
    }
  }

  private mutating func literal(_ word: String, _ value: JSONValue) throws(Failure) -> JSONValue {
    guard bytes[offset...].starts(with: word.utf8) else { throw failure("no JSON value") }
    offset += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONValue {
    guard depth <= JSONValue.maximumDepth else { throw failure("JSON nested too deep") }
    offset += 1
    var members: [JSONValue.Member] = []
    // By bytes: strings are equal where they are canonically equivalent.
    var keys: Set<[UInt8]> = []
    skipWhiteSpace()
    if skip("}") { return .object([]) }
    while true {
      skipWhiteSpace()
      let start = offset
      guard next == UInt8(ascii: "\"") else { throw failure("no key") }
      let key = try string()
      guard keys.insert(Array(key.utf8)).inserted else {
        let shown = OneLine.quoted(key, limit: 200)
        throw Failure(reason: "the key \(shown) occurs twice", offset: start)
      }
      skipWhiteSpace()
      guard skip(":") else { throw failure("no colon after a key") }
      members.append(.init(key: key, value: try value(depth: depth)))
      skipWhiteSpace()
      if skip("}") { return .object(members) }
      guard skip(",") else { throw failure("no comma between members") }
    }
  }

  private mutating func array(depth: Int) throws(Failure) -> JSONValue {
    guard depth <= JSONValue.maximumDepth else { throw failure("JSON nested too deep") }
    offset += 1
    var elements: [JSONValue] = []
    skipWhiteSpace()
    if skip("]") { return .array([]) }
    while true {
      elements.append(try value(depth: depth))
      skipWhiteSpace()
      if skip("]") { return .array(elements) }
      guard skip(",") else { throw failure("no comma between elements") }
    }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = offset
    var isWhole = !skip("-")
    let leadingZero = next == UInt8(ascii: "0")
    let digits = try digits()
    guard !leadingZero || digits == 1 else { throw Failure(reason: "a number begins with 0", offset: start) }
    if skip(".") {
      isWhole = false
      _ = try self.digits()
    }
    if skip("e") || skip("E") {
      isWhole = false
      _ = skip("+") || skip("-")
      _ = try self.digits()
    }
    guard isWhole, let value = Int(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
      return .otherNumber
    }
    return .integer(value)
  }

  /// Steps over one or more digits and returns how many they were.
  private mutating func digits() throws(Failure) -> Int {
    let start = offset
    while let byte = next, (0x30...0x39).contains(byte) { offset += 1 }
    guard offset > start else { throw failure("no digit where a number needs one") }
    return offset - start
  }

  private mutating func string() throws(Failure) -> String {
    offset += 1
    var result: [UInt8] = []
    while true {
      let start = offset
      while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        offset += 1
      }
      result += bytes[start..<offset]
      guard let byte = next else { throw failure("a string does not end") }
      guard byte >= 0x20 else { throw failure("a control character in a string") }
      offset += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
      try escape(into: &result)
    }
  }

  /// Reads what follows a backslash.
  private mutating func escape(into result: inout [UInt8]) throws(Failure) {
    let byte = next
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte ?? 0)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "u"): result += Array(String(Character(try unicodeEscape())).utf8)
    default: throw Failure(reason: "no such escape", offset: offset - 1)
    }
  }

  /// Reads what follows `\u`: one scalar, or a pair of surrogates.
  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, skip("\\"), skip("u") else { throw failure("half a surrogate pair") }
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw failure("half a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("no hexadecimal digit")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
