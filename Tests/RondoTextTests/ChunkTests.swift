import Testing

@testable import RondoText

/// A text that is cut into chunks, on any number of threads, gives what the whole gives.
struct ChunkTests {
  private static let normalizers = NormalizationForm.allCases.flatMap { form in
    [false, true].map { Normalizer(form: form, foldsCase: $0) }
  }

  /// Places where a cut is tempting and wrong, among others.
  private static let cunning = [
    "a\r\nb", "\r\n\r\n", "a\u{301}b", "漢\u{3099}字", "漢字仮名", "e\u{301}\u{323}e", "👩\u{200D}👩\u{200D}👧",
    "a👨🏿\u{200D}🚀b", "🇩🇪🇫🇷🇯🇵🇰", "x🇩🇪y", "\u{1100}\u{1161}\u{11A8}\u{1100}", "\u{3131}\u{1161}", "\u{AC00}\u{11A8}",
    "\u{600}1", "\u{600} a", "क्षत्रिय", "क्\u{200D}ष", "\u{B4}\u{323}a", "\u{A8}a", "ﬁx", "ß\u{301}", "İx",
    "ᾳ\u{301}",
    "it's 'sing", "a 's", "x''s", "don't1", "!'re", "a  b   c", "a \n b", "a\u{A0} \u{3000}b", "1a1 ½b",
    "«a»", "x\u{A8}y \u{A8}z",
    "ก\u{E33}", "\u{E33}ก", "\n\u{301}a", " \u{301} \u{338}", "\u{1025}\u{102E}", "\u{FDFA}a", "①\u{20DD}",
    "can't stop", "3.5 km, 3, 5", "a  b", "a. b", " ,a b's'c", "a \u{301}b", "カタ カナ漢 字", "א\"ב a",
    "a_ _b \u{A0}c d", "a\u{A0} b", "\u{3000} b", "\u{2009} \u{2009}b", "\u{600} ب", "\u{D4E} ക",
    "a' b' 3. 4", "a \u{AD} b",
    "א\" ב", "\u{B4} a", "\u{37A} b",
  ]

  private static let texts =
    awkwardTexts.map { Array($0.utf8) } + cunning.map { Array($0.utf8) } + randomTexts(count: 300, seed: 21)

  private func units(_ text: [UInt8], _ kind: TokenizerKind, _ normalizer: Normalizer) throws -> [[UInt8]] {
    let normalized = try normalizer.normalize(text)
    switch kind {
    case .character: return GraphemeClusters(normalized).map { Array(normalized[$0]) }
    case .byte: return normalized.map { [$0] }
    case .word: return words(normalized)
    case .subword:
      var units: [[UInt8]] = []
      var position = 0
      while position < normalized.count {
        let end = endOfPreToken(normalized, from: position)
        units.append(Array(normalized[position..<end]))
        position = end
      }
      return units
    case .whitespace:
      return normalized.split(omittingEmptySubsequences: false) { $0 == 0x0A }
        .flatMap { $0.split { [0x20, 0x09, 0x0B, 0x0C, 0x0D].contains($0) }.map { Array($0) } + [[0x0A]] }
        .dropLast()
    }
  }

  /// Pieces between places where a word and a cluster end, a lone space with the piece after it.
  private func words(_ text: [UInt8]) -> [[UInt8]] {
    let ends = Set(GraphemeClusters(text).map(\.upperBound))
    var pieces: [[UInt8]] = [[]]
    for word in WordBoundaries(text) {
      pieces[pieces.count - 1] += text[word]
      if ends.contains(word.upperBound) { pieces.append([]) }
    }
    pieces.removeLast()
    var units: [[UInt8]] = []
    for piece in pieces {
      let first = String(decoding: piece, as: UTF8.self).unicodeScalars.first!
      if units.last == [0x20], !first.properties.isWhitespace {
        units[units.count - 1] += piece
      } else {
        units.append(piece)
      }
    }
    return units
  }

  @Test(arguments: TokenizerKind.allCases, normalizers)
  func aCutLosesNothing(kind: TokenizerKind, normalizer: Normalizer) throws {
    var cuts = 0
    for text in Self.texts {
      let whole = try units(text, kind, normalizer)
      for place in 1..<max(1, text.count) where kind.scheme.canCut(text, at: place, normalizer) {
        cuts += 1
        // A byte tokenizer may cut inside a character.
        if kind == .byte, normalizer.isIdentity { continue }
        let parts = try [Array(text[..<place]), Array(text[place...])].flatMap {
          try units($0, kind, normalizer)
        }
        #expect(
          parts == whole, "\(String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)) at \(place)")
      }
    }
    #expect(cuts > ([.whitespace, .word, .subword].contains(kind) ? 100 : 500))
  }

  @Test(arguments: ["ab", "a é", "漢字", "คำ กก", "の。x", "한 국", "क क", "\u{301}\na", "a\n\u{301}"])
  func ordinaryTextIsCutSomewhere(text: String) {
    let bytes = Array(text.utf8)
    #expect((1..<bytes.count).contains { CharacterTokenizer.canCut(bytes, at: $0, Normalizer()) })
  }

  @Test(arguments: NormalizationForm.allCases)
  func aLongLineIsCutBetweenWordsInAnyScript(form: NormalizationForm) throws {
    for word in [
      "слово", "λόγος", "كلمة", "מילה", "shënim", "հայերեն", "カタカナ", "शब्द", "እንግዳ", "한국어다.", "a’b", "٣٫٥",
    ] {
      let text = Array(repeatElement(Array(word.utf8), count: 3000).joined(separator: [0x20]))
      var chunks = TextChunks(size: 100) { WordTokenizer.canCut($0, at: $1, Normalizer(form: form)) }
      let read = parts(of: text)
      var longest = 0
      while let chunk = try chunks.next(read) { longest = max(longest, chunk.text.count) }
      #expect(longest <= 200, "\(word)")
    }
  }

  /// Words of several scripts, with what may stand between them, in chunks of every size.
  @Test func wordsOfAllScriptsAreCutAsInTheWhole() throws {
    let pieces = [
      "слово", "Ё", "λόγος", "كَلِمة", "شَ", "מִילָה", "צ'ק", "shënim", "кафе\u{301}", "カタ", "字", "शब्द", "한국", "የ",
      "٣٫٥", "3.5", "don’t",
      "it's", "🇩🇪", "👩\u{200D}", "\u{600}", "\u{AD}", "\u{200D}", "\u{301}", "\u{A0}", "\u{3000}", "\u{B4}",
      "_", ".", ",", "'", "\"",
      "\r", "\n", "\t",
    ].map { Array($0.utf8) }
    var generator = SeededGenerator(state: 22)
    for normalizer in Self.normalizers {
      var text: [UInt8] = []
      while text.count < 600 {
        text += pieces.randomElement(using: &generator)!
        // A cut is wrong most easily where there are many spaces.
        while Int.random(in: 0..<5, using: &generator) < 3 { text.append(0x20) }
      }
      let tokenizer = try Tokenizer.build(
        TokenizerSettings(kind: .word, normalizer: normalizer, minimumCount: 1), from: [text])
      let whole = tokenizer.encodeNormalized(try tokenizer.normalize(text))
      for chunkSize in 1...text.count {
        var joined = Tokenizer.Encoding(ids: [], UnknownPieces())
        try tokenizer.encode(
          threadCount: 1, chunkSize: chunkSize, reading: parts(of: text), making: { encoding, _ in encoding }
        ) { joined.append($0) }
        #expect(joined == whole)
      }
    }
  }

  @Test(arguments: [
    "\r\n", "e\u{301}", "🇩🇪🇫🇷🇯🇵", "👩\u{200D}👩", "\u{1112}\u{1161}\u{11AB}", "\u{600}1", "क्ष", "\u{E9}\u{301}",
  ])
  func aClusterIsNotCut(text: String) {
    let bytes = Array(text.utf8)
    #expect(!(1..<bytes.count).contains { CharacterTokenizer.canCut(bytes, at: $0, Normalizer()) })
  }

  @Test(arguments: TokenizerKind.allCases, [1, 3])
  func chunksGiveWhatTheWholeGives(kind: TokenizerKind, threadCount: Int) throws {
    for normalizer in Self.normalizers {
      let text = Array(Self.texts.joined())
      // Few entries, so that much is unknown.
      let settings = TokenizerSettings(
        kind: kind, normalizer: normalizer, unknown: kind.unknownPolicies == [.bytes] ? nil : .token,
        vocabularySize: kind == .byte ? nil : kind == .subword ? 300 : 60)
      let builder = TokenizerBuilder(settings)
      builder.add(counting: text, chunkSize: text.count + 1)
      let tokenizer = try builder.tokenizer()
      var scratch = EncodingScratch()
      let whole = tokenizer.scheme.encode(try tokenizer.normalize(text), &scratch)
      #expect(whole.unknownPieces.count == (kind.unknownPolicies == [.bytes] ? 0 : 10))

      for chunkSize in [1, 2, 3, 17, 1000] {
        let counter = TokenizerBuilder(settings, threadCount: threadCount)
        counter.add(counting: text, chunkSize: chunkSize)
        #expect(try counter.tokenizer() == builder.tokenizer())

        var joined = Tokenizer.Encoding(ids: [], UnknownPieces())
        var chunks = 0
        try tokenizer.encode(
          threadCount: threadCount, chunkSize: chunkSize, reading: parts(of: text, 5),
          making: { encoding, _ in encoding }
        ) {
          joined.append($0)
          chunks += 1
        }
        #expect(joined == whole)
        #expect(chunks > (chunkSize < 100 ? 50 : 5))
      }
      #expect(try tokenizer.encode(text, threadCount: threadCount) == whole)
      #expect(try tokenizer.encode(text) == whole)
    }
  }

  @Test(arguments: [1, 2])
  func invalidBytesAreNamedByTheirPlaceInTheWhole(threadCount: Int) throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .character, normalizer: Normalizer()), from: [Array("abc\n漢字".utf8)])
    for place in [0, 1, 500, 999] {
      var text = Array(repeatElement(Array("abc\n漢字".utf8), count: 100).joined())
      // The first of several counts.
      text.insert(0xFF, at: place)
      text += [0xFE] + Array("a\n".utf8)
      let first = try #require(throws: TextError.self) { try tokenizer.encode(text) }
      for chunkSize in [1, 10, 333, 5000] {
        #expect(throws: first) {
          try tokenizer.encode(
            threadCount: threadCount, chunkSize: chunkSize, reading: parts(of: text), making: { _, _ in }
          ) {}
        }
      }
    }
  }

  @Test func whatTheClosuresThrowComesThrough() throws {
    struct Stop: Error {}
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .byte, normalizer: Normalizer(form: .none)), from: [[]])
    for threadCount in [1, 3] {
      #expect(throws: Stop.self) {
        try tokenizer.encode(threadCount: threadCount, reading: { _ in throw Stop() }) { _ in }
      }
      var calls = 0
      #expect(throws: Stop.self) {
        try tokenizer.encode(threadCount: threadCount, reading: { Array(repeating: 0x61, count: $0) }) { _ in
          calls += 1
          if calls == 20 { throw Stop() }
        }
      }
      #expect(calls == 20)
    }
  }

  @Test func aTextWithoutAPlaceToCutIsOneChunk() throws {
    let text = Array(("e" + String(repeating: "\u{301}", count: 100_000)).utf8)
    var chunks = TextChunks(size: 64) { CharacterTokenizer.canCut($0, at: $1, Normalizer(form: .none)) }
    let read = parts(of: text)
    #expect(try chunks.next(read)?.text == text)
    #expect(try chunks.next(read) == nil)
  }

  /// Control characters have no marks and do not join; so they need no memory, however many there are.
  @Test(arguments: ["\0", "\t", "\u{200B}", "\r", "한", "क", "\u{1}a"])
  func runsAreCut(of unit: String) throws {
    let text = Array(String(repeating: unit, count: 1_000).utf8)
    var chunks = TextChunks(size: 64) { CharacterTokenizer.canCut($0, at: $1, Normalizer()) }
    let read = parts(of: text)
    var sizes: [Int] = []
    while let chunk = try chunks.next(read) { sizes.append(chunk.text.count) }
    #expect(sizes.reduce(0, +) == text.count)
    #expect(try #require(sizes.max()) < 200)
  }

  @Test func whatIsTooLongToBeAUnitIsRefused() throws {
    let text = Array("ab ".utf8) + [UInt8](repeating: 0x61, count: TextChunks.longestUncut + 100_000)
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .word, minimumCount: 1), from: [Array("a b".utf8)])
    for threadCount in [1, 2] {
      let error = try #require(throws: TextError.self) {
        try tokenizer.encode(text, threadCount: threadCount)
      }
      guard case .noPlaceToCut(let offset, let byteCount) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(offset == 2)
      #expect(byteCount > TextChunks.longestUncut && byteCount < text.count)
    }
    // What is no UTF-8 is named as that.
    let bytes = [UInt8](repeating: 0x80, count: TextChunks.longestUncut + 100_000)
    #expect(throws: TextError.invalidUTF8(offset: 0)) { try tokenizer.encode(bytes, threadCount: 2) }
  }
}

/// Gives a text part by part, never more than `most` bytes.
private func parts(of text: [UInt8], _ most: Int = .max) -> (Int) -> [UInt8] {
  var rest = text[...]
  return { count in
    defer { rest = rest.dropFirst(min(count, most)) }
    return Array(rest.prefix(min(count, most)))
  }
}

extension TokenizerBuilder {
  fileprivate func add(counting text: [UInt8], chunkSize: Int) {
    #expect(throws: Never.self) { try add(chunkSize: chunkSize, reading: parts(of: text)) }
  }
}
