import Foundation
import RondoText
import Testing

struct TokenizerCodableTests {
  @Test(arguments: TokenizerKind.allCases, NormalizationForm.allCases)
  func comesBackFromJSON(kind: TokenizerKind, form: NormalizationForm) throws {
    let texts = awkwardTexts.map { Array($0.utf8) } + randomTexts(count: 200, seed: 7)
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: kind, normalizer: Normalizer(form: form, foldsCase: form == .nfkc)), from: texts
    )
    let decoded = try JSONDecoder().decode(Tokenizer.self, from: JSONEncoder().encode(tokenizer))
    #expect(decoded == tokenizer)
    #expect(decoded.entriesNoLongerOneUnit == [])
    for text in texts { #expect(try decoded.encode(text) == tokenizer.encode(text)) }
  }

  private func json(
    kind: String = "character", form: String = "nfc", words: String = "", entries: String
  ) -> Data {
    Data(
      """
      {"kind": "\(kind)", "normalizer": {"form": "\(form)", "folds_case": false},
       "unicode_versions": {"normalization": "13.0.0", "clusters": "13.0.0"\(words)}, "vocabulary": [\(entries)]}
      """.utf8)
  }
  private let unknown = #"{"special": "<unk>", "count": 0}"#
  private let boundary = #"{"special": "<boundary>", "count": 0}"#
  private let endOfLine = #"{"special": "<eos>", "count": 0}"#
  private let a = #"{"text": "a", "count": 2}"#

  @Test func readsWhatTheDocumentationShows() throws {
    let data = json(entries: [unknown, boundary, a].joined(separator: ","))
    let tokenizer = try JSONDecoder().decode(Tokenizer.self, from: data)
    #expect(tokenizer.kind == .character && tokenizer.vocabularySize == 3)
    #expect(
      tokenizer.unicodeVersions == UnicodeVersions(normalization: "13.0.0", clusters: "13.0.0", words: nil))
    #expect(try tokenizer.encode([0x61]).ids == [2])
  }

  @Test func theVersionOfWordsMayBeMissing() throws {
    let entries = [unknown, boundary, a].joined(separator: ",")
    let old = try JSONDecoder().decode(Tokenizer.self, from: json(entries: entries))
    let new = try JSONDecoder().decode(
      Tokenizer.self, from: json(words: #", "words": "15.0.0""#, entries: entries))
    #expect(new.unicodeVersions.words == "15.0.0")
    #expect(old != new)
    // It is written as it was read.
    for tokenizer in [old, new] {
      let written = try JSONEncoder().encode(tokenizer)
      #expect(try JSONDecoder().decode(Tokenizer.self, from: written) == tokenizer)
      #expect(String(decoding: written, as: UTF8.self).contains("words") == (tokenizer == new))
    }
  }

  @Test func specialTokensMayBeAnywhere() throws {
    func read(_ kind: String, _ entries: [String]) throws -> Tokenizer {
      try JSONDecoder().decode(
        Tokenizer.self, from: json(kind: kind, entries: entries.joined(separator: ",")))
    }
    for kind in ["character", "word"] {
      let entries = [boundary, a, unknown]
      let json = json(kind: kind, entries: entries.joined(separator: ","))
      let text = String(decoding: json, as: UTF8.self).replacingOccurrences(
        of: "\"vocabulary\"", with: "\"unknown\": \"unk\", \"vocabulary\"")
      let tokenizer = try JSONDecoder().decode(Tokenizer.self, from: Data(text.utf8))
      #expect(tokenizer.startID == 0 && tokenizer.boundaryID == 0 && tokenizer.unknownID == 2)
      let encoding = try tokenizer.encode(Array("ab".utf8))
      #expect(encoding.ids == [1, 2])
      #expect(encoding.unknownCount == 1)
      #expect(String(decoding: tokenizer.decode([0, 2, 1, 0]), as: UTF8.self) == "\u{FFFD}a")
    }
    let words = try read("whitespace", [a, endOfLine, unknown])
    #expect(words.startID == 1 && words.unknownID == 2)
    #expect(try words.encode(Array("a b\n<unk> a".utf8)).ids == [0, 2, 1, 2, 0])
    #expect(String(decoding: words.decode([0, 2, 1, 0]), as: UTF8.self) == "a <unk>\na")
  }

  @Test func refusesVocabulariesOfAnotherKind() {
    func check(_ kind: String, _ entries: [String], _ error: TextError) {
      #expect(throws: error) {
        try JSONDecoder().decode(
          Tokenizer.self, from: json(kind: kind, entries: entries.joined(separator: ",")))
      }
    }
    check("character", [unknown, a], .wrongSpecialTokens(kind: .character))
    check("character", [unknown, boundary, a, endOfLine], .wrongSpecialTokens(kind: .character))
    check("character", [], .wrongSpecialTokens(kind: .character))
    check("character", [unknown, boundary], .noEntries)
    check("character", [unknown, boundary, a, a], .duplicateEntry(name: "\"a\""))
    check("character", [unknown, unknown, a], .duplicateEntry(name: "<unk>"))
    check("character", [unknown, boundary, #"{"text": "", "count": 2}"#], .emptyEntry(id: 2))
    check("character", [unknown, boundary, #"{"text": "a", "count": -2}"#], .negativeCount(id: 2))
    check("whitespace", [unknown, boundary, a], .wrongSpecialTokens(kind: .whitespace))
    check(
      "whitespace", [unknown, endOfLine, #"{"text": "<unk>", "count": 1}"#], .duplicateEntry(name: "<unk>"))
    let noText = #"{"bytes": [255, 254], "count": 1}"#, byte = #"{"bytes": [255], "count": 1}"#
    for kind in ["character", "word"] {
      let policy = kind == "word" ? #"word", "unknown": "unk"# : kind
      check(policy, [unknown, boundary, a, noText], .entryIsNotUTF8(id: 3))
      check(policy, [unknown, boundary, byte, a], .entryIsNotUTF8(id: 2))
      let spells = kind == "word" ? kind : #"character", "unknown": "bytes"#
      let bytes = (0...255).map { #"{"bytes": [\#($0)], "count": 0}"# }
      check(spells, [boundary] + bytes + [noText], .entryIsNotUTF8(id: 257))
    }
    check("whitespace", [unknown, endOfLine, byte], .entryIsNotUTF8(id: 2))
    check("byte", [unknown, boundary, a], .wrongByteVocabulary)
    check("byte", [], .wrongByteVocabulary)
  }

  @Test func refusesOtherShapes() {
    let good = [unknown, boundary, a].joined(separator: ",")
    for data in [
      json(kind: "syllable", entries: good), json(form: "nfe", entries: good), json(entries: "3"),
      Data("{}".utf8), Data("[]".utf8), Data("not JSON".utf8), Data(#"{"kind": "byte"}"#.utf8),
    ] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tokenizer.self, from: data) }
    }
  }
}
