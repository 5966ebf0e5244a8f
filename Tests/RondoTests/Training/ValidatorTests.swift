import RondoNN
import Testing

@testable import Rondo

struct ValidatorTests {
  /// One stream while the text is short: the loss is that of the text scored in one go, at any window.
  @Test(arguments: [1, 7, 64])
  func lossDoesNotDependOnTheWindow(_ window: Int) throws {
    let model = try randomModel()
    let text = Array(words(60).utf8)
    let ids: [Int32] = [1] + (try model.tokenizer.encode(text).ids.map { Int32($0) })
    let network = RecurrentNetwork(
      configuration: model.configuration.network(vocabularySize: model.tokenizer.vocabularySize),
      parameters: model.parameters, gang: try ThreadGang(threadCount: 1), maximumSteps: 64, maximumBatch: 4)
    var validator = try Validator(TokenStream(ids), batchSize: 4)
    let loss = try #require(try validator.meanLoss(network, windowLength: window) { _, _ in true })
    #expect(abs(loss - (try model.evaluate(text).natsPerToken)) < 1e-9)
  }

  @Test func longTextsAreCutIntoStreamsAndTheStateIsPutBack() throws {
    let model = try randomModel()
    let ids: [Int32] = [1] + (try model.tokenizer.encode(Array(words(400).utf8)).ids.map { Int32($0) })
    #expect(ids.count > 2 * 512 + 1)
    let network = RecurrentNetwork(
      configuration: model.configuration.network(vocabularySize: model.tokenizer.vocabularySize),
      parameters: model.parameters, gang: try ThreadGang(threadCount: 1), maximumSteps: 16, maximumBatch: 4)
    _ = network.score(inputs: ids[0..<32], targets: ids[1..<33], batch: 4)
    let before = (0..<4).map { network.state(stream: $0) }
    var validator = try Validator(TokenStream(ids), batchSize: 4)
    let loss = try #require(try validator.meanLoss(network, windowLength: 16) { _, _ in true })
    #expect((0..<4).map { network.state(stream: $0) } == before)
    // Also where it is ended before.
    #expect(try validator.meanLoss(network, windowLength: 16) { tokens, _ in tokens < 64 } == nil)
    #expect((0..<4).map { network.state(stream: $0) } == before)

    let streams = (ids.count - 1) / 512
    let length = (ids.count - 1) / streams
    var nats = 0.0
    for stream in 0..<streams {
      network.resetState()
      for step in 0..<length {
        let place = stream * length + step
        nats += network.score(inputs: ids[place...place], targets: ids[place + 1...place + 1], batch: 1)
      }
    }
    #expect(abs(loss - nats / Double(streams * length)) < 1e-9)
  }
}
