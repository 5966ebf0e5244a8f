import Testing

@testable import RondoText

struct ConfusablesTableTests {
  private func skeleton(_ text: String) -> [UInt8] { ConfusablesTable.shared.skeleton(of: Array(text.utf8)) }

  @Test(arguments: [
    ["a", "а", "ɑ", "α", "ａ"], ["Å", "Å", "A\u{30A}", "А\u{30A}"], ["'", "’", "‘", "ʼ", "′", "＇"],
    ["\"", "“", "”", "''", "″"], ["-", "‐", "‑", "–", "−"], ["...", "…"], ["µ", "μ"],
    [" ", "\u{A0}", "\u{202F}"],
    ["fi", "ﬁ"], ["ş", "ș"], ["paypal", "раураl", "pay\u{AD}pal", "ｐａｙｐａｌ"], ["é", "е\u{301}"],
    ["O", "0", "О", "Ο"],
  ])
  func looksAlike(_ texts: [String]) {
    for text in texts { #expect(skeleton(text) == skeleton(texts[0]), "\(text) and \(texts[0])") }
  }

  @Test(arguments: [
    ["a", "b"], ["a", "A"], ["«", "»"], ["—", "-"], ["m", "rn"], ["é", "e"], ["2", "²"], ["æ", "ae"],
    ["ß", "ss"],
  ])
  func doesNotLookAlike(_ texts: [String]) {
    #expect(skeleton(texts[0]) != skeleton(texts[1]))
  }

  @Test func takesAnyText() {
    for text in awkwardTexts { #expect(isValidUTF8(skeleton(text))) }
    #expect(skeleton("").isEmpty)
    #expect(skeleton("\u{200B}\u{FE0F}").isEmpty)
  }

  /// A prototype stands for itself, so what looks alike has one skeleton whatever the order of comparing.
  @Test func prototypesAreFinal() {
    let table = ConfusablesTable.shared
    for pair in ConfusablesTable.pairs {
      let prototype = table.prototype(of: pair >> 16)
      #expect(prototype.flatMap(table.prototype) == prototype, "U+\(String(pair >> 16, radix: 16))")
    }
  }
}
