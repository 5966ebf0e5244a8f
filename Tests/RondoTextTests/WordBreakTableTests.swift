import Foundation
import Testing

@testable import RondoText

struct WordBreakTableTests {
  @Test(
    arguments: [
      (0x0A, .lf), (0x0B, .newline), (0x0D, .cr), (0x20, .wSegSpace), (0x22, .doubleQuote),
      (0x27, .singleQuote),
      (0x2C, .midNum), (0x2E, .midNumLet), (0x30, .numeric), (0x3A, .midLetter), (0x41, .aLetter),
      (0x5F, .extendNumLet),
      (0x7F, .other), (0x80, .other), (0x85, .newline), (0xAD, .format), (0x300, .extend),
      (0x5D0, .hebrewLetter),
      (0x200D, .zwj), (0x30A2, .katakana), (0x3042, .other), (0x1F1E6, .regionalIndicator),
      (0xE01EF, .extend),
      (0xE01F0, .other), (0x10FFFF, .other),
    ] as [(UInt32, WordBreakClass)])
  func knowsTheClass(scalar: UInt32, expected: WordBreakClass) {
    #expect(WordBreakTable.shared[scalar].wordBreak == expected)
  }

  @Test func knowsPictographs() {
    let table = WordBreakTable.shared
    #expect(table[0x231A].isPictographic && table[0x231A].wordBreak == .other)
    #expect(table[0x2139].isPictographic && table[0x2139].wordBreak == .aLetter)
    #expect(!table[0x1F1E6].isPictographic && !table[0x61].isPictographic)
  }

  @Test func theDataIsInOrder() {
    let places = WordBreakTable.changes.map { $0 >> 8 }
    #expect(places.first == 0 && zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
    #expect(
      WordBreakTable.changes.allSatisfy {
        WordBreakClass(rawValue: UInt8(truncatingIfNeeded: $0 & 0x7F)) != nil
      })
  }
}
