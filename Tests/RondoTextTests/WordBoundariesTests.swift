import Testing

@testable import RondoText

struct WordBoundariesTests {
  private func words(_ text: [UInt8]) -> [[UInt8]] { WordBoundaries(text).map { Array(text[$0]) } }

  @Test(arguments: [
    [
      "The", " ", "quick", " ", "(", "“", "brown", "”", ")", " ", "fox", " ", "can’t", " ", "jump", " ",
      "32.3", " ", "feet",
    ],
    ["can't", " ", "'", "tis", "'"], ["1,000.5", "."], ["a", ",", "b"], ["1", ":", "2"], ["a:b"],
    ["a_b", " ", "__1"], ["x1y2"],
    ["U.S.A", "."], ["a", ".", ".", "b"], ["a", "\"", "b"], ["ד\"ר"], ["ד", "\"", "r"], ["צ'"], ["צ'ק"],
    ["a", "'"],
    ["  ", "\t", "\t", " \u{3000}", "\u{A0}", "\n"], ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "a"],
    ["カタカナ_", "ひ", "ら", "漢", "字"], ["ภ", "า", "ษ", "า"], ["한국어", " ", "x"], ["e\u{301}te\u{301}"],
    ["a\u{301}'\u{301}\u{AD}b"], ["a\u{301}", "'\u{301}"], ["\u{301}\u{301}", "a"], ["\n", "\u{301}", "a"],
    ["🇩🇪", "🇫🇷", "🇯"], ["🇩\u{200D}🇪", "🇫"], ["👩‍👩‍👧‍👦", "👍🏽"], ["a\u{200D}👩", "a"], ["\u{200D}ℹ️a"], [" \u{301}", " "],
    ["\0", "\0", "a"], ["\u{378}", "\u{10FFFF}"], [],
  ])
  func cutsWhereUAX29Does(expected: [String]) {
    // Compared by bytes: equal strings may be canonically equivalent only.
    #expect(words(Array(expected.joined().utf8)) == expected.map { Array($0.utf8) }, "\(expected)")
  }

  @Test func coversTheTextWithoutAGap() {
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 500, seed: 31) {
      var end = 0
      for range in WordBoundaries(text) {
        #expect(range.lowerBound == end && !range.isEmpty)
        end = range.upperBound
      }
      #expect(end == text.count)
    }
  }

  @Test func everyIllFormedByteIsAWord() {
    let text: [UInt8] = [0xFF, 0x61, 0xFE, 0xE2, 0x82, 0x61, 0x27, 0x80, 0xCC]
    #expect(words(text) == text.map { [$0] })
    #expect(words([0xF0, 0x9F, 0x87, 0xCC, 0x81]) == [[0xF0], [0x9F], [0x87, 0xCC, 0x81]])
  }

  /// Texts of a few code points that the rules are about.
  private static let cunning: [[UInt8]] = {
    let pool: [Unicode.Scalar] = [
      "a", "b", "1", "_", "'", "\"", ".", ",", ":", " ", "\n", "\r", "\u{B}", "!", "\u{5D0}", "\u{5D1}",
      "\u{30A2}",
      "\u{1F1E6}", "\u{1F1E7}", "\u{301}", "\u{200D}", "\u{AD}", "\u{231A}", "\u{2139}", "\u{6F22}",
      "\u{E01}", "\u{3000}",
      "\u{2019}", "\u{B7}", "\u{378}",
    ]
    var generator = SeededGenerator(state: 32)
    return (0..<20_000).map { _ in
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        text.append(pool.randomElement(using: &generator)!)
      }
      return Array(String(text).utf8)
    }
  }()

  @Test func agreesWithTheRulesOneByOne() {
    for text in Self.cunning + randomTexts(count: 3000, seed: 33) + awkwardTexts.map({ Array($0.utf8) }) {
      #expect(words(text) == wordsByTheRules(text), "\(String(decoding: text, as: UTF8.self).unicodeScalars)")
    }
  }

  /// These end in a moment, and not within any patience if something is looked at again and again.
  @Test func takesLinearTime() {
    let million = 1_000_000
    func repeated(_ text: String, _ count: Int = million) -> [UInt8] {
      Array(repeatElement(Array(text.utf8), count: count).joined())
    }
    let marks = repeated("\u{301}"), joiners = repeated("\u{200D}")
    let a = Array("a".utf8), quote = Array("'".utf8)
    #expect(words(a + marks) == [a + marks])
    #expect(words(a + quote + marks) == [a, quote + marks])
    #expect(words(a + quote + marks + a) == [a + quote + marks + a])
    #expect(words(a + marks + quote + joiners + quote + a) == [a + marks, quote + joiners, quote, a])
    #expect(words(joiners + a + joiners) == [joiners, a + joiners])
    #expect(words(repeated("a'")).count == 2)
    #expect(words(repeated("a''")).count == 3 * million)
    #expect(words(repeated("\u{5D0}'")).count == 1)
    #expect(words(repeated("\u{5D0}\"-")).count == 3 * million)
    #expect(words(repeated("1.a.")).count == 4 * million)
    #expect(words(repeated("\u{1F1E6}", million + 1)).count == million / 2 + 1)
    #expect(words(repeated("\u{1F1E6}\u{200D}")).count == million / 2)
    #expect(words(repeated(" ")).count == 1)
    #expect(words(repeated("\r")).count == million)
  }

  private static let normalizers = NormalizationForm.allCases.flatMap { form in
    [false, true].map { Normalizer(form: form, foldsCase: $0) }
  }

  @Test(arguments: normalizers)
  func aCutLosesNothing(normalizer: Normalizer) throws {
    func units(_ text: [UInt8]) throws -> (words: [[UInt8]], clusters: [[UInt8]]) {
      let normalized = try normalizer.normalize(text)
      return (words(normalized), GraphemeClusters(normalized).map { Array(normalized[$0]) })
    }
    var cuts = 0
    for text in Self.cunning[..<8000] + randomTexts(count: 1000, seed: 34)
      + awkwardTexts.map({ Array($0.utf8) })
    {
      let places = text.indices.dropFirst().filter { canCutWords(text, at: $0, normalizer) }
      cuts += places.count
      let whole = try units(text)
      for place in places {
        let left = try units(Array(text[..<place])), right = try units(Array(text[place...]))
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        #expect(left.words + right.words == whole.words, "\(scalars) at \(place)")
        #expect(left.clusters + right.clusters == whole.clusters, "\(scalars) at \(place)")
      }
    }
    #expect(cuts > 3000)
  }

  @Test(arguments: [
    ("ab c", [2]), ("漢字", [3]), ("คำ กก", [6, 10]), ("a\nb\n", [2]), ("の。x", [3]), ("1 2", [1]), ("a  b", [1]),
    ("a .", [1]), ("a ", [1]), ("a \u{301}b", [1]), ("да, я", [5]), ("ה\" א", [3]), ("カ タ", [3]),
    ("e\u{301}\u{323} a", []),
  ])
  func ordinaryTextIsCutSomewhere(text: String, places: [Int]) {
    let bytes = Array(text.utf8)
    #expect(bytes.indices.dropFirst().filter { canCutWords(bytes, at: $0, Normalizer()) } == places)
  }

  @Test(arguments: [
    "ab", "  b", "\u{3000} b", "\u{600} b", "\u{D4E} b", "\r\n", "🇩🇪🇫🇷🇯🇵", "👩\u{200D}👩", "カタ", "漢\u{3099}",
    "1.5", "a",
  ])
  func aWordIsNotCut(text: String) {
    let bytes = Array(text.utf8)
    #expect(!bytes.indices.dropFirst().contains { canCutWords(bytes, at: $0, Normalizer()) })
  }
}

/// The same slowly: every place between two code points is asked of every rule in its order.
private func wordsByTheRules(_ text: [UInt8]) -> [[UInt8]] {
  let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
  let properties = scalars.map { WordBreakTable.shared[$0.value] }
  var words: [[UInt8]] = []
  for (index, scalar) in scalars.enumerated() {
    if index == 0 || isBoundary(index, properties) { words.append([]) }
    words[words.count - 1] += Array(UTF8.encode(scalar)!)
  }
  return words
}

private func isBoundary(_ index: Int, _ properties: [WordBreakProperty]) -> Bool {
  let letters: Set<WordBreakClass> = [.aLetter, .hebrewLetter],
    newlines: Set<WordBreakClass> = [.cr, .lf, .newline]
  let midLetters: Set<WordBreakClass> = [.midLetter, .midNumLet, .singleQuote]
  let midNumbers: Set<WordBreakClass> = [.midNum, .midNumLet, .singleQuote]
  let classes = properties.map(\.wordBreak)
  let pair = (classes[index - 1], classes[index])
  if pair == (.cr, .lf) { return false }  // WB3
  if newlines.contains(pair.0) || newlines.contains(pair.1) { return true }  // WB3a, WB3b
  if pair.0 == .zwj && properties[index].isPictographic { return false }  // WB3c
  if pair == (.wSegSpace, .wSegSpace) { return false }  // WB3d
  if properties[index].isIgnored { return false }  // WB4
  func counts(_ place: Int) -> Bool {
    !properties[place].isIgnored || place == 0 || newlines.contains(classes[place - 1])
  }
  let before = classes[..<index].indices.filter(counts).map { classes[$0] }
  let after = classes[(index + 1)...].indices.first(where: counts).map { classes[$0] } ?? .other
  let left = before.last!, right = pair.1
  let farLeft = before.dropLast().last ?? .other
  if letters.contains(left) && letters.contains(right) { return false }  // WB5
  // WB6
  if letters.contains(left) && midLetters.contains(right) && letters.contains(after) { return false }
  // WB7
  if letters.contains(farLeft) && midLetters.contains(left) && letters.contains(right) { return false }
  if left == .hebrewLetter && right == .singleQuote { return false }  // WB7a
  if left == .hebrewLetter && right == .doubleQuote && after == .hebrewLetter { return false }  // WB7b
  if farLeft == .hebrewLetter && left == .doubleQuote && right == .hebrewLetter { return false }  // WB7c
  if left == .numeric && right == .numeric { return false }  // WB8
  if letters.contains(left) && right == .numeric { return false }  // WB9
  if left == .numeric && letters.contains(right) { return false }  // WB10
  if farLeft == .numeric && midNumbers.contains(left) && right == .numeric { return false }  // WB11
  if left == .numeric && midNumbers.contains(right) && after == .numeric { return false }  // WB12
  if left == .katakana && right == .katakana { return false }  // WB13
  let extended = letters.union([.numeric, .katakana])
  if right == .extendNumLet && (left == .extendNumLet || extended.contains(left)) { return false }  // WB13a
  if left == .extendNumLet && extended.contains(right) { return false }  // WB13b
  let flags = before.reversed().prefix { $0 == .regionalIndicator }.count
  return !(right == .regionalIndicator && flags % 2 == 1)  // WB15, WB16, WB999
}
