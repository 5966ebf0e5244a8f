import Foundation
import RondoText
import Testing

struct VocabularyTests {
  @Test func findsEntriesByBytes() throws {
    let vocabulary = try Vocabulary(entries: [
      VocabularyEntry(.special(.unknown), count: 0), VocabularyEntry(.bytes(Array("\u{E9}".utf8)), count: 2),
      VocabularyEntry(.bytes(Array("e\u{301}".utf8)), count: 1),
      VocabularyEntry(.bytes(Array("<unk>".utf8)), count: 1), VocabularyEntry(.bytes([0x61]), count: 1),
    ])
    #expect(vocabulary.count == 5 && vocabulary.specials == [.unknown])
    #expect(vocabulary.id(of: Array("\u{E9}".utf8)) == 1)
    #expect(vocabulary.id(of: Array("e\u{301}".utf8)) == 2)
    #expect(vocabulary.id(of: .unknown) == 0 && vocabulary.id(of: .boundary) == nil)
    #expect(vocabulary.id(of: Array("<unk>".utf8)) == 3)
    #expect(vocabulary.id(of: .special(.unknown)) == 0 && vocabulary.id(of: .bytes([0x61])) == 4)
    #expect(vocabulary.id(of: [0x62]) == nil && vocabulary.id(of: []) == nil)
    #expect(vocabulary.bytes(of: 0) == Array("<unk>".utf8) && vocabulary.bytes(of: 4) == [0x61])
  }

  @Test func refusesWhatIsNoVocabulary() {
    let a = VocabularyEntry(.bytes([0x61]), count: 1)
    let unknown = VocabularyEntry(.special(.unknown), count: 0)
    #expect(throws: TextError.duplicateEntry(name: "\"a\"")) { try Vocabulary(entries: [a, unknown, a]) }
    #expect(throws: TextError.duplicateEntry(name: "<unk>")) {
      try Vocabulary(entries: [unknown, a, unknown])
    }
    #expect(throws: TextError.emptyEntry(id: 1)) {
      try Vocabulary(entries: [a, VocabularyEntry(.bytes([]), count: 1)])
    }
    #expect(throws: TextError.negativeCount(id: 0)) {
      try Vocabulary(entries: [VocabularyEntry(.bytes([0x61]), count: -1)])
    }
  }
}
