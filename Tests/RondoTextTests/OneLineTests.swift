import RondoText
import Testing

struct OneLineTests {
  @Test func escapesWhatWouldNotStayOnTheLine() {
    let text = "a\n\u{1b}[2J\u{9b}\u{2028}\u{2029}é\"'"
    #expect(OneLine.text(text) == #"a\u{a}\u{1b}[2J\u{9b}\u{2028}\u{2029}é"'"#)
    #expect(OneLine.quoted(text) == "'" + OneLine.text(text) + "'")
    #expect(OneLine.text("\n\t", names: ["\n": "NL"]) == #"NL\u{9}"#)
    #expect(OneLine.text("e\u{301}").utf8.elementsEqual("e\u{301}".utf8), "nothing is composed")
  }

  @Test func tellsBytesThatAreNotTextApart() {
    #expect(OneLine.text(Array("é\n".utf8)) == #"é\u{a}"#)
    #expect(OneLine.text([0x61, 0x0A, 0xFF, 0xC3]) == #"a\u{a}\xFF\xC3"#)
    #expect(OneLine.text(Array("aé\n漢".utf8) + [0xE0, 0xB8]) == #"aé\u{a}漢\xE0\xB8"#)
    #expect(OneLine.text([] as [UInt8]) == "")
  }

  @Test func escapesFormatCharactersThatHoldNoEmojiTogether() {
    #expect(OneLine.text("👩‍🚒\u{202e}a\u{200D}b\u{AD}") == "👩‍🚒" + #"\u{202e}a\u{200d}b\u{ad}"#)
    let flag = "🏴\u{E0067}\u{E007F}"
    #expect(OneLine.text(flag + " \u{E0067}") == flag + #" \u{e0067}"#)
    #expect(OneLine.text(Array("\u{2067}".utf8)) == #"\u{2067}"#)
  }

  @Test func endsAtItsLimit() {
    #expect(OneLine.text("abc", limit: 3) == "abc")
    #expect(OneLine.text("abc", limit: 2) == "ab…")
    #expect(OneLine.quoted("\nbc", limit: 1) == #"'\u{a}…'"#)
  }
}
