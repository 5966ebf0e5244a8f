import Foundation
import Testing

@testable import RondoText

struct SubwordTokenizerTests {
  private let plain = Normalizer(form: .none)

  private func build(
    _ text: String, size: Int? = nil, minimumCount: Int? = nil, threadCount: Int = 1
  ) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(
        kind: .subword, normalizer: plain, vocabularySize: size, minimumCount: minimumCount),
      from: [Array(text.utf8)], threadCount: threadCount)
  }

  private func pieces(_ text: String, _ tokenizer: Tokenizer) throws -> [String] {
    try tokenizer.encode(Array(text.utf8)).ids.map {
      String(decoding: tokenizer.vocabulary.bytes(of: $0), as: UTF8.self)
    }
  }

  @Test func mergesAndIDsAreThoseOfTokenizers() throws {
    let golden = try GoldenSubwords.load()
    let tokenizer = try build(golden.text, size: 900)
    #expect(tokenizer.vocabulary.entries.dropFirst().map(\.token) == golden.tokens.map { .bytes($0) })
    #expect(tokenizer.merges == golden.merges)
    #expect(try tokenizer.encode(Array(golden.text.utf8)).ids == golden.ids)
    for piece in golden.pieces {
      #expect(try tokenizer.encode(Array(piece.text.utf8)).ids == piece.ids, "\(piece.text.debugDescription)")
    }
    for id in golden.ids.indices where id < tokenizer.vocabularySize {
      #expect(tokenizer.vocabulary.entries[id].count == golden.ids.count { $0 == id })
    }
  }

  @Test func theSameForAnyNumberOfThreads() throws {
    let golden = try GoldenSubwords.load()
    let text = String(repeating: golden.text + "\n", count: 20)
    let tokenizer = try build(text, size: 700)
    let whole = try tokenizer.encode(Array(text.utf8))
    for threadCount in 2...3 {
      #expect(try build(text, size: 700, threadCount: threadCount) == tokenizer)
      #expect(try tokenizer.encode(Array(text.utf8), threadCount: threadCount) == whole)
    }
  }

  @Test func mergesTheCommonestPairOfTheSmallestIDs() throws {
    // a b: 3 times, b c: 2; then ab c: 2 and ab d: 1.
    let tokenizer = try build("abc\nabc\nabd", minimumCount: 2)
    func id(_ text: String) throws -> UInt32 { try #require(tokenizer.vocabulary.id(of: Array(text.utf8))) }
    #expect(try tokenizer.merges == [.init(id("a"), id("b")), .init(id("ab"), id("c"))])
    #expect(try pieces("abcabd", tokenizer) == ["abc", "ab", "d"])
    #expect(tokenizer.vocabularySize == 259)
    // Three pairs that are there equally often: the ids begin with ! and go on to the letters in their order.
    for (size, last) in [(258, "!?"), (259, "xy"), (260, "zw")] {
      #expect(
        try build("zw\nxy\n!?", size: size, minimumCount: 1).vocabulary.entries.last?.token
          == .bytes(Array(last.utf8)))
    }
  }

  @Test func aRunOfOneLetterIsMergedFromTheLeft() throws {
    let tokenizer = try build("aaaaa aaaaa", size: 258)
    #expect(try pieces("aaaaa", tokenizer) == ["aa", "aa", "a"])
  }

  @Test func everyTextComesBack() throws {
    let tokenizer = try build(awkwardTexts.joined(separator: " "), size: 600, minimumCount: 1)
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 1000, seed: 31) {
      let encoding = try tokenizer.encode(text)
      #expect(tokenizer.decode(encoding.ids) == text)
      #expect(encoding.unknownCount == 0 && !encoding.ids.contains(0))
    }
  }

  @Test func knownPiecesAreWhatMergingGives() throws {
    let golden = try GoldenSubwords.load()
    let tokenizer = try build(golden.text, size: 700)
    let text = Array(golden.text.utf8)
    var ids: [UInt32] = []
    var position = 0
    while position < text.count {
      let end = endOfPreToken(text, from: position)
      // Each with a scratch of its own, in which nothing is known.
      ids += try tokenizer.encode(Array(text[position..<end])).ids
      position = end
    }
    #expect(try tokenizer.encode(text).ids == ids)
  }

  @Test func longPiecesAreMergedAsShortOnesAre() throws {
    let tokenizer = try build("abcab bcabc cabca abcc ccab aabbcc", size: 290, minimumCount: 1)
    var generator = SeededGenerator(state: 3)
    for length in [60, 64, 65, 70, 200] {
      for _ in 0..<50 {
        let text = (0..<length).map { _ in "abc".utf8.randomElement(using: &generator)! }
        #expect(try tokenizer.encode(text).ids == mergedPlainly(text, tokenizer))
      }
    }
  }

  /// By the definition: of all pairs the one that was learned first, of several the leftmost.
  private func mergedPlainly(_ text: [UInt8], _ tokenizer: Tokenizer) -> [UInt32] {
    var ids = text.map { tokenizer.vocabulary.id(of: [$0])! }
    while true {
      let ranks = zip(ids, ids.dropFirst()).map {
        tokenizer.merges.firstIndex(of: SubwordMerge($0, $1)) ?? .max
      }
      guard let best = ranks.min(), best < .max, let place = ranks.firstIndex(of: best) else { return ids }
      let joined = tokenizer.vocabulary.bytes(of: ids[place]) + tokenizer.vocabulary.bytes(of: ids[place + 1])
      ids.replaceSubrange(place...place + 1, with: [tokenizer.vocabulary.id(of: joined)!])
    }
  }

  @Test func aMillionLettersWithoutASpace() throws {
    var generator = SeededGenerator(state: 9)
    let text = (0..<1_000_000).map { _ in UInt8.random(in: 0x61...0x64, using: &generator) }
    let tokenizer = try build(String(decoding: text[..<20_000], as: UTF8.self), size: 400)
    #expect(tokenizer.decode(try tokenizer.encode(text).ids) == text)
    #expect(try tokenizer.encode(text).ids.count < 500_000)
    let ofOneWord = try Tokenizer.build(
      TokenizerSettings(kind: .subword, normalizer: plain, vocabularySize: 300), from: [text])
    #expect(ofOneWord.merges.count == 43)
  }

  @Test func aTokenBeginsAndEndsInsideACharacter() throws {
    let tokenizer = try build("漢字漢語漢文 漢字", size: 262, minimumCount: 1)
    #expect(
      tokenizer.vocabulary.entries.contains {
        if case .bytes(let bytes) = $0.token { bytes.count > 1 && !isValidUTF8(bytes) } else { false }
      })
    #expect(tokenizer.entriesNoLongerOneUnit == [])
    var decoder = StreamingDecoder(tokenizer)
    let text = Array("漢字の文".utf8)
    var shown: [UInt8] = []
    for id in try tokenizer.encode(text).ids {
      shown += decoder.append(id)
      #expect(isValidUTF8(shown))
    }
    #expect(shown + decoder.finish() == text)
  }

  @Test(arguments: [
    ("", 0), ("the fox", 3), ("the fox ", 7), ("a\n\n", 1), ("a \n", 1), ("don't", 3), ("I'", 1), ("I'l", 1),
    ("I'r", 1),
    ("I'x", 2), ("I's", 1), ("!'l", 2), ("x.", 1), (String(repeating: "x", count: 64), 0),
    (String(repeating: "x", count: 65), 65),
  ])
  func theLastPreTokenIsOpen(text: String, start: Int) throws {
    #expect(try build("").scheme.startOfOpenEnd(Array(text.utf8)) == start)
  }

  @Test func nothingThatFollowsChangesWhatIsClosed() throws {
    let tokenizer = try build("")
    let alphabet = ["a", "s", "l", "r", "e", "v", "'", "'", " ", " ", "\n", "1", "é", "!", "\u{A0}"]
    var generator = SeededGenerator(state: 17)
    func random(_ count: ClosedRange<Int>) -> [UInt8] {
      (0..<Int.random(in: count, using: &generator)).flatMap { _ in
        Array(alphabet.randomElement(using: &generator)!.utf8)
      }
    }
    for _ in 0..<5000 {
      let text = random(0...8)
      let whole = text + random(1...4)
      let start = tokenizer.scheme.startOfOpenEnd(text)
      var ends: Set<Int> = [0]
      var position = 0
      while position < whole.count {
        position = endOfPreToken(whole, from: position)
        ends.insert(position)
      }
      #expect(
        ends.contains(start), "\(String(decoding: whole, as: UTF8.self).debugDescription) at \(text.count)")
    }
  }

  @Test func defaultsAndLimits() throws {
    let usual = TokenizerSettings(kind: .subword)
    #expect(usual.vocabularySize == 4096 && usual.minimumCount == 2 && usual.unknown == .bytes)
    let empty = try build("")
    #expect(
      empty.vocabularySize == 257 && empty.merges.isEmpty && empty.startID == 0 && empty.boundaryID == 0)
    #expect(empty.vocabulary.bytes(of: 1) == [0x21] && empty.vocabulary.bytes(of: 256) == [0xAD])
    #expect(throws: TextError.vocabularySizeTooSmall(size: 256, minimum: 257)) { try build("a", size: 256) }
    #expect(throws: TextError.wrongUnknownPolicy(.token, kind: .subword)) {
      try Tokenizer.build(TokenizerSettings(kind: .subword, unknown: .token), from: [])
    }
  }

  @Test func refusesWhatCannotBe() throws {
    let good = try build("abc\nabc\nabd")
    func check(_ merges: [SubwordMerge], _ error: TextError) {
      #expect(throws: error) {
        try Tokenizer(kind: .subword, normalizer: plain, vocabulary: good.vocabulary, merges: merges)
      }
    }
    let merges = good.merges
    let absent = UInt32(good.vocabularySize)
    check([merges[0], .init(absent, 1)], .mergeOfAbsentToken(index: 1, id: absent))
    check([.init(1, 0)], .mergeOfAbsentToken(index: 0, id: 0))
    check([.init(1, 1)], .mergeWithoutEntry(index: 0, name: "\"!!\""))
    check([merges[0], merges[1], merges[0]], .duplicateMerge(index: 2))
    #expect(throws: TextError.mergesNotPossible(kind: .byte)) {
      let bytes = try Tokenizer.build(TokenizerSettings(kind: .byte), from: [])
      return try Tokenizer(kind: .byte, normalizer: plain, vocabulary: bytes.vocabulary, merges: merges)
    }
    let entries = good.vocabulary.entries
    #expect(throws: TextError.missingByte(0x21)) {
      try Tokenizer(
        kind: .subword, normalizer: plain, vocabulary: Vocabulary(entries: [entries[0]] + entries[2...]))
    }
    #expect(throws: TextError.wrongSpecialTokens(kind: .subword)) {
      try Tokenizer(
        kind: .subword, normalizer: plain, vocabulary: Vocabulary(entries: Array(entries.dropFirst())))
    }
  }

  @Test func mergesAreInTheJSON() throws {
    let tokenizer = try build("abc\nabc\nabd")
    let json = String(decoding: try JSONEncoder().encode(tokenizer), as: UTF8.self)
    let ids = tokenizer.merges.map { "[\($0.left),\($0.right)]" }
    #expect(json.contains("\"merges\":[\(ids.joined(separator: ","))]"))
    func decode(_ json: String) throws -> Tokenizer {
      try JSONDecoder().decode(Tokenizer.self, from: Data(json.utf8))
    }
    #expect(try decode(json) == tokenizer)
    for bad in ["[[1]]", "[[1,2,3]]", "[1,2]", "{}", "[[-1,2]]", "null"] {
      let changed = json.replacingOccurrences(of: "[\(ids.joined(separator: ","))]", with: bad)
      #expect(throws: DecodingError.self, "\(bad)") { try decode(changed) }
    }
    #expect(throws: DecodingError.self) {
      try decode(json.replacingOccurrences(of: "\"merges\"", with: "\"m\""))
    }
    #expect(throws: TextError.mergesNotPossible(kind: .character)) {
      try decode(json.replacingOccurrences(of: "\"subword\"", with: "\"character\""))
    }
    let other = try Tokenizer(
      kind: .subword, normalizer: plain, vocabulary: tokenizer.vocabulary,
      merges: tokenizer.merges.dropLast())
    #expect(other != tokenizer)
  }
}
