import RondoNN
import Testing

@Suite struct EmbeddingDropoutTests {
  /// What a token's embedding of ones has become before the first layer, shown by a layer whose output is its input:
  /// the gradient of the encoder is then 0 for a dropped token, and for it alone.
  private func dropped(_ ids: [Int32], seed: UInt64, step: UInt64, probability: Float) throws -> [Bool] {
    let configuration = NetworkConfiguration(
      vocabularySize: 400, embeddingSize: 3, hiddenSize: 4, layerCount: 1, embeddingDropout: probability)
    let network = RecurrentNetwork(
      configuration, steps: ids.count, batch: 1, try ThreadGang(threadCount: 2))
    _ = network.train(inputs: ids[...], targets: ids[...], batch: 1, key: .init(seed: seed, step: step))
    let gradient = network.gradient("encoder.weight")
    return ids.map { id in gradient[Int(id) * 3..<Int(id) * 3 + 3].allSatisfy { $0 == 0 } }
  }

  /// About so many of the tokens are dropped, others at each step and for each seed, the same for the same.
  @Test(arguments: [0.1, 0.5] as [Float])
  func rateIsRight(probability: Float) throws {
    let ids = (0..<400).map { Int32($0) }
    let first = try dropped(ids, seed: 1, step: 1, probability: probability)
    let p = Double(probability)
    #expect(abs(Double(first.count { $0 }) - 400 * p) <= 5 * (400 * p * (1 - p)).squareRoot())
    #expect(try dropped(ids, seed: 1, step: 1, probability: probability) == first)
    // A window that is longer than the vocabulary, where nothing else keeps the first layer from a table.
    #expect(try dropped(ids + ids, seed: 1, step: 1, probability: probability) == first + first)
    #expect(try dropped(ids, seed: 1, step: 2, probability: probability) != first)
    #expect(try dropped(ids, seed: 2, step: 1, probability: probability) != first)
  }

  /// Whether a token is dropped has nothing to do with where it stands.
  @Test func aTokenIsDroppedEverywhere() throws {
    let forward = try dropped([7, 8, 9, 10, 11, 12, 13, 14], seed: 3, step: 4, probability: 0.5)
    let backward = try dropped([14, 13, 12, 11, 10, 9, 8, 7], seed: 3, step: 4, probability: 0.5)
    #expect(forward == backward.reversed())
    #expect(Set(forward).count == 2)
  }
}
