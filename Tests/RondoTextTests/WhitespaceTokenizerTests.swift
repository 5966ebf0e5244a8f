import Foundation
import RondoText
import Testing

struct WhitespaceTokenizerTests {
  private func fixture() throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: "whitespace", withExtension: "txt", subdirectory: "Fixtures"))
    return Array(try Data(contentsOf: url))
  }

  private func build(_ text: [UInt8], size: Int? = nil) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(kind: .whitespace, normalizer: Normalizer(), vocabularySize: size), from: [text])
  }

  /// The numbers come from counting the file with other tools.
  @Test func countsAsThePapersDo() throws {
    let text = try fixture()
    let tokenizer = try build(text)
    let entries = tokenizer.vocabulary.entries
    #expect(tokenizer.vocabularySize == 64)
    #expect(entries[0] == VocabularyEntry(.special(.unknown), count: 7))
    #expect(entries[1] == VocabularyEntry(.special(.endOfLine), count: 20))
    #expect(
      entries.dropFirst(2).prefix(5).map(\.token.name) == [
        #""the""#, #""goat""#, #""and""#, #""geese""#, #""said""#,
      ])
    let encoding = try tokenizer.encode(text)
    #expect(encoding.ids.count == 189 && encoding.unknownCount == 0)
    #expect(Array(encoding.ids.prefix(13)) == [2, 10, 28, 2, 52, 0, 25, 8, 5, 4, 9, 3, 1])
    #expect(encoding.ids.filter { $0 == 0 }.count == 7 && encoding.ids.last == 1)
  }

  @Test func givesBackThePapersNormalForm() throws {
    let text = try fixture()
    let tokenizer = try build(text)
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let expected = lines.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: "\n")
    let decoded = tokenizer.decode(try tokenizer.encode(text).ids)
    #expect(String(decoding: decoded, as: UTF8.self) == expected)
    #expect(try tokenizer.encode(decoded).ids == tokenizer.encode(text).ids)
  }

  @Test func mapsRareWordsToUnknown() throws {
    let text = Array("a a a b b c <unk> c\n".utf8)
    let tokenizer = try build(text, size: 4)
    #expect(tokenizer.vocabulary.entries.map(\.count) == [3, 1, 3, 2])
    let encoding = try tokenizer.encode(text)
    #expect(encoding.ids == [2, 2, 2, 3, 3, 0, 0, 0, 1])
    // The literal word is no word outside the vocabulary.
    #expect(encoding.unknownCount == 2 && encoding.unknownPieces == [Array("c".utf8)])
    #expect(tokenizer.decode(encoding.ids) == Array("a a a b b <unk> <unk> <unk>\n".utf8))
  }

  @Test(arguments: [
    ("", ""), ("a", "a"), (" a\tb  b\r\n\n\n a\u{B}\u{C}b", "a b b\n\n\na b"), ("\n", "\n"), ("a \n", "a\n"),
    ("a\u{A0}b\u{3000}c \u{2028}", "a\u{A0}b\u{3000}c \u{2028}"),
    ("<eos> <boundary>\n", "<eos> <boundary>\n"),
    ("x\0y \0", "x\0y \0"), ("שלום  <unk>é", "שלום <unk>é"),
  ])
  func cutsAtASCIISpaceOnly(text: String, expected: String) throws {
    let tokenizer = try build(Array((text + " word").utf8))
    let encoding = try tokenizer.encode(Array(text.utf8))
    #expect(String(decoding: tokenizer.decode(encoding.ids), as: UTF8.self) == expected)
    #expect(encoding.unknownCount == 0)
  }

  @Test func keepsAwkwardWords() throws {
    for text in awkwardTexts + ["<eos> <unk>x x<unk> <unk>"] {
      let utf8 = Array((text + "\nword").utf8)
      let tokenizer = try build(utf8)
      let once = tokenizer.decode(try tokenizer.encode(utf8).ids)
      #expect(tokenizer.decode(try tokenizer.encode(once).ids) == once)
      let words = try Normalizer().normalize(utf8).split { $0 == 0x20 || (0x09...0x0D).contains($0) }
      #expect(once.split { $0 == 0x20 || $0 == 0x0A } == words)
      #expect(tokenizer.entriesNoLongerOneUnit == [])
    }
  }
}
