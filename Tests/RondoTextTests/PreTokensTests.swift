import Foundation
import Testing

@testable import RondoText

struct PreTokensTests {
  private func lengths(_ text: [UInt8]) -> [Int] {
    var lengths: [Int] = []
    var position = 0
    while position < text.count {
      let end = endOfPreToken(text, from: position)
      lengths.append(end - position)
      position = end
    }
    return lengths
  }

  @Test func cutsAsTheGoldenFileSays() throws {
    for piece in try GoldenSubwords.load().pieces {
      #expect(lengths(Array(piece.text.utf8)) == piece.lengths, "\(piece.text.debugDescription)")
    }
  }

  /// The pattern itself, on texts in which one character stands for all of its class, so that the version of Unicode of
  /// the regular expressions does not matter.
  @Test func cutsAsThePatternSays() throws {
    let space = #"\p{White_Space}"#
    let pattern = try NSRegularExpression(
      pattern: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\#(space)\p{L}\p{N}]+|"#
        + #"\#(space)+(?![^\#(space)])|\#(space)+"#)
    let alphabet = [
      "a", "s", "l", "r", "e", "'", "'", " ", " ", "\n", "\u{A0}", "1", "½", "é", "漢", "!", "€", "\u{301}",
    ]
    var generator = SeededGenerator(state: 5)
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        alphabet.randomElement(using: &generator)!
      }.joined()
      let whole = text as NSString
      let expected = pattern.matches(in: text, range: NSRange(location: 0, length: whole.length))
        .map { whole.substring(with: $0.range).utf8.count }
      #expect(lengths(Array(text.utf8)) == expected, "\(text.debugDescription)")
    }
  }

  @Test func classesAreThoseOfUnicode() {
    for value: UInt32 in 0...0x10FFFF {
      // What is assigned since long has the same class in every library.
      guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 12 else {
        continue
      }
      let expected: CodePointClass =
        switch scalar.properties.generalCategory {
        case _ where scalar.properties.isWhitespace: .space
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        default: .other
        }
      if CodePointClass(value) != expected { Issue.record("U+\(String(value, radix: 16))") }
    }
  }

  /// What `canCutPreTokens` relies on.
  @Test(arguments: NormalizationForm.allCases, [false, true])
  func noMappingEndsInWhiteSpace(form: NormalizationForm, foldsCase: Bool) throws {
    let normalizer = Normalizer(form: form, foldsCase: foldsCase)
    for value: UInt32 in 0...0x10FFFF where Unicode.Scalar(value) != nil && CodePointClass(value) != .space {
      var text: [UInt8] = []
      appendScalar(value, to: &text)
      let mapped = try normalizer.normalize(text)
      let last = decodeScalar(mapped, endingAt: mapped.count)
      if last.map({ CodePointClass($0) == .space }) ?? true { Issue.record("U+\(String(value, radix: 16))") }
    }
  }

  @Test func bytesThatAreNoTextEndSomewhere() {
    for text in [[0xFF], [0xE2, 0x82], [0x20, 0xC3, 0x28], [0x80, 0x80, 0x61]] as [[UInt8]] {
      #expect(lengths(text).reduce(0, +) == text.count)
    }
  }
}
