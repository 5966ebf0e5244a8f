import Testing

@testable import RondoText

struct OpenEndTests {
  private func vocabulary(_ units: [String]) throws -> Vocabulary {
    try Vocabulary(
      entries: [VocabularyEntry(.special(.unknown), count: 0)]
        + units.map { VocabularyEntry(.bytes(Array($0.utf8)), count: 1) })
  }

  private func candidates(_ text: String, _ units: [String], joins: Bool = true) throws -> [String]? {
    let vocabulary = try vocabulary(units)
    return OpenEnd(Array(text.utf8), vocabulary, joinsTokens: joins)?.candidates.map {
      String(decoding: vocabulary.bytes(of: $0), as: UTF8.self)
    }
  }

  private let units = [" ", " q", " quick", " qui", " quiz", "u", "i", "ick", "ui", "q", "x", " qx"]

  @Test func candidatesBeginWithTheTextOrLeadToIt() throws {
    #expect(try candidates(" qui", units) == [" ", " q", " quick", " qui", " quiz"])
    #expect(try candidates(" qu", units) == [" ", " q", " quick", " qui", " quiz"])
    #expect(try candidates("q", units) == ["q"])
    #expect(try candidates(" ", units) == [" ", " q", " quick", " qui", " quiz", " qx"])
    // No token goes on after " qui" with "z", and none from " q" or " " that does.
    #expect(try candidates(" quiz", units) == [" quiz"])
    #expect(try candidates(" quizz", units) == nil)
    #expect(try candidates("y", units) == nil)
    #expect(try candidates("<un", units) == nil, "a special token is no text")
  }

  @Test func wordsAreNotJoined() throws {
    let words = ["a", "an", "ant", "anthem", "them"]
    #expect(try candidates("an", words, joins: false) == ["an", "ant", "anthem"])
    #expect(try candidates("anth", words, joins: false) == ["anthem"])
    #expect(try candidates("anthe", ["ant", "hem"], joins: false) == nil)
    #expect(try candidates("anthe", ["ant", "hem"]) == ["ant"])
  }

  @Test func takesTokensUntilItIsComplete() throws {
    let vocabulary = try vocabulary(units)
    func id(_ unit: String) throws -> UInt32 { try #require(vocabulary.id(of: Array(unit.utf8))) }
    var end = try #require(OpenEnd(Array(" qu".utf8), vocabulary, joinsTokens: true))
    #expect(end.text == Array(" qu".utf8) && end.joinsTokens)
    var other = end
    let whole = other.take(try id(" quick"))
    #expect(whole.known == 3 && whole.isNew)
    #expect(other.isComplete && other.candidates == [])
    let first = end.take(try id(" q"))
    #expect(first.known == 2 && !first.isNew)
    #expect(!end.isComplete)
    #expect(try end.candidates == [id("u"), id("ui")])
    let second = end.take(try id("u"))
    #expect(second.known == 1 && !second.isNew)
    #expect(end.isComplete)
  }

  /// Random tokens and ends, held against trying everything.
  @Test func findsAllThatCanBeCompleted() throws {
    var generator = SeededGenerator(state: 21)
    func string(_ length: ClosedRange<Int>) -> [UInt8] {
      (0..<Int.random(in: length, using: &generator)).map { _ in
        UInt8.random(in: 0x61...0x63, using: &generator)
      }
    }
    var found = 0
    for _ in 0..<2000 {
      let units = Set((0..<Int.random(in: 1...6, using: &generator)).map { _ in string(1...4) })
      let vocabulary = try Vocabulary(
        entries: units.sorted { $0.lexicographicallyPrecedes($1) }.map {
          VocabularyEntry(.bytes($0), count: 1)
        })
      func begins(_ rest: ArraySlice<UInt8>, _ unit: [UInt8]) -> Bool {
        unit.count >= rest.count
          ? unit.starts(with: rest)
          : rest.starts(with: unit) && units.contains { begins(rest.dropFirst(unit.count), $0) }
      }
      let text = string(1...6)
      var rest = text[...]
      let expected = vocabulary.entries.indices.map { UInt32($0) }.filter {
        begins(rest, vocabulary.bytes(of: $0))
      }
      guard var end = OpenEnd(text, vocabulary, joinsTokens: true) else {
        #expect(expected == [])
        continue
      }
      found += 1
      #expect(end.candidates == expected)
      while !end.isComplete {
        let id = try #require(end.candidates.randomElement(using: &generator), "a dead end")
        let bytes = vocabulary.bytes(of: id)
        let taken = end.take(id)
        #expect(taken.known == min(bytes.count, rest.count))
        #expect(taken.isNew == (bytes.count > rest.count))
        #expect(bytes.prefix(taken.known) == rest.prefix(taken.known))
        rest = rest.dropFirst(taken.known)
      }
      #expect(rest.isEmpty)
    }
    #expect(found > 500)
  }
}
