import RondoNN
import Testing

/// The same seed gives the same bytes, whatever runs the steps.
@Suite struct RecurrentNetworkBytesTests {
  struct Setting: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let tied: Bool
    let batch: Int
    let inputDropout: Float
    var cell = CellKind.lstm
    var layerNorm = false
    var change: @Sendable (inout NetworkConfiguration) -> Void = { _ in }

    /// With a hidden size of several groups of units.
    static let cells = CellKind.allCases.map { cell in
      Setting(testDescription: cell.rawValue, tied: false, batch: 3, inputDropout: 0, cell: cell)
    }
    /// Two rows of blocks of 16 streams, and fewer than those.
    static let normalized = CellKind.withoutRounds.map { cell in
      Setting(
        testDescription: "\(cell.rawValue), layer normalization", tied: false, batch: cell == .lstm ? 19 : 3,
        inputDropout: cell == .gru ? 0.25 : 0, cell: cell, layerNorm: true)
    }

    /// What is around the layers, and after them.
    static let around = [
      Setting(
        testDescription: "residual, projection, locked dropout, penalties", tied: false, batch: 3,
        inputDropout: 0.25
      ) {
        ($0.residual, $0.projection, $0.lockedDropout) = (true, true, true)
        ($0.activationRegularization, $0.temporalActivationRegularization) = (2, 1)
      },
      Setting(
        testDescription: "dropped embeddings and weights, adaptive softmax", tied: false, batch: 7,
        inputDropout: 0
      ) {
        ($0.embeddingDropout, $0.weightDrop, $0.cutoffs) = (0.2, 0.3, [3, 6])
      },
      Setting(testDescription: "tied adaptive softmax", tied: true, batch: 3, inputDropout: 0) {
        $0.cutoffs = [3, 6]
      },
      Setting(testDescription: "one-hot input", tied: false, batch: 3, inputDropout: 0) {
        ($0.oneHot, $0.embeddingSize) = (true, 12)
      },
    ]

    static let all =
      cells + normalized + around
      + [true, false].flatMap { tied in
        [1, 3].flatMap { batch in
          [0, 0.25].map { (dropout: Float) in
            Setting(
              testDescription: "\(tied ? "tied" : "untied"), B=\(batch), input dropout \(dropout)",
              tied: tied,
              batch: batch, inputDropout: dropout)
          }
        }
      }
  }

  /// All that three steps of training leave behind, the last of them on a shorter window.
  private func train(_ setting: Setting, _ gang: ThreadGang) throws -> [[UInt32]] {
    var configuration = NetworkConfiguration(
      vocabularySize: 12, embeddingSize: setting.tied ? 20 : 13, hiddenSize: setting.cell == .lstm ? 20 : 150,
      layerCount: 2, cell: setting.cell, tied: setting.tied, layerNorm: setting.layerNorm,
      inputDropout: setting.inputDropout, dropout: 0.4, outputDropout: 0.3)
    setting.change(&configuration)
    let network = RecurrentNetwork(configuration, steps: 17, batch: setting.batch, gang)
    let gradients = network.gradients
    var optimizer = Optimizer(kind: .adamW(), weightDecay: 0.01, parameterCount: gradients.count)
    let partials = Buffer<Double>(count: (gradients.count + 4095) / 4096)
    var result: [[UInt32]] = []
    for step in 0..<3 as Range<UInt64> {
      let rows = (step == 2 ? 5 : 17) * setting.batch
      let inputs = tokens(rows, below: 12, seed: step), targets = tokens(rows, below: 12, seed: 10 + step)
      let loss = network.train(
        inputs: inputs[...], targets: targets[...], batch: setting.batch, key: DropoutKey(seed: 3, step: step)
      )
      let norm = gang.norm(of: gradients, partials: partials)
      for value in [loss, norm] {
        result.append([UInt32(truncatingIfNeeded: value.bitPattern), UInt32(value.bitPattern >> 32)])
      }
      result.append(bits(gradients.array))
      optimizer.update(
        network.parameters, gradients: gradients, learningRate: 0.01,
        gradientScale: Optimizer.clippingScale(norm: norm, maximumNorm: 0.25), gang)
      network.parametersChanged()
      result.append(bits(network.parameters.values.array))
    }
    result.append(bits(network.state(stream: setting.batch - 1)))
    return result
  }

  private func expectSameBytes(_ setting: Setting, instructionSet: String) throws {
    let expected = try train(setting, ThreadGang(threadCount: 1, instructionSet: "portable"))
    for threads in 1...3 {
      let result = try train(setting, ThreadGang(threadCount: threads, instructionSet: instructionSet))
      #expect(result == expected, "threads: \(threads)")
    }
  }

  @Test(arguments: Setting.all)
  func portable(setting: Setting) throws { try expectSameBytes(setting, instructionSet: "portable") }

  @Test(.enabled(if: InstructionSets.has("avx2"), "this processor has no AVX2"), arguments: Setting.all)
  func avx2(setting: Setting) throws { try expectSameBytes(setting, instructionSet: "avx2") }

  @Test(.enabled(if: InstructionSets.has("avx512"), "this processor has no AVX-512"), arguments: Setting.all)
  func avx512(setting: Setting) throws { try expectSameBytes(setting, instructionSet: "avx512") }

  /// What the comparison above would see: another seed of the dropout changes bytes.
  @Test func theMasksCount() throws {
    let gang = try ThreadGang(threadCount: 1)
    let configuration = NetworkConfiguration(
      vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2, dropout: 0.4)
    let network = RecurrentNetwork(configuration, steps: 4, batch: 2, gang)
    let inputs = tokens(8, below: 12, seed: 1)
    let losses = [(1, 0), (1, 1), (2, 0), (1, 0)].map { (seed: UInt64, step: UInt64) in
      network.resetState()
      return network.train(
        inputs: inputs[...], targets: inputs[...], batch: 2, key: DropoutKey(seed: seed, step: step))
    }
    #expect(Set(losses).count == 3 && losses[0] == losses[3])
  }
}
