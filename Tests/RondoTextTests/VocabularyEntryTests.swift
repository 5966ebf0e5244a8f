import Foundation
import RondoText
import Testing

struct VocabularyEntryTests {
  @Test func comesBackFromJSON() throws {
    let entries = [
      VocabularyEntry(.special(.endOfLine), count: 3),
      VocabularyEntry(.bytes(Array("e\u{301}".utf8)), count: 2),
      VocabularyEntry(.bytes(Array("\u{212B}\"\\\0\r\n\u{2028}\u{10FFFF}".utf8)), count: 1),
      VocabularyEntry(.bytes([0xFF, 0x80]), count: 0), VocabularyEntry(.bytes(Array("<eos>".utf8)), count: 7),
    ]
    let json = try JSONEncoder().encode(entries)
    #expect(try JSONDecoder().decode([VocabularyEntry].self, from: json) == entries)
  }

  @Test(arguments: [
    #"{"count": 1}"#, #"{"text": "a", "special": "<unk>", "count": 1}"#, #"{"text": "a"}"#,
    #"{"text": 3, "count": 1}"#, #"{"special": "<pad>", "count": 1}"#, #"{"bytes": [256], "count": 1}"#,
    #"{"text": "a", "count": 1.5}"#, #"{"text": "a", "count": 99999999999999999999}"#, "[]", "null",
  ])
  func refusesOtherShapes(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(VocabularyEntry.self, from: Data(json.utf8))
    }
  }

  @Test(arguments: [
    ("a", #""a""#), (" ", #"" ""#), ("\n", #""\n""#), ("\r\n\t", #""\r\n\t""#), ("\"", #""\"""#),
    ("\\n", #""\\n""#),
    ("\0", #""\u{0}""#), ("\u{2028}", #""\u{2028}""#), ("é", #""é""#), ("👩‍🚒", #""👩‍🚒""#),
  ])
  func namesAreOneLine(unit: String, name: String) {
    #expect(VocabularyEntry.Token.bytes(Array(unit.utf8)).name == name)
    #expect(VocabularyEntry.Token.special(.unknown).name == "<unk>")
  }

  @Test func namesOfBytesDiffer() {
    #expect(VocabularyEntry.Token.bytes([0xE2]).name == #""\xE2""#)
    #expect(VocabularyEntry.Token.bytes([0x22, 0x80, 0x0A]).name == #""\"\x80\n""#)
    #expect(Set((0...255).map { VocabularyEntry.Token.bytes([$0]).name }).count == 256)
  }
}
