import RondoText
import Testing

@testable import Rondo

struct EvaluatorTests {
  @Test(arguments: [TokenizerKind.character, .whitespace], InferencePrecision.allCases)
  func eachTextBeginsAnew(_ kind: TokenizerKind, _ precision: InferencePrecision) throws {
    let model = try randomModel(kind: kind)
    let evaluator = try model.evaluator(threadCount: 2, precision: precision)
    for text in [words(200), "the fox", words(90, seed: 2), "the fox"] {
      let utf8 = Array(text.utf8)
      var scores: [Double] = [], expected: [Double] = []
      let evaluation = try evaluator.evaluate(onToken: { scores.append($1) }, reading: readingParts(of: utf8))
      let alone = try model.evaluate(utf8, precision: precision) { expected.append($1) }
      #expect(evaluation == alone && scores == expected)
    }
  }

  @Test func goesOnBehindATextThatCannotBeScored() throws {
    let model = try randomModel()
    let evaluator = try model.evaluator()
    let invalid = Array(words(200).utf8) + [0xFF]
    #expect(throws: TextError.invalidUTF8(offset: invalid.count - 1)) {
      try evaluator.evaluate(reading: readingParts(of: invalid))
    }
    #expect(throws: CorpusError.tooShort(tokenCount: 1, batchSize: 1)) {
      try evaluator.evaluate(reading: readingParts(of: []))
    }
    let text = Array("the fox".utf8)
    #expect(try evaluator.evaluate(reading: readingParts(of: text)) == model.evaluate(text))
  }
}
