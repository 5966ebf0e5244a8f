/// Text for a message: on one line, whatever is in it.
package enum OneLine {
  /// The text, with control characters, the separators of lines and paragraphs, and format characters as `\u{…}`: some of
  /// these turn the direction of writing. Those that hold an emoji together stay.
  ///
  /// - Parameters:
  ///   - names: code points that are written in another way.
  ///   - limit: code points that are shown; `…` stands for the others.
  package static func text(
    _ text: String, names: [Unicode.Scalar: String] = [:], limit: Int = .max
  ) -> String {
    var result = ""
    for (count, (scalar, isInvisible)) in scalarsByVisibility(text).enumerated() {
      if count == limit {
        result += "…"
        break
      }
      if let name = names[scalar] {
        result += name
        continue
      }
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator:
        result += escape(scalar)
      case .format where isInvisible:
        result += escape(scalar)
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Bytes as text on one line; those that are not UTF-8 as `\xE2`.
  package static func text(_ bytes: [UInt8], names: [Unicode.Scalar: String] = [:]) -> String {
    if let valid = String(validating: bytes, as: UTF8.self) { return text(valid, names: names) }
    var result = ""
    var position = 0
    while position < bytes.count {
      let end = position + decodeScalar(bytes, at: position).length
      if end > position {
        result += text(String(decoding: bytes[position..<end], as: UTF8.self), names: names)
        position = end
      } else {
        result += escape(bytes[position])
        position += 1
      }
    }
    return result
  }

  /// The same between single quotation marks.
  package static func quoted(_ text: String, limit: Int = .max) -> String {
    "'" + self.text(text, limit: limit) + "'"
  }

  private static func escape(_ byte: UInt8) -> String {
    "\\x" + String(byte, radix: 16, uppercase: true)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    "\\u{" + String(scalar.value, radix: 16) + "}"
  }
}
