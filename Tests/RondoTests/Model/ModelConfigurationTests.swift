import Testing

@testable import Rondo

struct ModelConfigurationTests {
  @Test func throughJSONAndBack() throws {
    let sizes = tinySizes(dropout: 0.3)
    let json = JSONText.encode(sizes)
    #expect(
      json
        == #"{"cell":"lstm","dropout":0.3,"dropout_input":0.3,"dropout_output":0.3,"embedding_size":12,"#
        + #""hidden_size":20,"layers":2,"tied":false}"#)
    #expect(try JSONText.decode(ModelConfiguration.self, from: json) == sizes)
  }

  @Test func networkOfTheseSizes() {
    let network = ModelConfiguration(
      layerCount: 3, hiddenSize: 8, embeddingSize: 8, tied: true, inputDropout: 0.125, dropout: 0.25,
      outputDropout: 0.5
    ).network(vocabularySize: 99)
    #expect(network.vocabularySize == 99)
    #expect((network.layerCount, network.hiddenSize, network.embeddingSize) == (3, 8, 8))
    #expect(network.tied)
    #expect((network.inputDropout, network.dropout, network.outputDropout) == (0.125, 0.25, 0.5))
  }

  @Test func limits() throws {
    try ModelConfiguration(layerCount: 1, hiddenSize: 1, embeddingSize: 1).validate()
    try ModelConfiguration(layerCount: 64, hiddenSize: 16384, embeddingSize: 16384, tied: true).validate()
    let largest = Double(Float(1).nextDown)
    try ModelConfiguration(layerCount: 1, hiddenSize: 1, embeddingSize: 1, dropout: largest).validate()
    for (sizes, message) in [
      (
        ModelConfiguration(layerCount: 65, hiddenSize: 1, embeddingSize: 1),
        "layers is 65: it must be at most 64"
      ),
      (.init(layerCount: 1, hiddenSize: 0, embeddingSize: 1), "hidden-size is 0: it must be at least 1"),
      (
        .init(layerCount: 1, hiddenSize: 1, embeddingSize: 16385),
        "embedding-size is 16385: it must be at most 16384"
      ),
    ] {
      #expect(thrown(ConfigurationError.self) { try sizes.validate() }?.description == message)
    }
  }
}
