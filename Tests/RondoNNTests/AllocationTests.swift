import CountMalloc
import RondoNN
import Testing

/// From the second step on nothing is allocated. With a gang of one thread all kernels run on the thread that is
/// counted.
@Suite struct AllocationTests {
  private static var canCount: Bool {
    count_malloc_begin()
    return count_malloc_end() >= 0
  }

  private func allocations(_ body: () -> Void) -> Int {
    count_malloc_begin()
    body()
    return count_malloc_end()
  }

  @Test(
    .enabled(if: canCount, "malloc cannot be stood in for here"),
    arguments: [
      NetworkConfiguration(vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2),
      .init(
        vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, inputDropout: 0.25,
        dropout: 0.25,
        outputDropout: 0.25),
      .init(vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, cutoffs: [3, 7]),
      .init(vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, cell: .mogrifier),
      .init(
        vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, cell: .mogrifier,
        mogrifierRank: 5, inputDropout: 0.25, weightDrop: 0.25),
      .init(
        vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, tied: true, projection: true,
        cutoffs: [3, 7]),
      .init(
        vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, residual: true, layerNorm: true),
      .init(
        vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, cell: .peephole, layerNorm: true
      ),
    ])
  func trainingAllocatesNothing(configuration: NetworkConfiguration) throws {
    let gang = try ThreadGang(threadCount: 1)
    let network = RecurrentNetwork(configuration, steps: 7, batch: 3, gang)
    let gradients = network.gradients
    let partials = Buffer<Double>(count: (gradients.count + 4095) / 4096)
    let inputs = tokens(21, below: 12, seed: 1), targets = tokens(21, below: 12, seed: 2)
    for kind in [OptimizerKind.adamW(), .sgd(momentum: 0.9), .rmsProp(decay: 0.9)] {
      var optimizer = Optimizer(kind: kind, weightDecay: 0.01, parameterCount: gradients.count)
      func step(_ number: UInt64) {
        let rows = number % 5 == 4 ? 12 : 21
        _ = network.train(
          inputs: inputs[..<rows], targets: targets[..<rows], batch: 3,
          key: DropoutKey(seed: 1, step: number))
        let norm = gang.norm(of: gradients, partials: partials)
        optimizer.update(
          network.parameters, gradients: gradients, learningRate: 0.01,
          gradientScale: Optimizer.clippingScale(norm: norm, maximumNorm: 0.25), gang)
        network.parametersChanged()
      }
      step(0)
      #expect(allocations { for number in 1...50 as ClosedRange<UInt64> { step(number) } } == 0)
    }
    // Scoring neither.
    let count = allocations {
      for _ in 0..<10 {
        _ = network.score(inputs: inputs[...], targets: targets[...], batch: 3)
        network.resetState()
      }
    }
    #expect(count == 0)
  }

  @Test(.enabled(if: canCount, "malloc cannot be stood in for here"))
  func allocationsAreSeen() {
    #expect(allocations { _ = Buffer<Float>(count: 100) } >= 1)
    #expect(allocations {} == 0)
  }
}
