import Foundation
import Testing

@testable import RondoText

struct NormalizerTests {
  private func scalars(_ text: String, _ normalizer: Normalizer) throws -> [UInt32] {
    let bytes = try normalizer.normalize(Array(text.utf8))
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
  }

  @Test(arguments: [
    // É, Å
    ("e\u{301}", [0xE9]), ("\u{E9}", [0xE9]), ("A\u{30A}", [0xC5]), ("\u{212B}", [0xC5]),
    // Hangul: L V T, LV T
    ("\u{1112}\u{1161}\u{11AB}", [0xD55C]), ("\u{D558}\u{11AB}", [0xD55C]),
    // One below the first T jamo is no T
    ("\u{AC00}\u{11A7}", [0xAC00, 0x11A7]),
    // LVT takes no more
    ("\u{AC01}\u{11A8}", [0xAC01, 0x11A8]),
    // Exclusions
    ("\u{958}", [0x915, 0x93C]), ("\u{FB1D}", [0x5D9, 0x5B4]), ("\u{2ADC}", [0x2ADD, 0x338]),
    // Decompose into marks only
    ("\u{344}", [0x308, 0x301]), ("\u{F73}", [0xF71, 0xF72]),
    // Marks out of order
    ("a\u{301}\u{323}", [0x1EA1, 0x301]), ("\u{E1}\u{323}", [0x1EA1, 0x301]),
    ("q\u{307}\u{323}", [0x71, 0x323, 0x307]), ("\u{301}\u{323}", [0x323, 0x301]),
    // UAX #15 test, part 2
    ("a\u{315}\u{300}\u{5AE}b", [0xE0, 0x5AE, 0x315, 0x62]),
    ("a\u{345}\u{345}\u{301}", [0xE1, 0x345, 0x345]),
    // Starters that join
    ("\u{9C7}\u{9BE}", [0x9CB]), ("\u{BC6}\u{BD7}", [0xBCC]), ("\u{1025}\u{102E}", [0x1026]),
    ("e\u{334}\u{301}", [0xE9, 0x334]), ("e\u{301}\0e\u{301}", [0xE9, 0, 0xE9]),
    ("e\u{301}\u{301}", [0xE9, 0x301]), ("\u{FB01}", [0xFB01]), ("\u{F900}", [0x8C48]),
  ])
  func composesCanonically(text: String, expected: [UInt32]) throws {
    #expect(try scalars(text, Normalizer(form: .nfc)) == expected)
    // The same between other segments, so that the copying of what needs nothing is seen too.
    let framed = try scalars("abc ж" + text + " xyz漢", Normalizer(form: .nfc))
    let start = Array("abc ж".unicodeScalars.map(\.value))
    if expected.first.map({ $0 < 0x300 || $0 > 0x36F }) == true, expected[0] != 0xF71 {
      #expect(framed == start + expected + Array(" xyz漢".unicodeScalars.map(\.value)))
    }
  }

  @Test(arguments: [
    ("\u{FB01}\u{B2}\u{2167}", "fi2VIII"), ("\u{FF8A}\u{FF9F}", "\u{30D1}"),
    ("\u{FB1D}\u{3392}", "\u{5D9}\u{5B4}MHz"),
    ("\u{1E9B}\u{323}", "\u{1E69}"),
  ])
  func composesCompatibly(text: String, expected: String) throws {
    #expect(try scalars(text, Normalizer(form: .nfkc)) == expected.unicodeScalars.map(\.value))
  }

  @Test(arguments: [
    (NormalizationForm.nfd, "Å\u{E9}\u{323} x", [0x41, 0x30A, 0x65, 0x323, 0x301, 0x20, 0x78]),
    (.nfd, "\u{D55C}\u{D558}", [0x1112, 0x1161, 0x11AB, 0x1112, 0x1161]),
    (.nfd, "\u{FB01}\u{B2}\u{A0}", [0xFB01, 0xB2, 0xA0]),
    (.nfd, "\u{1112}\u{1161}\u{11AB}", [0x1112, 0x1161, 0x11AB]),
    (.nfd, "a\u{301}\u{323}", [0x61, 0x323, 0x301]),
    (.nfd, "\u{344}\u{F73}", [0xF71, 0xF72, 0x308, 0x301]),
    (.nfd, "\u{9CB}\u{1026}", [0x9C7, 0x9BE, 0x1025, 0x102E]),
    (.nfkd, "\u{FB01}\u{B2}\u{A0}É", [0x66, 0x69, 0x32, 0x20, 0x45, 0x301]),
    (.nfkd, "\u{30D1}\u{FF76}", [0x30CF, 0x309A, 0x30AB]),
    (.nfkd, "\u{1E9B}\u{323}", [0x73, 0x323, 0x307]),
  ])
  func decomposes(form: NormalizationForm, text: String, expected: [UInt32]) throws {
    #expect(try scalars(text, Normalizer(form: form)) == expected)
  }

  @Test func foldsCaseAndDecomposes() throws {
    #expect(
      try scalars("ÉK\u{212B}ẞ\u{FB01}", Normalizer(form: .nfkd, foldsCase: true))
        == [0x65, 0x301, 0x6B, 0x61, 0x30A, 0x73, 0x73, 0x66, 0x69])
    #expect(try scalars("É²", Normalizer(form: .nfd, foldsCase: true)) == [0x65, 0x301, 0xB2])
  }

  @Test(arguments: [
    ("HELLO Wörld ÄÖ", "hello wörld äö"), ("Straße \u{1E9E}", "strasse ss"), ("\u{1F0}", "\u{1F0}"),
    ("J\u{30C}", "\u{1F0}"),
    ("ΣΊΣΥΦΟΣ ς", "σίσυφοσ σ"), ("A\u{30A}", "\u{E5}"), ("\u{FB01}", "fi"), ("İ", "i\u{307}"),
    ("@[`{Zz", "@[`{zz"),
  ])
  func foldsCase(text: String, expected: String) throws {
    let folded = try scalars(text, Normalizer(form: .nfc, foldsCase: true))
    #expect(folded == expected.unicodeScalars.map(\.value))
  }

  @Test func foldingAloneDoesNotCompose() throws {
    let folded = try scalars("E\u{301}É\u{212B}ß", Normalizer(form: .none, foldsCase: true))
    #expect(folded == [0x65, 0x301, 0xE9, 0xE5, 0x73, 0x73])
  }

  @Test func noneIsTheIdentity() throws {
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 300, seed: 1) {
      #expect(try Normalizer(form: .none).normalize(text) == text)
    }
  }

  @Test(arguments: NormalizationForm.allCases, [false, true])
  func isIdempotent(form: NormalizationForm, foldsCase: Bool) throws {
    let normalizer = Normalizer(form: form, foldsCase: foldsCase)
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 2000, seed: 2) {
      let once = try normalizer.normalize(text)
      #expect(try normalizer.normalize(once) == once)
    }
  }

  /// Foundation composes with tables of its own. Only code points that have been assigned for long are compared,
  /// since the two may follow different versions of Unicode. Left out are three vowel signs that are starters and
  /// decompose into marks, across which the standard library of Swift 6.3 does not order.
  @Test func agreesWithFoundation() throws {
    let excluded: [UInt32] = [0xF73, 0xF75, 0xF81]
    for text in randomTexts(count: 5000, seed: 3) {
      var view = String.UnicodeScalarView()
      for scalar in String(decoding: text, as: UTF8.self).unicodeScalars
      where scalar.value < 0x3000 && scalar.properties.age != nil && !excluded.contains(scalar.value) {
        view.append(scalar)
      }
      let old = String(view)
      let ours = try Normalizer(form: .nfc).normalize(Array(old.utf8))
      #expect(
        ours == Array(old.precomposedStringWithCanonicalMapping.utf8), "\(old.unicodeScalars.map(\.value))")
    }
  }

  /// Each canonical form can be made of the other, each compatible one of any.
  @Test func theFormsAgree() throws {
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 3000, seed: 5) {
      try checkThatFormsAgree(text)
    }
  }

  private func checkThatFormsAgree(_ text: [UInt8]) throws {
    let nfc = Normalizer(form: .nfc), nfd = Normalizer(form: .nfd)
    let nfkc = Normalizer(form: .nfkc), nfkd = Normalizer(form: .nfkd)
    let composed = try nfc.normalize(text), decomposed = try nfd.normalize(text)
    #expect(try nfc.normalize(decomposed) == composed)
    #expect(try nfd.normalize(composed) == decomposed)
    let compatible = try nfkd.normalize(text)
    #expect(try nfkd.normalize(composed) == compatible)
    #expect(try nfkd.normalize(nfkc.normalize(text)) == compatible)
    #expect(try nfkc.normalize(text) == nfc.normalize(compatible))
  }

  /// The next two end in a moment where ordering and composing are linear, and not within any patience where they are
  /// quadratic.
  @Test func ordersAMillionDifferentMarks() throws {
    let table = CodePointTable.shared
    let all = (UInt32(0)...0x10FFFF).filter { table.combiningClass($0) != 0 }.map { Unicode.Scalar($0)! }
    var generator = SeededGenerator(state: 6)
    var marks = String.UnicodeScalarView()
    for _ in 0..<1_000_000 { marks.append(all.randomElement(using: &generator)!) }
    let text = Array(("e" + String(marks) + "e").utf8)

    // Some of the marks decompose, into marks alone.
    let parts = try Dictionary(
      uniqueKeysWithValues: all.map { ($0.value, try scalars(String($0), Normalizer(form: .nfd))) })
    var byClass = [[UInt32]](repeating: [], count: 256)
    for mark in marks {
      for part in parts[mark.value]! { byClass[Int(table.combiningClass(part))].append(part) }
    }
    let sorted = [0x65] + byClass.joined() + [0x65]
    let decomposed = try Normalizer(form: .nfd).normalize(text)
    #expect(String(decoding: decomposed, as: UTF8.self).unicodeScalars.map(\.value) == sorted)
    try checkThatFormsAgree(text)
  }

  @Test func ordersAMillionMarks() throws {
    let pairs = 500_000
    let marks = String(repeating: "\u{301}\u{323}", count: pairs)
    let normalized = try scalars("e" + marks + "e", Normalizer(form: .nfc))
    #expect(normalized.count == 2 * pairs + 1)
    #expect(normalized[0] == 0x1EB9 && normalized[1] == 0x323 && normalized.last == 0x65)
    #expect(normalized[pairs - 1] == 0x323 && normalized[pairs] == 0x301)
  }
}
