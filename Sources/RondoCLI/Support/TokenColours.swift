import RondoText

/// A text for a terminal, its tokens told apart by their backgrounds.
///
/// Two soft colours take turns; red is what the vocabulary does not know, violet what is spelled with bytes. The letters are
/// black, so that they can be read whatever the terminal's own colours are.
struct TokenColours {
  private var tokenCount = 0
  private var isAtLineStart = true

  private static let reset = "\u{1B}[0m"

  /// The tokens of the next part of the text: a line feed is `⏎` and begins a line, a tab is `→`, what else cannot be seen
  /// is its code point, and bytes that are no character by themselves are hexadecimal digits.
  mutating func text(_ pieces: [Tokenizer.Piece], of normalized: [UInt8]) -> String {
    var result = ""
    var position = 0
    for piece in pieces {
      // The white space of ASCII that separates words of `whitespace` is in no token.
      result += String(repeating: " ", count: piece.range.lowerBound - position)
      position = piece.range.upperBound
      let colour = "\u{1B}[38;5;16;48;5;\(Self.background(piece.standing, isEven: tokenCount % 2 == 0))m"
      result += colour + Self.visible(normalized[piece.range], colour) + Self.reset
      tokenCount += 1
      isAtLineStart = normalized[piece.range].last == UInt8(ascii: "\n")
    }
    return result
  }

  /// Ends the text: the last line too.
  func finish() -> String { isAtLineStart ? "" : "\n" }

  /// Colours of the 256 of a terminal.
  private static func background(_ standing: Tokenizer.Piece.Standing, isEven: Bool) -> Int {
    switch standing {
    case .known: isEven ? 153 : 223
    case .spelled: isEven ? 183 : 189
    case .unknown: isEven ? 203 : 210
    }
  }

  private static func visible(_ bytes: ArraySlice<UInt8>, _ colour: String) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.map { $0.padded(to: 2, radix: 16, uppercase: true) }.joined()
    }
    var result = String.UnicodeScalarView()
    for (scalar, isInvisible) in scalarsByVisibility(text) {
      switch scalar {
      case "\n": result.append(contentsOf: "⏎\(reset)\n\(colour)".unicodeScalars)
      case "\t": result.append("→")
      default:
        if isInvisible {
          result.append(contentsOf: "⟨\(scalar.codePoint)⟩".unicodeScalars)
        } else {
          result.append(scalar)
        }
      }
    }
    return String(result)
  }
}
