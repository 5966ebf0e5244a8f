import RondoText
import Testing

struct TextErrorTests {
  @Test func everyDescriptionIsOneLine() {
    let errors: [TextError] = [
      .invalidUTF8(offset: 7), .vocabularySizeTooSmall(size: 2, minimum: 3),
      .vocabularySizeIsFixed(size: 300, fixed: 257), .noEntries, .duplicateEntry(name: "\"a\""),
      .emptyEntry(id: 4), .negativeCount(id: 4), .entryIsNotUTF8(id: 5),
      .wrongSpecialTokens(kind: .character), .wrongByteVocabulary,
      .mergeOfAbsentToken(index: 0, id: 9), .mergeWithoutEntry(index: 0, name: "\"ab\""),
      .duplicateMerge(index: 1),
      .mergesNotPossible(kind: .byte), .missingByte(255), .wrongUnknownPolicy(.bytes, kind: .whitespace),
    ]
    for error in errors {
      #expect(!error.description.isEmpty && !error.description.contains("\n"))
    }
    #expect(errors[0].description == "invalid UTF-8 at byte 7")
  }
}
