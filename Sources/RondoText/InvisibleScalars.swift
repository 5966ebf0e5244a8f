extension Unicode.Scalar {
  /// Whether nothing of the code point is to be seen, or no more than of a space: controls, format characters, what is
  /// ignored by default (Default_Ignorable_Code_Point), and every space and separator but U+0020. Line feed and tab, which
  /// belong to any text, are not among them.
  package var isInvisible: Bool {
    if self == "\n" || self == "\t" || self == " " { return false }
    switch properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint
    }
  }

  /// Whether the code point combines with the one in front of it, as an accent or a vowel sign does.
  package var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  /// The code point's number, such as `U+00AD`.
  package var codePoint: String { "U+" + value.padded(to: 4, radix: 16, uppercase: true) }

  /// Its number and its name, such as `U+00AD SOFT HYPHEN`; the number alone where it has no name, as
  /// controls have none.
  package var codePointName: String {
    guard let name = properties.name else { return codePoint }
    return codePoint + " " + name
  }
}

/// The code points of a text, each with the answer whether it is invisible. Joiners, selectors and tags that stand in an
/// emoji are a part of it and not invisible.
package func scalarsByVisibility(_ text: String) -> [(scalar: Unicode.Scalar, isInvisible: Bool)] {
  var isInEmoji = false
  return text.unicodeScalars.map { scalar in
    if isInEmoji, joinsEmoji(scalar) { return (scalar, false) }
    isInEmoji = scalar.properties.isEmoji
    return (scalar, scalar.isInvisible)
  }
}

private func joinsEmoji(_ scalar: Unicode.Scalar) -> Bool {
  scalar == "\u{200D}" || scalar.properties.isVariationSelector || (0xE0020...0xE007F).contains(scalar.value)
}
