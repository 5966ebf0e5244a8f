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

  /// What older programs do not know is there where it is on.
  @Test func whatIsOnGoesThroughJSON() throws {
    var sizes = tinySizes(dropout: 0.3)
    sizes.lockedDropout = true
    (sizes.embeddingDropout, sizes.weightDrop) = (0.1, 0.5)
    (sizes.activationRegularization, sizes.temporalActivationRegularization) = (2, 1)
    let json = JSONText.encode(sizes)
    #expect(
      json
        == #"{"activation_regularization":2,"cell":"lstm","dropout":0.3,"dropout_embedding":0.1,"dropout_input":0.3,"#
        + #""dropout_output":0.3,"embedding_size":12,"hidden_size":20,"layers":2,"locked_dropout":true,"#
        + #""temporal_activation_regularization":1,"tied":false,"weight_drop":0.5}"#)
    #expect(try JSONText.decode(ModelConfiguration.self, from: json) == sizes)
    let network = sizes.network(vocabularySize: 5)
    #expect(network.lockedDropout)
    #expect((network.embeddingDropout, network.weightDrop) == (0.1, 0.5))
    #expect((network.activationRegularization, network.temporalActivationRegularization) == (2, 1))
    let oneHot = ModelConfiguration(layerCount: 1, hiddenSize: 4, embeddingSize: 0, oneHot: true)
    #expect(try JSONText.decode(ModelConfiguration.self, from: JSONText.encode(oneHot)) == oneHot)
    #expect(oneHot.network(vocabularySize: 9).embeddingSize == 9)
  }

  @Test func cellsHaveTheNamesOfTheCommandLine() throws {
    let names = ["rnn-tanh", "rnn-relu", "lstm", "peephole", "gru", "mogrifier"]
    #expect(ModelConfiguration.Cell.allCases.map(\.rawValue) == names)
    for cell in ModelConfiguration.Cell.allCases {
      let sizes = tinySizes(cell: cell)
      #expect(try JSONText.decode(ModelConfiguration.self, from: JSONText.encode(sizes)) == sizes)
      #expect(sizes.network(vocabularySize: 9).cell == cell)
    }
  }

  /// What came later is not written where it is as it was before.
  @Test func laterSettingsAreOptional() throws {
    var sizes = tinySizes()
    sizes.projection = true
    sizes.residual = true
    sizes.layerNorm = true
    sizes.lastHiddenSize = 20
    sizes.cutoffs = [3]
    let json = JSONText.encode(sizes)
    #expect(json.contains(#""projection":true"#) && json.contains(#""cutoffs":[3]"#))
    #expect(try JSONText.decode(ModelConfiguration.self, from: json) == sizes)
    #expect(json.contains(#""layer_norm":true"#))
    let network = sizes.network(vocabularySize: 5)
    #expect(network.projection && network.residual && network.layerNorm)
    #expect(sizes.network(vocabularySize: 5).cutoffs == [3])
  }

  @Test func roundsGoThroughJSON() throws {
    let sizes = ModelConfiguration(
      cell: .mogrifier, mogrifierRounds: 4, mogrifierRank: 3, layerCount: 1, hiddenSize: 8, embeddingSize: 4)
    let json = JSONText.encode(sizes)
    #expect(json.contains(#""mogrifier_rank":3,"mogrifier_rounds":4"#))
    #expect(try JSONText.decode(ModelConfiguration.self, from: json) == sizes)
    let network = sizes.network(vocabularySize: 5)
    #expect(network.mogrifierRounds == 4 && network.mogrifierRank == 3)
    let usual = tinySizes(cell: .mogrifier)
    #expect(!JSONText.encode(usual).contains("mogrifier_r"))
    #expect(usual.network(vocabularySize: 5).mogrifierRounds == 5)
  }

  @Test func cutoffsFitTheModel() throws {
    func message(_ cutoffs: [Int], hiddenSize: Int = 64, tied: Bool = false) -> String? {
      let sizes = ModelConfiguration(
        layerCount: 1, hiddenSize: hiddenSize, embeddingSize: hiddenSize, tied: tied, cutoffs: cutoffs)
      return thrown(ConfigurationError.self) { try sizes.validate(vocabularySize: 100) }?.description
    }
    #expect(message([10, 99]) == nil)
    #expect(message([10, 20], hiddenSize: 15, tied: true) == nil)
    let order = ": there must be at most 7, from 1 on and ascending"
    #expect(message([0, 10]) == "cutoffs is 0,10" + order)
    #expect(message([10, 10]) == "cutoffs is 10,10" + order)
    #expect(message([1, 2, 3, 4, 5, 6, 7, 8]) == "cutoffs is 1,2,3,4,5,6,7,8" + order)
    #expect(
      message([10, 100])
        == "the last of the cutoffs is 100: it must be less than the 100 entries of the vocabulary")
    #expect(
      message([10, 20], hiddenSize: 15)
        == "cutoffs is 10,20: each cluster has vectors of a quarter of the one before it, and 15 numbers are too few for 2"
    )
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
      (
        .init(layerCount: 1, hiddenSize: 1, embeddingSize: 1, weightDrop: 1),
        "weight-drop is 1.0: it must be at least 0 and less than 1"
      ),
      (
        .init(layerCount: 1, hiddenSize: 1, embeddingSize: 1, activationRegularization: -1),
        "activation-regularization is -1.0: it must be 0 or more"
      ),
      (
        .init(layerCount: 1, hiddenSize: 1, embeddingSize: 0, oneHot: true, embeddingDropout: 0.1),
        "one-hot input has no embedding that could be tied or dropped: leave out tied, dropout-input and dropout-embedding"
      ),
      (
        .init(layerCount: 1, hiddenSize: 1, embeddingSize: 0, oneHot: true, projection: true),
        "one-hot input has no embedding to project to: leave out projection"
      ),
      (
        .init(layerCount: 1, hiddenSize: 2, lastHiddenSize: 1, embeddingSize: 1),
        "last-hidden-size needs two layers: of one it is hidden-size"
      ),
      (
        .init(layerCount: 2, hiddenSize: 2, lastHiddenSize: 1, embeddingSize: 1, residual: true),
        "residual adds outputs of one size: leave out last-hidden-size"
      ),
      (
        .init(layerCount: 1, hiddenSize: 1, embeddingSize: 1, residual: true),
        "residual connects layers, and layers is 1: it must be at least 2"
      ),
      (
        .init(mogrifierRounds: 5, layerCount: 1, hiddenSize: 1, embeddingSize: 1),
        "mogrifier-rounds and mogrifier-rank are for the cell mogrifier, and this one is lstm"
      ),
      (
        .init(cell: .mogrifier, mogrifierRounds: 0, layerCount: 1, hiddenSize: 1, embeddingSize: 1),
        "mogrifier-rounds is 0: it must be at least 1"
      ),
      (
        .init(
          cell: .mogrifier, mogrifierRank: 5, layerCount: 2, hiddenSize: 9, lastHiddenSize: 4,
          embeddingSize: 8),
        "mogrifier-rank is 5: it must be at least 1 and at most 4, the smallest of the embedding and hidden sizes"
      ),
      (
        .init(cell: .mogrifier, layerCount: 1, hiddenSize: 1, embeddingSize: 0, oneHot: true),
        "one-hot input has no embedding that the rounds of mogrifier could change: leave it out, or take another cell"
      ),
      (
        .init(layerCount: 1, hiddenSize: 20, embeddingSize: 10, tied: true),
        "tied weights need a projection, or an embedding size equal to the hidden size: these are 10 and 20"
      ),
    ] {
      #expect(thrown(ConfigurationError.self) { try sizes.validate() }?.description == message)
    }
  }
}
