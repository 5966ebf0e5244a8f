import RondoNN
import RondoText
import Testing

@testable import Rondo

struct EvaluationTests {
  private let log2 = 0.693_147_180_559_945_3

  /// Windows of 256 against a token at a time.
  @Test(arguments: [5, 255, 256, 257, 700])
  func windowsAreTokensOneByOne(_ length: Int) throws {
    let model = try randomModel()
    let text = Array(words(250).utf8.prefix(length))
    var tokens: [UInt32] = []
    var scores: [Double] = []
    let evaluation = try model.evaluate(text) {
      tokens.append($0)
      scores.append($1)
    }
    #expect(tokens == (try model.tokenizer.encode(text).ids))
    let reader = try model.reader()
    var nats = 0.0
    for (token, score) in zip(tokens, scores) {
      let expected = reader.logits().withSpan { ModelDistribution.logProbability(of: token, logits: $0) }
      #expect(abs(score - expected) < 1e-5)
      nats -= expected
      reader.read([token])
    }
    #expect(abs(evaluation.nats - nats) < 1e-6 * nats)
    #expect(evaluation.tokens == length)
    #expect(evaluation.predictions == length)
    #expect(try model.evaluate(text, threadCount: 3) == evaluation)
  }

  @Test func arithmetic() {
    var evaluation = Evaluation()
    (evaluation.tokens, evaluation.predictions, evaluation.nats) = (5, 4, 8 * log2)
    (evaluation.bytes, evaluation.characters, evaluation.unknown) = (8, 2, 1)
    #expect(abs(evaluation.natsPerToken - 2 * log2) < 1e-14)
    #expect(abs(evaluation.perplexity - 4) < 1e-13)
    #expect(abs(evaluation.bitsPerByte - 1) < 1e-14)
    #expect(abs(evaluation.bitsPerCharacter - 4) < 1e-14)
    #expect(evaluation.unknownRate == 0.2)
    #expect(Evaluation().unknownRate == 0)

    let twice = evaluation + evaluation
    #expect((twice.tokens, twice.predictions, twice.nats) == (10, 8, 16 * log2))
    #expect((twice.bytes, twice.characters, twice.unknown) == (16, 4, 2))
    #expect(twice.perplexity == evaluation.perplexity)
  }

  @Test func perplexityIsEToTheMean() throws {
    let evaluation = try randomModel().evaluate(Array("the old lion".utf8))
    #expect(evaluation.natsPerToken == evaluation.nats / 12)
    #expect(evaluation.perplexity == ExactMath.exp(evaluation.nats / 12))
    #expect(abs(perplexity(1) - 2.718_281_828_459_045) < 1e-15)
    #expect(perplexity(0) == 1)

    // A model that knows nothing hesitates between all its tokens.
    let model = try randomModel()
    for name in ["decoder.weight", "decoder.bias"] { model.parameters[name].fill(0) }
    let score = try model.evaluate(Array("the old lion".utf8))
    #expect(abs(score.perplexity - Double(model.tokenizer.vocabularySize)) < 1e-4)
  }

  @Test func whitespacePredictsAllButTheFirst() throws {
    let model = try randomModel("a b c\nd a\n", kind: .whitespace)
    var tokens: [UInt32] = []
    let text = Array("a b\nzebra  a".utf8)
    let evaluation = try model.evaluate(text) { token, _ in tokens.append(token) }
    #expect(evaluation.tokens == 5)
    #expect(evaluation.predictions == 4)
    #expect(evaluation.unknown == 1)
    #expect(evaluation.unknownRate == 0.2)
    #expect(tokens == Array(try model.tokenizer.encode(text).ids.dropFirst()))
    #expect(throws: CorpusError.tooShort(tokenCount: 1, batchSize: 1)) { try model.evaluate(Array("a".utf8)) }
  }

  @Test func sizesAreOfTheNormalizedText() throws {
    // e with an accent of its own is composed: 2 bytes, 1 character. The flag is 8 bytes and 1 character.
    let evaluation = try randomModel("abcé").evaluate(Array("abe\u{301}🇫🇷\r\n".utf8))
    #expect(evaluation.characters == 5)
    #expect(evaluation.bytes == 2 + 2 + 8 + 2)
    #expect(evaluation.tokens == 5)
    #expect(evaluation.unknown == 2, "the flag and the line's end")

    let bytes = try randomModel("abc", kind: .byte).evaluate(Array("aé".utf8))
    #expect((bytes.tokens, bytes.predictions, bytes.bytes, bytes.characters) == (3, 3, 3, 2))
    #expect(bytes.unknownRate == 0)
  }

  @Test func whatCannotBeScored() throws {
    let model = try randomModel()
    #expect(throws: CorpusError.tooShort(tokenCount: 1, batchSize: 1)) { try model.evaluate([]) }
    #expect(throws: TextError.invalidUTF8(offset: 1)) { try model.evaluate([0x61, 0xFF]) }
  }
}
