import Foundation
import RondoText
import Testing

struct TokenizerTests {
  private let plain = Normalizer(form: .none)

  private func build(
    _ kind: TokenizerKind, _ texts: String..., normalizer: Normalizer = Normalizer(), size: Int? = nil,
    minimumCount: Int = 1
  ) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(kind: kind, normalizer: normalizer, vocabularySize: size, minimumCount: minimumCount),
      from: texts.map { Array($0.utf8) })
  }

  @Test(arguments: [TokenizerKind.character, .byte], NormalizationForm.allCases)
  func decodingGivesTheNormalizedText(kind: TokenizerKind, form: NormalizationForm) throws {
    let texts = awkwardTexts.map { Array($0.utf8) } + randomTexts(count: 1000, seed: 5)
    for foldsCase in [false, true] {
      let normalizer = Normalizer(form: form, foldsCase: foldsCase)
      let tokenizer = try Tokenizer.build(TokenizerSettings(kind: kind, normalizer: normalizer), from: texts)
      for text in texts {
        let encoding = try tokenizer.encode(text)
        let decoded = tokenizer.decode(encoding.ids)
        #expect(decoded == (try normalizer.normalize(text)))
        #expect(encoding.unknownCount == 0)
        if form == .none, !foldsCase { #expect(decoded == text) }
        if kind == .character { #expect(encoding.ids.count == clusterCount(decoded)) }
      }
    }
  }

  @Test func decodesIDsOfOneTextByItsBytes() throws {
    let tokenizer = try build(.character, "e\u{301}\u{E9}\u{E9}", normalizer: plain)
    #expect(tokenizer.vocabularySize == 4)
    #expect(try tokenizer.encode(Array("\u{E9}e\u{301}".utf8)).ids == [2, 3])
    #expect(try build(.character, "e\u{301}\u{E9}").vocabularySize == 3)
  }

  @Test func ordersByCountThenBytes() throws {
    let tokenizer = try build(.character, "bbb caa é\r\n\r\nA")
    let names = tokenizer.vocabulary.entries.map(\.token.name)
    #expect(
      names == ["<unk>", "<boundary>", "\"b\"", #""\r\n""#, "\" \"", "\"a\"", "\"A\"", "\"c\"", "\"é\""])
    #expect(tokenizer.vocabulary.entries.map(\.count) == [0, 0, 3, 2, 2, 2, 1, 1, 1])
    #expect(tokenizer.vocabularySize == 9)
  }

  @Test func limitsBySizeAndCount() throws {
    let limited = try build(.character, "aaaabbbccd", size: 4)
    #expect(limited.vocabulary.entries.map(\.count) == [3, 0, 4, 3])
    let frequent = try build(.character, "aaaabbbccd", minimumCount: 2)
    #expect(frequent.vocabulary.entries.map(\.count) == [1, 0, 4, 3, 2])
    let encoding = try limited.encode(Array("abcdxx".utf8))
    #expect(encoding.ids == [2, 3, 0, 0, 0, 0] && encoding.unknownCount == 4)
    #expect(encoding.unknownPieces == ["c", "d", "x"].map { Array($0.utf8) })
    #expect(limited.decode(encoding.ids) == Array("ab\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}".utf8))
  }

  @Test func namesTenUnknownPiecesAtMost() throws {
    let encoding = try build(.character, "z").encode(Array("abcdefghijklmnopabc".utf8))
    #expect(encoding.unknownCount == 19)
    #expect(encoding.unknownPieces == "abcdefghij".utf8.map { [$0] })
  }

  @Test func refusesVocabulariesWithoutAnEntry() {
    #expect(throws: TextError.noEntries) { try build(.character) }
    #expect(throws: TextError.noEntries) { try build(.character, "") }
    #expect(throws: TextError.noEntries) { try build(.whitespace, " \n \n<unk> \t") }
    #expect(throws: TextError.noEntries) { try build(.character, "abc", minimumCount: 2) }
    for size in [Int.min, 0, 2] {
      #expect(throws: TextError.vocabularySizeTooSmall(size: size, minimum: 3)) {
        try build(.character, "abc", size: size)
      }
    }
  }

  @Test func namesInvalidDocumentsWhateverCameBefore() {
    for kind in TokenizerKind.allCases {
      #expect(throws: TextError.invalidUTF8(offset: 1)) {
        try Tokenizer.build(
          TokenizerSettings(kind: kind, normalizer: Normalizer()), from: [[0x61], [0x62, 0xFF]])
      }
      #expect(throws: TextError.invalidUTF8(offset: 0)) {
        try Tokenizer.build(TokenizerSettings(kind: kind, normalizer: Normalizer()), from: [[0xFF]])
      }
    }
  }

  @Test func doesNotDependOnTheSplitIntoDocuments() throws {
    var generator = SeededGenerator(state: 6)
    // Every kind cuts before the newline, also where the documents end.
    let pieces = (0..<400).map { _ in "\n" + awkwardTexts.randomElement(using: &generator)! + "." }
    for kind in TokenizerKind.allCases {
      let whole = try Tokenizer.build(
        TokenizerSettings(kind: kind, normalizer: plain), from: [Array(pieces.joined().utf8)])
      for documentCount in [2, 7, 400] {
        var documents = [String](repeating: "", count: documentCount)
        for (index, piece) in pieces.enumerated() {
          documents[index * documentCount / pieces.count] += piece + ""
        }
        let split = try Tokenizer.build(
          TokenizerSettings(kind: kind, normalizer: plain), from: documents.reversed().map { Array($0.utf8) })
        #expect(split == whole)
      }
    }
  }

  @Test func takesNoSpecialTokenFromText() throws {
    let text = "a <unk> <boundary> b"
    let tokenizer = try build(.character, text)
    let encoding = try tokenizer.encode(Array(text.utf8))
    #expect(encoding.ids.count == text.count && encoding.unknownCount == 0)
    #expect(!encoding.ids.contains(tokenizer.unknownID!) && !encoding.ids.contains(tokenizer.boundaryID!))
    #expect(tokenizer.vocabulary.id(of: Array("<unk>".utf8)) == nil)
    #expect(tokenizer.decode(encoding.ids) == Array(text.utf8))
  }

  @Test func knowsItsSpecialIDs() throws {
    let character = try build(.character, "a")
    #expect(character.unknownID == 0 && character.boundaryID == 1 && character.startID == 1)
    #expect(character.decode([1, 2, 1, 2]) == Array("aa".utf8))
    #expect(character.vocabulary.bytes(of: 1) == Array("<boundary>".utf8))
    let whitespace = try build(.whitespace, "a")
    #expect(whitespace.unknownID == 0 && whitespace.boundaryID == nil && whitespace.startID == 1)
    let byte = try build(.byte)
    #expect(byte.unknownID == nil && byte.boundaryID == 256 && byte.startID == 256)
    let subword = try build(.subword)
    #expect(subword.unknownID == nil && subword.boundaryID == 0 && subword.startID == 0)
  }

  @Test func namesEntriesThatAreNoUnit() throws {
    let specials = [SpecialToken.unknown, .boundary].map { VocabularyEntry(.special($0), count: 0) }
    let units = ["a", "ab", "\r\n", "e\u{301}", "\u{E9}", "🇩🇪🇫🇷"].map {
      VocabularyEntry(.bytes(Array($0.utf8)), count: 1)
    }
    let old = UnicodeVersions(normalization: "1.1.0", clusters: "1.1.0")
    let vocabulary = try Vocabulary(entries: specials + units)
    let nfc = try Tokenizer(
      kind: .character, normalizer: Normalizer(), vocabulary: vocabulary, unicodeVersions: old)
    #expect(nfc.unicodeVersions == old)
    #expect(
      nfc.entriesNoLongerOneUnit.map { Array($0.utf8) }
        == ["\"ab\"", "\"e\u{301}\"", "\"🇩🇪🇫🇷\""].map { Array($0.utf8) })
    let none = try Tokenizer(kind: .character, normalizer: plain, vocabulary: vocabulary)
    #expect(none.entriesNoLongerOneUnit == ["\"ab\"", "\"🇩🇪🇫🇷\""])
    #expect(try build(.character, awkwardTexts.joined(separator: "\n")).entriesNoLongerOneUnit == [])
    #expect(try build(.byte).entriesNoLongerOneUnit == [])
  }
}
