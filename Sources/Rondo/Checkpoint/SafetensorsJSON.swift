/// A JSON value (RFC 8259), as far as the header of a safetensors file needs it.
package indirect enum SafetensorsJSON: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A whole number without sign, fraction or exponent that fits in an `Int`.
  case integer(Int)
  /// Any other number. The header has no use for one, so its value is not kept.
  case otherNumber
  case string(String)
  case array([SafetensorsJSON])
  /// The members in the order of the text; no key occurs twice.
  case object([Member])

  /// A key of an object with its value.
  package struct Member: Equatable, Sendable {
    package var key: String
    package var value: SafetensorsJSON
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
  /// Strict: the bytes have to be UTF-8, a key must not occur twice in an object (keys that are canonically
  /// equivalent in Unicode count as the same, as Swift's strings do), surrogates come in pairs, and nothing is
  /// nested more than `maximumDepth` deep.
  package init(parsing bytes: [UInt8]) throws(Failure) {
    // Decoding repairs what is not UTF-8, so sound text alone comes back as the same bytes.
    guard String(decoding: bytes, as: UTF8.self).utf8.elementsEqual(bytes) else {
      throw Failure(reason: "invalid UTF-8", offset: 0)
    }
    var parser = SafetensorsJSONParser(bytes: bytes)
    self = try parser.text()
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
        result += Array((byte < 16 ? "\\u000" : "\\u00").utf8)
        result += Array(String(byte, radix: 16).utf8)
      default: result.append(byte)
      }
    }
    result.append(UInt8(ascii: "\""))
    return result
  }
}
