import RondoNN
import RondoText
import Testing

@testable import Rondo

/// What `next` finds after a prompt that ends inside a token, held against all ways to write it.
struct PieceSearchTests {
  /// The weights of all pieces, by what `Continuation.text` says of them: every sequence of tokens is tried that agrees with
  /// `end`, up to the first that reaches beyond it.
  private func allPieces(_ reader: ModelReader, after ids: [UInt32], _ end: [UInt8]) -> [String: Double] {
    reader.restart()
    reader.read(ids)
    var pieces: [String: Double] = [:]
    for next in reader.next(.max) {
      switch next.token {
      case .special(let special):
        if end.isEmpty { pieces[special.rawValue, default: 0] += next.probability }
      case .bytes(let bytes) where bytes.count > end.count:
        if bytes.starts(with: end) { pieces[name(bytes), default: 0] += next.probability }
      case .bytes(let bytes) where end.starts(with: bytes):
        for (text, weight) in allPieces(reader, after: ids + [next.id], Array(end[bytes.count...])) {
          let isSpecial = SpecialToken(rawValue: text) != nil
          pieces[isSpecial ? text : name(bytes + hidden(text)), default: 0] += next.probability * weight
        }
      default: break
      }
    }
    return pieces
  }

  /// Bytes as a string that has them all.
  private func name(_ bytes: [UInt8]) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
  private func hidden(_ name: String) -> [UInt8] { name.unicodeScalars.map { UInt8($0.value) } }

  private func check(_ model: LanguageModel, _ text: String) throws {
    let reader = try model.reader()
    let prompt = try model.tokenizer.prompt(Array(text.utf8))
    let end = try #require(prompt.openEnd, "\(text)").text
    var expected = allPieces(try model.reader(), after: prompt.encoding.ids, end)
    let sum = expected.values.reduce(0, +)
    expected = expected.mapValues { $0 / sum }
    let found = try reader.next(.max, after: text)
    #expect(found.count == expected.count)
    #expect(abs(found.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.probability >= $1.probability })
    for piece in found {
      var key = piece.text
      if case .bytes(let bytes) = piece.token {
        #expect(bytes.count > end.count && bytes.starts(with: end))
        let last = model.tokenizer.vocabulary.bytes(of: piece.id)
        #expect(bytes.suffix(last.count) == last[...])
        key = name(bytes)
      }
      let probability = try #require(expected[key], "\(key)")
      #expect(abs(piece.probability - probability) < 1e-7 + 1e-6 * probability, "\(key)")
    }
    // The state is that in front of the open end.
    let other = try model.reader()
    other.read(prompt.encoding.ids)
    #expect(reader.state == other.state)
    #expect(try model.reader().next(3, after: text) == Array(found.prefix(3)))
  }

  @Test(arguments: ["the ch", "the", "the ", "old lio", "a fox", "saw qx", "l"])
  func subwordsAreThoseOfAllWays(prompt: String) throws {
    try check(randomModel(kind: .subword, specialBias: 0), prompt)
  }

  @Test(arguments: ["the ch", "the", "the ", "old lio", "a fox", "saw cat"])
  func wordsAreThoseOfAllWays(prompt: String) throws {
    try check(randomModel(kind: .word, specialBias: 0), prompt)
  }

  /// A model that always expects the same, so that a piece's probability is a product of those of its tokens.
  private func constantModel(_ text: String, _ probabilities: [String: Double]) throws -> LanguageModel {
    let model = try randomModel(text, kind: .word)
    for index in 0..<model.parameters.values.count { model.parameters.values[index] = 0 }
    for id in 0..<model.tokenizer.vocabularySize {
      let probability = probabilities[model.text(of: UInt32(id))] ?? 1e-30
      model.parameters["decoder.bias"][id] = Float(ExactMath.log(probability))
    }
    return model
  }

  @Test func probabilitiesAreProducts() throws {
    let text = String(repeating: "the kind kitten ran\n", count: 3)
    let model = try constantModel(
      text,
      [
        " kind": 0.1, " kitten": 0.05, " ran": 0.1, " ": 0.5, "k": 0.05, "i": 0.1, "n": 0.05,
        "<boundary>": 0.05,
      ])
    let reader = try model.reader()
    let found = try reader.next(100, after: "the ki").filter { $0.probability > 1e-6 }
    let spelled = 0.5 * 0.05 * 0.1
    let sum = 0.1 + 0.05 + spelled
    let expected = [
      (" kind", 0.1), (" kitten", 0.05), (" ki ", spelled * 0.5), (" ki kind", spelled * 0.1),
      (" ki ran", spelled * 0.1), (" kii", spelled * 0.1), ("<boundary>", spelled * 0.05),
      (" kik", spelled * 0.05),
      (" kin", spelled * 0.05), (" ki kitten", spelled * 0.05),
    ]
    let probabilities = Dictionary(uniqueKeysWithValues: found.map { ($0.text, $0.probability) })
    #expect(probabilities.count == expected.count)
    for (text, weight) in expected {
      #expect(abs(try #require(probabilities[text], "\(text)") - weight / sum) < 1e-6, "\(text)")
    }
    #expect(found.prefix(3).map(\.text) == [" kind", " kitten", " ki "])
    #expect(found.prefix(2).map { model.text(of: $0.id) } == [" kind", " kitten"])
    #expect(model.text(of: found[2].id) == " ")

    // A word that nothing but letters can write.
    reader.restart()
    let next = try reader.next(100, after: "the kkknnn")
    #expect(next[0].text == " kkknnn " && abs(next[0].probability - 0.5) < 1e-6)
    #expect(Set(next[1...3].map(\.text)) == [" kkknnn kind", " kkknnn ran", " kkknnni"])
    #expect(next[1...3].allSatisfy { abs($0.probability - 0.1) < 1e-6 })
  }

  /// Far more ways than are followed.
  @Test func anEndWithManyWaysIsBounded() throws {
    let model = try randomModel(String(repeating: "aaaaaaaa aaaa aa a b\n", count: 20), kind: .subword)
    #expect(model.tokenizer.vocabulary.id(of: Array("aaaa".utf8)) != nil)
    let prompt = String(repeating: "a", count: 40)
    let found = try model.reader().next(.max, after: prompt)
    #expect(found.count > model.tokenizer.vocabularySize - 10)
    #expect(abs(found.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
    for piece in found {
      guard case .bytes(let bytes) = piece.token else { continue }
      #expect(bytes.count > 40 && bytes.starts(with: prompt.utf8))
    }
  }

  @Test func aDamagedModelHasNoPieces() throws {
    let model = try randomModel(kind: .word)
    for id in 0..<model.tokenizer.vocabularySize { model.parameters["decoder.bias"][id] = .nan }
    #expect(try model.reader().next(5, after: "the f").isEmpty)
  }
}
