import RondoText

/// A JSON value (RFC 8259), as far as the header of a safetensors file and a `tokenizer.json` need it.
package indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A whole number without sign, fraction or exponent that fits in an `Int`.
  case integer(Int)
  /// Any other number. Nothing that is read has a use for one, so its value is not kept.
  case otherNumber
  case string(String)
  case array([JSONValue])
  /// The members in the order of the text; no key occurs twice.
  case object([Member])

  /// A key of an object with its value.
  package struct Member: Equatable, Sendable {
    package var key: String
    package var value: JSONValue
  }

  /// What is wrong with a JSON text, and where.
  package struct Failure: Error, Equatable {
    package var reason: String
    /// The offset in bytes from the beginning of the text.
    package var offset: Int
  }

  /// How deep arrays and objects may be nested.
  package static let maximumDepth = 16

  /// Reads one JSON text; white space may precede and follow it.
  ///
  /// Strict: the bytes have to be UTF-8, no key may occur twice in an object (keys are told apart by their bytes),
  /// surrogates come in pairs, and nothing is nested more than `maximumDepth` deep.
  package init(parsing bytes: [UInt8]) throws(Failure) {
    var check = UTF8Check()
    do {
      try check.add(bytes)
      try check.finish()
    } catch {
      throw Failure(reason: "invalid UTF-8", offset: error.offset)
    }
    var parser = JSONParser(bytes: bytes)
    self = try parser.text()
  }

  /// The value of a key of an object; null where the object does not have it, and for what is no object.
  package subscript(key: String) -> JSONValue {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.key == key }?.value ?? .null
  }

  /// The same value with the members of all objects in the order of their keys, which JSON gives no meaning.
  package var sorted: JSONValue {
    switch self {
    case .array(let elements): .array(elements.map(\.sorted))
    case .object(let members):
      .object(members.map { Member(key: $0.key, value: $0.value.sorted) }.sorted { $0.key < $1.key })
    default: self
    }
  }

  /// Appends the value as JSON text without white space.
  ///
  /// - Precondition: there is no `.otherNumber` in it.
  package func write(to text: inout [UInt8]) {
    switch self {
    case .null: text += "null".utf8
    case .bool(let value): text += (value ? "true" : "false").utf8
    case .integer(let value): text += String(value).utf8
    case .otherNumber: preconditionFailure("the value of such a number is not kept")
    case .string(let string): text += Self.quoted(string)
    case .array(let elements):
      Self.write(elements, between: "[", "]", to: &text) { $0.write(to: &$1) }
    case .object(let members):
      Self.write(members, between: "{", "}", to: &text) { member, text in
        text += Self.quoted(member.key)
        text.append(UInt8(ascii: ":"))
        member.value.write(to: &text)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], between opening: Unicode.Scalar, _ closing: Unicode.Scalar, to text: inout [UInt8],
    _ writeElement: (Element, inout [UInt8]) -> Void
  ) {
    text.append(UInt8(ascii: opening))
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      writeElement(element, &text)
    }
    text.append(UInt8(ascii: closing))
  }

  /// `text` as a JSON string with its quotation marks: only `"`, `\` and control characters are escaped.
  package static func quoted(_ text: String) -> [UInt8] {
    var result: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
      case 0x08: result += Array("\\b".utf8)
      case 0x09: result += Array("\\t".utf8)
      case 0x0A: result += Array("\\n".utf8)
      case 0x0C: result += Array("\\f".utf8)
      case 0x0D: result += Array("\\r".utf8)
      case 0..<0x20:
        result += Array("\\u".utf8)
        result += Array(byte.padded(to: 4, radix: 16).utf8)
      default: result.append(byte)
      }
    }
    result.append(UInt8(ascii: "\""))
    return result
  }
}
