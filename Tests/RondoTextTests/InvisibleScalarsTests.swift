import RondoText
import Testing

struct InvisibleScalarsTests {
  @Test(arguments: [
    ("a\u{AD}b", "U+00AD SOFT HYPHEN"), ("\u{200B}", "U+200B ZERO WIDTH SPACE"),
    ("a\u{200C}b", "U+200C ZERO WIDTH NON-JOINER"), ("\u{200F}", "U+200F RIGHT-TO-LEFT MARK"),
    ("\u{FEFF}", "U+FEFF ZERO WIDTH NO-BREAK SPACE"), ("a\u{FE0F}", "U+FE0F VARIATION SELECTOR-16"),
    ("\u{A0}", "U+00A0 NO-BREAK SPACE"), ("\u{202F}", "U+202F NARROW NO-BREAK SPACE"),
    ("\u{2028}", "U+2028 LINE SEPARATOR"), ("\u{0}", "U+0000"), ("\r", "U+000D"),
    ("\u{3164}", "U+3164 HANGUL FILLER"), ("\u{1D173}", "U+1D173 MUSICAL SYMBOL BEGIN BEAM"),
    ("\u{E0FFF}", "U+E0FFF"),
  ])
  func areNamed(_ text: String, _ name: String) {
    #expect(scalarsByVisibility(text).filter(\.isInvisible).map(\.scalar.codePointName) == [name])
  }

  @Test(arguments: [
    "a b\n\t", "é", "e\u{301}", "👨‍👩‍👧", "❤️‍🔥", "1️⃣", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "我们",
  ])
  func areNotAmongWhatIsSeen(_ text: String) {
    #expect(scalarsByVisibility(text).map(\.scalar) == Array(text.unicodeScalars))
    #expect(scalarsByVisibility(text).filter(\.isInvisible).isEmpty)
  }

  /// What joins an emoji hides anywhere else.
  @Test func joinersCountOutsideEmoji() {
    #expect(scalarsByVisibility("👨x\u{200D}").map(\.isInvisible) == [false, false, true])
    #expect(scalarsByVisibility("👨\u{200B}\u{200D}").map(\.isInvisible) == [false, true, true])
  }

  @Test func marksCombine() {
    for mark: Unicode.Scalar in ["\u{301}", "\u{93E}", "\u{20DD}", "\u{FE0F}"] { #expect(mark.isMark) }
    for other: Unicode.Scalar in ["a", " ", "\u{E32}", "\u{200D}", "\u{B4}"] { #expect(!other.isMark) }
  }
}
