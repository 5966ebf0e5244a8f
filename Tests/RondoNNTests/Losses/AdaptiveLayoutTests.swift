import RondoNN
import Testing

@Suite struct AdaptiveLayoutTests {
  private func shapes(_ configuration: NetworkConfiguration) -> [String] {
    ParameterStore.shapes(configuration).filter { !$0.name.hasPrefix("rnn.") }.map {
      "\($0.name) \($0.shape)"
    }
  }

  @Test func namesAndShapes() {
    let untied = NetworkConfiguration(
      vocabularySize: 100, embeddingSize: 8, hiddenSize: 18, layerCount: 1, cutoffs: [10, 40])
    #expect(
      shapes(untied) == [
        "encoder.weight [100, 8]", "decoder.head.weight [12, 18]", "decoder.head.bias [12]",
        "decoder.tail.0.0.weight [4, 18]", "decoder.tail.0.1.weight [30, 4]",
        "decoder.tail.1.0.weight [1, 18]",
        "decoder.tail.1.1.weight [60, 1]",
      ])
    let tied = NetworkConfiguration(
      vocabularySize: 100, embeddingSize: 8, hiddenSize: 18, layerCount: 1, tied: true, projection: true,
      cutoffs: [10])
    #expect(
      shapes(tied) == [
        "encoder.weight [100, 8]", "projection.weight [8, 18]", "decoder.bias [100]",
        "decoder.cluster.weight [1, 8]", "decoder.cluster.bias [1]",
      ])
  }

  @Test func rowsOfTokens() {
    let untied = NetworkConfiguration(
      vocabularySize: 100, embeddingSize: 8, hiddenSize: 18, layerCount: 1, cutoffs: [10, 40])
    #expect(untied.clusters == [10..<40, 40..<100])
    #expect(untied.tokens(ofParameter: "encoder.weight") == 0..<100)
    #expect(untied.tokens(ofParameter: "decoder.head.bias") == 0..<10)
    #expect(untied.tokens(ofParameter: "decoder.tail.1.1.weight") == 40..<100)
    #expect(untied.tokens(ofParameter: "decoder.tail.1.0.weight") == nil)
    #expect(untied.tokens(ofParameter: "rnn.weight_hh_l0") == nil)
    #expect(untied.tokens(ofParameter: "projection.weight") == nil)
  }
}
