import RondoNN
import Testing

@Suite struct RecurrentNetworkMemoryTests {
  /// Bytes of all buffers that a value reaches, each memory once.
  private func bytes(of value: Any) -> Int {
    var sizes: [ObjectIdentifier: Int] = [:]
    func visit(_ value: Any) {
      func note<Element>(_ buffer: Buffer<Element>) {
        guard let memory = Mirror(reflecting: buffer).descendant("memory"),
          let size = Mirror(reflecting: memory).descendant("byteCount") as? Int
        else { return }
        sizes[ObjectIdentifier(memory as AnyObject)] = size
      }
      switch value {
      case let buffer as Buffer<Float>: note(buffer)
      case let buffer as Buffer<Int32>: note(buffer)
      case let buffer as Buffer<Double>: note(buffer)
      case let buffer as Buffer<UInt8>: note(buffer)
      case is ThreadGang: break
      default: for child in Mirror(reflecting: value).children { visit(child.value) }
      }
    }
    visit(value)
    return sizes.values.reduce(0, +)
  }

  /// What is said before is what is taken then: no more, and nearly all of it.
  @Test(arguments: [
    // Much for the parameters, much for the window, by table and by rows, one layer and four, with and without dropout.
    (NetworkConfiguration(vocabularySize: 90, embeddingSize: 64, hiddenSize: 300, layerCount: 2), 4, 4),
    (.init(vocabularySize: 90, embeddingSize: 64, hiddenSize: 96, layerCount: 4), 64, 32),
    (.init(vocabularySize: 90, embeddingSize: 64, hiddenSize: 96, layerCount: 4, cell: .gru), 64, 32),
    (.init(vocabularySize: 90, embeddingSize: 64, hiddenSize: 96, layerCount: 4, cell: .rnnTanh), 64, 32),
    (.init(vocabularySize: 90, embeddingSize: 64, hiddenSize: 300, layerCount: 2, cell: .peephole), 4, 4),
    (
      .init(
        vocabularySize: 90, embeddingSize: 64, hiddenSize: 300, layerCount: 2, cell: .mogrifier, dropout: 0.1),
      4, 4
    ),
    (
      .init(
        vocabularySize: 90, embeddingSize: 64, hiddenSize: 120, lastHiddenSize: 64, layerCount: 3,
        cell: .mogrifier, mogrifierRounds: 4, mogrifierRank: 20, tied: true), 40, 32
    ),
    (.init(vocabularySize: 5000, embeddingSize: 100, hiddenSize: 100, layerCount: 1, tied: true), 16, 16),
    (
      .init(
        vocabularySize: 3000, embeddingSize: 40, hiddenSize: 100, layerCount: 1, tied: true, projection: true),
      16, 16
    ),
    (
      .init(
        vocabularySize: 6000, embeddingSize: 100, hiddenSize: 100, layerCount: 1, cutoffs: [300, 1500]), 16,
      32
    ),
    (
      .init(
        vocabularySize: 6000, embeddingSize: 100, hiddenSize: 100, layerCount: 1, tied: true,
        cutoffs: [300, 1500]), 16, 32
    ),
    (
      .init(
        vocabularySize: 300, embeddingSize: 80, hiddenSize: 120, layerCount: 3, inputDropout: 0.1,
        dropout: 0.2,
        outputDropout: 0.3), 40, 32
    ),
    (
      .init(
        vocabularySize: 300, embeddingSize: 80, hiddenSize: 120, layerCount: 3, embeddingDropout: 0.1,
        weightDrop: 0.5), 40, 32
    ),
    (
      .init(vocabularySize: 500, embeddingSize: 500, hiddenSize: 100, layerCount: 2, oneHot: true), 30, 10
    ),
    (.init(vocabularySize: 300, embeddingSize: 80, hiddenSize: 120, layerCount: 3, residual: true), 40, 32),
    (.init(vocabularySize: 300, embeddingSize: 80, hiddenSize: 120, layerCount: 3, layerNorm: true), 40, 32),
    (
      .init(
        vocabularySize: 300, embeddingSize: 80, hiddenSize: 120, layerCount: 2, cell: .gru, layerNorm: true,
        inputDropout: 0.5), 40, 32
    ),
    (
      .init(
        vocabularySize: 300, embeddingSize: 80, hiddenSize: 120, lastHiddenSize: 80, layerCount: 3,
        tied: true,
        dropout: 0.2, outputDropout: 0.3, weightDrop: 0.5), 40, 32
    ),
  ])
  func saidBeforeIsTakenThen(_ sizes: NetworkConfiguration, steps: Int, batch: Int) throws {
    let network = RecurrentNetwork(sizes, steps: steps, batch: batch, try ThreadGang(threadCount: 1))
    let said = RecurrentNetwork.memory(sizes, steps: steps, batch: batch, moments: 0)
    let taken = bytes(of: network)
    #expect(said.total <= taken)
    #expect(Double(said.total) >= 0.97 * Double(taken), "\(said) of \(taken)")
    let withMoments = RecurrentNetwork.memory(sizes, steps: steps, batch: batch, moments: 2)
    #expect(withMoments.total - said.total == 8 * network.parameters.parameterCount)
    #expect(withMoments.activations == said.activations)
  }

  @Test func largestSizesDoNotOverflow() {
    let sizes = NetworkConfiguration(
      vocabularySize: 1 << 31, embeddingSize: 16384, hiddenSize: 16384, layerCount: 64, inputDropout: 0.5,
      dropout: 0.5, outputDropout: 0.5)
    #expect(RecurrentNetwork.memory(sizes, steps: 65536, batch: 65536, moments: 2).total > 1 << 56)
  }
}
