import RondoNN
import Testing

@Suite struct WeightDropTests {
  /// Which elements of the recurrent weights have no gradient: those that were dropped. 15 units make a weight whose
  /// elements do not fill whole vectors.
  private func dropped(_ step: UInt64, units: Int, layer: Int, threads: Int = 2) throws -> [Bool] {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 5, hiddenSize: units, layerCount: 2, weightDrop: 0.4)
    let network = RecurrentNetwork(
      configuration, steps: 6, batch: 2, try ThreadGang(threadCount: threads))
    let ids = tokens(12, below: 9, seed: 1)
    _ = network.train(inputs: ids[...], targets: ids[...], batch: 2, key: .init(seed: 1, step: step))
    return network.gradient("rnn.weight_hh_l\(layer)").map { $0 == 0 }
  }

  @Test(arguments: [15, 20])
  func rateIsRight(units: Int) throws {
    let masks = try (0..<2).map { try dropped(1, units: units, layer: $0) }
    for mask in masks {
      let count = Double(mask.count)
      #expect(abs(Double(mask.count { $0 }) - 0.4 * count) <= 5 * (count * 0.24).squareRoot())
    }
    #expect(masks[0] != masks[1])
    #expect(try dropped(1, units: units, layer: 0, threads: 1) == masks[0])
    #expect(try dropped(2, units: units, layer: 0) != masks[0])
  }

  /// What lies after a weight belongs to nobody, and keeps a gradient of 0.
  @Test func paddingHasNoGradient() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 5, hiddenSize: 15, layerCount: 1, weightDrop: 0.4)
    let network = RecurrentNetwork(configuration, steps: 6, batch: 2, try ThreadGang(threadCount: 2))
    let ids = tokens(12, below: 9, seed: 1)
    _ = network.train(inputs: ids[...], targets: ids[...], batch: 2, key: .init(seed: 1, step: 1))
    let end = network.parameters.slice("rnn.weight_hh_l0").range.upperBound
    #expect(
      network.gradients[end..<network.parameters.slice("rnn.bias_ih_l0").offset].array == [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ])
  }
}
