import RondoNN
import RondoText
import Testing

@testable import Rondo

struct DynamicEvaluationTests {
  /// What an evaluation learns on its way is what `adapted` gives, and what segments by hand do.
  @Test func adaptedModelsKnowTheText() throws {
    let model = try randomModel()
    let before = model.tensors
    let dynamic = DynamicEvaluation(rate: 0.5, segmentLength: 7, usesStatistics: false)
    let text = words(60)
    let adapted = try model.adapted(to: Array(text.utf8), dynamic, threadCount: 2)
    #expect(model.tensors == before)
    let plain = try model.evaluate(Array(text.utf8)), better = try adapted.evaluate(Array(text.utf8))
    #expect(better.nats < 0.8 * plain.nats)

    // Segment by segment, by hand: an evaluation has the losses, and `adapted` the parameters that are left.
    let ids = [model.startID] + (try model.tokenizer.encode(Array(text.utf8)).ids)
    let network = try dynamic.network(model, nil, keepsOutputs: false, gang: try ThreadGang(threadCount: 1))
    var losses: [Double] = []
    for start in stride(from: 0, to: ids.count - 1, by: 7) {
      let end = min(start + 7, ids.count - 1)
      network.score(
        inputs: ids[start..<end].map { Int32($0) }[...],
        targets: ids[start + 1..<end + 1].map { Int32($0) }[...])
      losses += network.rowLosses(end - start).array
    }
    #expect(adapted.parameters.values.array == network.parameters.values.array)
    var scores: [Double] = []
    _ = try Evaluator([model], settings: EvaluationSettings(dynamic: dynamic)).evaluate(
      onToken: { scores.append($1) }, reading: readingParts(of: Array(text.utf8)))
    #expect(scores == losses.map { -$0 })
  }

  /// λ = 1 without statistics goes all the way back before each step.
  @Test func decayLeadsBack() throws {
    let model = try randomModel(), text = Array(words(60).utf8)
    func adapted(decay: Double) throws -> [String: [Float]] {
      try model.adapted(
        to: text, DynamicEvaluation(rate: 0.5, decay: decay, segmentLength: 7, usesStatistics: false)
      ).tensors
    }
    #expect(try adapted(decay: 1) != adapted(decay: 0))
    #expect(
      DynamicEvaluation(usesStatistics: true)
        == DynamicEvaluation(rate: 1e-4, decay: 2e-3, segmentLength: 20, epsilon: 2e-5, usesStatistics: false)
    )
    #expect(
      DynamicEvaluation(usesStatistics: false) == DynamicEvaluation(rate: 0.1, decay: 0, usesStatistics: true)
    )
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
