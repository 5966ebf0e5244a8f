import RondoText
import Testing

struct PromptTests {
  private func prompt(
    _ text: String, kind: TokenizerKind = .whitespace, normalizer: Normalizer = Normalizer()
  ) throws -> (prompt: Prompt, closed: String, candidates: [String]?, tokenizer: Tokenizer) {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: kind, normalizer: normalizer),
      from: [Array("the quick quiet fox thesis\n".utf8)])
    let prompt = try tokenizer.prompt(Array(text.utf8))
    return (
      prompt, String(decoding: prompt.closedText, as: UTF8.self),
      prompt.openEnd?.candidates.map {
        String(decoding: tokenizer.vocabulary.bytes(of: $0), as: UTF8.self)
      }.sorted(), tokenizer
    )
  }

  @Test(arguments: [
    ("the qu", "the ", ["quick", "quiet"]), ("the  quick", "the  ", ["quick"]),
    ("the", "", ["the", "thesis"]),
    ("fox\nthe", "fox\n", ["the", "thesis"]), ("fox\tf", "fox\t", ["fox"]), ("zzz f", "zzz ", ["fox"]),
  ])
  func aWordIsOpen(text: String, closed: String, candidates: [String]) throws {
    let found = try prompt(text)
    #expect(found.closed == closed)
    #expect(found.candidates == candidates)
    #expect(found.prompt.text == Array(text.utf8))
    #expect(try found.prompt.encoding == found.tokenizer.encode(Array(closed.utf8)))
  }

  @Test(arguments: ["", "the ", "the\n", "the\t", "the zzz", "the quicker", "the <unk>", "qx"])
  func allIsRead(text: String) throws {
    let found = try prompt(text)
    #expect(found.candidates == nil)
    #expect(found.closed == text)
    #expect(try found.prompt.encoding == found.tokenizer.encode(Array(text.utf8)))
  }

  @Test(arguments: [
    ("the qu", "the", [" ", " quick", " quiet"]), ("the quick", "the", [" ", " quick"]),
    ("the ", "the", [" ", " fox", " quick", " quiet", " thesis"]), ("th", "", ["t", "the"]),
    ("the zx", "the", [" "]), ("a\nth", "a\n", ["t", "the"]), ("fox,", "fox", [","]), ("the\n", "the\n", nil),
    ("", "", nil),
    ("fox " + String(repeating: "q", count: 64), "fox " + String(repeating: "q", count: 64), nil),
  ])
  func theLastWordIsOpenWithItsSpace(text: String, closed: String, candidates: [String]?) throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .word, minimumCount: 1), from: [Array("the quick quiet fox thesis\n".utf8)])
    let prompt = try tokenizer.prompt(Array(text.utf8))
    #expect(String(decoding: prompt.closedText, as: UTF8.self) == closed)
    let found = prompt.openEnd?.candidates.map {
      String(decoding: tokenizer.vocabulary.bytes(of: $0), as: UTF8.self)
    }
    #expect(found?.sorted() == candidates)
  }

  /// The model could write none of these words if what is before the apostrophe or the point were read already.
  @Test(arguments: [
    ("I don'", "I", [" ", " don't"]), ("I don’", "I", [" ", " don’t"]), ("a 3.", "a", [" ", " 3.5"]),
    ("e.", "", ["e", "e.g"]), ("I don\u{AD}'", "I", [" ", " don\u{AD}'t"]), ("I ד\"", "I", [" ", " ד\"ר"]),
    ("I don''", "I don'", ["'"]), ("I 3:", "I 3", [":"]), ("I '", "I", [" ", " '"]),
    ("I don't", "I", [" ", " don't"]),
  ])
  func aWordIsOpenAfterAnApostropheOrPoint(text: String, closed: String, candidates: [String]) throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .word, unknown: .token, minimumCount: 1),
      from: [Array("e.g I don't don’t don\u{AD}'t 3.5 ד\"ר ' : e I '".utf8)])
    let prompt = try tokenizer.prompt(Array(text.utf8))
    #expect(String(decoding: prompt.closedText, as: UTF8.self) == closed)
    let found = prompt.openEnd?.candidates.map {
      String(decoding: tokenizer.vocabulary.bytes(of: $0), as: UTF8.self)
    }
    #expect(found?.sorted() == candidates)
  }

  @Test func normalizesFirst() throws {
    let found = try prompt("THE Qu", normalizer: Normalizer(form: .nfkc, foldsCase: true))
    #expect(found.closed == "the ")
    #expect(found.candidates == ["quick", "quiet"])
  }

  @Test(arguments: [TokenizerKind.character, .byte])
  func charactersAndBytesAreNeverOpen(kind: TokenizerKind) throws {
    let found = try prompt("the qu", kind: kind)
    #expect(found.candidates == nil)
    #expect(found.closed == "the qu")
  }

  @Test func refusesWhatIsNoText() throws {
    let tokenizer = try prompt("").tokenizer
    #expect(throws: TextError.self) { try tokenizer.prompt([0x61, 0xFF]) }
  }
}
