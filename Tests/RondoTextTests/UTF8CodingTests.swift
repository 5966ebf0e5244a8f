import RondoText
import Testing

struct UTF8CodingTests {
  @Test(arguments: [
    // A continuation byte alone
    ([0x80], 0), ([0x61, 0xBF], 1),
    // Overlong
    ([0xC0, 0x80], 0), ([0x61, 0xC1, 0xBF], 1), ([0xE0, 0x9F, 0xBF], 0), ([0xF0, 0x8F, 0xBF, 0xBF], 0),
    // Surrogates
    ([0xED, 0xA0, 0x80], 0), ([0x61, 0x62, 0xED, 0xBF, 0xBF], 2),
    // Truncated at the end
    ([0xC3], 0), ([0x61, 0xE2, 0x82], 1), ([0xF0, 0x9F, 0x98], 0),
    // Truncated inside
    ([0xE2, 0x28, 0xA1], 0), ([0xF0, 0x9F, 0x41, 0x41], 0), ([0xC3, 0xA9, 0xC3, 0x41], 2),
    // Too high
    ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFF], 0), ([0x00, 0xFE], 1),
  ])
  func namesTheFirstIllFormedSequence(bytes: [Int], offset: Int) {
    let text = bytes.map { UInt8($0) }
    for form in NormalizationForm.allCases {
      #expect(throws: TextError.invalidUTF8(offset: offset)) { try Normalizer(form: form).normalize(text) }
    }
    // After more ASCII than is looked at in one step, and after text of two bytes a character.
    for prefix in [[UInt8](repeating: 0x61, count: 200), Array(String(repeating: "é", count: 50).utf8)] {
      #expect(throws: TextError.invalidUTF8(offset: prefix.count + offset)) {
        try Normalizer().normalize(prefix + text)
      }
    }
  }

  @Test func acceptsTheBoundariesOfEveryLength() throws {
    let text = Array("\0\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}".utf8)
    #expect(try Normalizer(form: .none).normalize(text) == text)
  }
}
