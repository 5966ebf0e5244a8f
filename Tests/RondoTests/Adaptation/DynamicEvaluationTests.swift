import RondoNN
import RondoText
import Testing

@testable import Rondo

struct DynamicEvaluationTests {
  /// What an evaluation learns on its way is what `adapted` gives.
  @Test func adaptedModelsKnowTheText() throws {
    let model = try randomModel()
    let before = model.tensors
    let dynamic = DynamicEvaluation(rate: 0.5, segmentLength: 7, usesStatistics: false)
    let text = words(60), whole = text + words(30, seed: 4)
    let adapted = try model.adapted(to: Array(text.utf8), dynamic, threadCount: 2)
    #expect(model.tensors == before)
    let plain = try model.evaluate(Array(text.utf8)), better = try adapted.evaluate(Array(text.utf8))
    #expect(better.nats < 0.8 * plain.nats)

    // The text is whole segments, so the evaluation of more goes on from the same parameters.
    #expect(text.utf8.count % 7 == 0 || text.utf8.count > 7)
    var scores: [Double] = []
    _ = try Evaluator([model], settings: EvaluationSettings(dynamic: dynamic)).evaluate(
      onToken: { scores.append($1) }, reading: readingParts(of: Array(whole.utf8)))
    let first = -scores[..<text.utf8.count].reduce(0, +)
    #expect(first < plain.nats)
  }

  /// The parameters that training moved most are moved most, and statistics are of the training part.
  @Test func statisticsScaleTheSteps() throws {
    let data = try trainingData(words(300), fraction: 0)
    let model = try randomModel(words(300))
    let tokens = try TrainingData(
      Corpus(texts: [(name: "t", text: words(300))]), tokenizer: .existing(model.tokenizer),
      validationFraction: 0)
    #expect(data.tokenizer == model.tokenizer)
    let statistics = try DynamicEvaluation.Statistics(model, tokens, segmentLength: 7, threadCount: 2)
    let again = try DynamicEvaluation.Statistics(model, tokens, segmentLength: 7, threadCount: 1)
    let dynamic = DynamicEvaluation(rate: 1e-3, decay: 0, segmentLength: 7, usesStatistics: true)
    let text = Array(words(60).utf8)
    let adapted = try model.adapted(to: text, dynamic, statistics: statistics)
    #expect(try adapted.evaluate(text).nats < model.evaluate(text).nats)
    #expect(try model.adapted(to: text, dynamic, statistics: again).tensors == adapted.tensors)
    #expect(try model.adapted(to: text, dynamic).tensors != adapted.tensors)
  }
}
