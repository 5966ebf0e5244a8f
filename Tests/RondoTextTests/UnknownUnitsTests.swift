import Foundation
import RondoText
import Testing

/// What becomes of units that the vocabulary does not have.
struct UnknownUnitsTests {
  private func spelling(_ text: String, size: Int? = nil, minimumCount: Int? = nil) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(unknown: .bytes, vocabularySize: size, minimumCount: minimumCount),
      from: [Array(text.utf8)])
  }

  @Test func bytesSpellEveryText() throws {
    let tokenizer = try spelling("the quick brown fox")
    #expect(tokenizer.unknownID == nil && tokenizer.boundaryID == 0 && tokenizer.startID == 0)
    #expect(tokenizer.vocabularySize == 257)
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 1000, seed: 8) {
      let encoding = try tokenizer.encode(text)
      #expect(try tokenizer.decode(encoding.ids) == Normalizer().normalize(text))
      #expect(encoding.unknownCount == 0 && !encoding.ids.contains(0))
    }
  }

  @Test func knownUnitsAreWhole() throws {
    let tokenizer = try spelling("ééé漢")
    let ids = try tokenizer.encode(Array("é字漢".utf8)).ids
    let expected: [[UInt8]] = [Array("é".utf8), [0xE5], [0xAD], [0x97], Array("漢".utf8)]
    #expect(ids.map { tokenizer.vocabulary.bytes(of: $0) } == expected)
    #expect(tokenizer.vocabularySize == 259)
  }

  @Test func countsWhatIsSpelled() throws {
    // é is C3 A9, è is C3 A8.
    for tokenizer in [try spelling("éééèèx", size: 258), try spelling("éééèèx", minimumCount: 3)] {
      let entries = tokenizer.vocabulary.entries
      #expect(entries.count == 258)
      #expect(entries[1] == VocabularyEntry(.bytes(Array("é".utf8)), count: 3))
      #expect(entries[2] == VocabularyEntry(.bytes([0xA8]), count: 2))
      #expect(entries[3] == VocabularyEntry(.bytes([0xC3]), count: 2))
      #expect(entries[4] == VocabularyEntry(.bytes([0x78]), count: 1))
      #expect(entries[5] == VocabularyEntry(.bytes([0x00]), count: 0))
    }
  }

  @Test func needsRoomForTheBytes() {
    #expect(throws: TextError.vocabularySizeTooSmall(size: 256, minimum: 257)) {
      try spelling("a", size: 256)
    }
  }

  @Test func comesBackFromJSON() throws {
    let tokenizer = try spelling("é\u{E9}a", minimumCount: 1)
    let json = try JSONEncoder().encode(tokenizer)
    #expect(String(decoding: json, as: UTF8.self).contains(#""unknown":"bytes""#))
    let decoded = try JSONDecoder().decode(Tokenizer.self, from: json)
    #expect(decoded == tokenizer && decoded.unknown == .bytes)
    #expect(decoded.entriesNoLongerOneUnit == [])
    let plain = try Tokenizer.build(TokenizerSettings(), from: [[0x61]])
    #expect(try !String(decoding: JSONEncoder().encode(plain), as: UTF8.self).contains("unknown\""))
  }

  @Test func refusesWhatCannotBe() throws {
    let vocabulary = try Vocabulary(entries: [
      VocabularyEntry(.special(.boundary), count: 0), VocabularyEntry(.bytes([0x61]), count: 1),
    ])
    #expect(throws: TextError.missingByte(0)) {
      try Tokenizer(kind: .character, normalizer: Normalizer(), vocabulary: vocabulary, unknown: .bytes)
    }
    #expect(throws: TextError.wrongSpecialTokens(kind: .character)) {
      try Tokenizer(kind: .character, normalizer: Normalizer(), vocabulary: vocabulary)
    }
    #expect(throws: TextError.wrongUnknownPolicy(.bytes, kind: .whitespace)) {
      try Tokenizer.build(TokenizerSettings(kind: .whitespace, unknown: .bytes), from: [[0x61]])
    }
    #expect(throws: TextError.wrongUnknownPolicy(.token, kind: .byte)) {
      try Tokenizer.build(TokenizerSettings(kind: .byte, unknown: .token), from: [[0x61]])
    }
  }
}
