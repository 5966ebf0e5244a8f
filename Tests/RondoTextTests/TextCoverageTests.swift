import RondoText
import Testing

struct TextCoverageTests {
  private func coverage(
    _ kind: TokenizerKind, _ known: String, of text: String, unknown: UnknownPolicy? = nil,
    minimumCount: Int = 1
  ) throws -> TextCoverage {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: kind, unknown: unknown, minimumCount: minimumCount), from: [Array(known.utf8)])
    let normalized = try tokenizer.normalize(Array(text.utf8))
    var coverage = TextCoverage()
    coverage.add(tokenizer.pieces(of: normalized), of: normalized)
    return coverage
  }

  private func unknown(_ coverage: TextCoverage) -> [String] {
    coverage.unknown.map { "\(String(decoding: $0.bytes, as: UTF8.self)) \($0.count)" }
  }

  @Test(arguments: [UnknownPolicy.token, .bytes])
  func countsCharacters(_ policy: UnknownPolicy) throws {
    let coverage = try coverage(.character, "abc ", of: "a bücher\u{301} üz", unknown: policy)
    #expect(coverage.characterCount == 11)
    #expect(coverage.knownCount == 5)
    #expect(unknown(coverage) == ["ü 2", "e 1", "h 1", "z 1", "r\u{301} 1"])
    #expect(coverage.tokenCount == (policy == .token ? 11 : 14))
  }

  /// A word that is spelled with known characters is known.
  @Test func countsTheCharactersOfWords() throws {
    let coverage = try coverage(.word, "the fox the fox ü", of: "foxüß", minimumCount: 1)
    #expect(coverage.characterCount == 5)
    #expect(coverage.knownCount == 4)
    #expect(unknown(coverage) == ["ß 1"])
    let lost = try self.coverage(.word, "the fox", of: "foxüß", unknown: .token)
    #expect(lost.knownCount == 3)
    #expect(unknown(lost) == ["ß 1", "ü 1"])
  }

  /// Spaces are in no token; an unknown word is unknown as a whole.
  @Test func countsWordsBetweenSpaces() throws {
    let coverage = try coverage(.whitespace, "a b\n", of: " a  café\tb café\n")
    #expect(coverage.characterCount == 11)
    #expect(coverage.knownCount == 3)
    #expect(unknown(coverage) == ["café 2"])
    #expect(coverage.tokenCount == 5)
  }

  @Test func countsClustersOfBytes() throws {
    let coverage = try coverage(.byte, "a", of: "zé👨‍👩‍👧")
    #expect(coverage.characterCount == 3)
    #expect(coverage.knownCount == 3)
    #expect(unknown(coverage).isEmpty)
  }

  @Test func addsUp() throws {
    var sum = TextCoverage()
    sum.add(try coverage(.character, "ab", of: "axy"))
    sum.add(try coverage(.character, "ab", of: "by"))
    #expect(sum.characterCount == 5)
    #expect(sum.knownCount == 2)
    #expect(sum.tokenCount == 5)
    #expect(unknown(sum) == ["y 2", "x 1"])
  }
}
