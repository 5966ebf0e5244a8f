import CountMalloc
import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct AdaptiveSoftmaxTests {
  struct Setting: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let configuration: NetworkConfiguration

    /// Sizes at which no vector is full, and a cluster of 16.
    static let all = [
      Setting(
        testDescription: "untied",
        configuration: .init(
          vocabularySize: 90, embeddingSize: 9, hiddenSize: 35, layerCount: 1, cutoffs: [20, 36])),
      Setting(
        testDescription: "untied, projection",
        configuration: .init(
          vocabularySize: 90, embeddingSize: 69, hiddenSize: 20, layerCount: 1, projection: true,
          cutoffs: [7, 30, 77])),
      Setting(
        testDescription: "tied",
        configuration: .init(
          vocabularySize: 90, embeddingSize: 20, hiddenSize: 20, layerCount: 2, tied: true, cutoffs: [17, 50])
      ),
      Setting(
        testDescription: "tied, projection",
        configuration: .init(
          vocabularySize: 300, embeddingSize: 13, hiddenSize: 20, layerCount: 1, tied: true, projection: true,
          cutoffs: [1])),
    ]
  }

  /// Targets in all clusters; then in none but the first; then in the head alone.
  private func windows(_ configuration: NetworkConfiguration) -> [(inputs: [Int32], targets: [Int32])] {
    let v = configuration.vocabularySize, first = configuration.cutoffs[0]
    let second = configuration.cutoffs.count > 1 ? configuration.cutoffs[1] : v
    return [v, second, first, v].enumerated().map { number, end in
      let seed = UInt64(number)
      return (tokens(21, below: v, seed: seed), tokens(21, below: end, seed: seed + 10))
    }
  }

  private func network(_ configuration: NetworkConfiguration, _ gang: ThreadGang) -> RecurrentNetwork {
    RecurrentNetwork(configuration, steps: 7, batch: 3, gang)
  }

  @Test(arguments: Setting.all)
  func agreesWithTheReference(setting: Setting) throws {
    let network = network(setting.configuration, try ThreadGang(threadCount: 2))
    let reference = ReferenceModel<Double>(network.parameters, setting.configuration)
    for (number, window) in windows(setting.configuration).enumerated() {
      network.resetState()
      let expected = reference.lossAndGradients(
        inputs: byStep(window.inputs, batch: 3), targets: byStep(window.targets, batch: 3))
      let loss = network.train(
        inputs: window.inputs[...], targets: window.targets[...], batch: 3, key: DropoutKey(seed: 0, step: 0))
      #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6, "window \(number)")
      for (name, gradient) in expected.gradients {
        #expect(
          maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-4,
          "window \(number), \(name)")
      }
      network.resetState()
      let sum = network.score(inputs: window.inputs[...], targets: window.targets[...], batch: 3)
      #expect(sum / 21 == loss)
    }
  }

  /// 600 rows, of which the head and the last cluster take more than a block each; the vectors of a second cluster lie
  /// closer together than those of the first.
  @Test(arguments: [true, false], [[2200], [2200, 2250]])
  func blocksAddUp(tied: Bool, cutoffs: [Int]) throws {
    let size = cutoffs.count == 1 ? 16 : 80
    let configuration = NetworkConfiguration(
      vocabularySize: 4500, embeddingSize: size, hiddenSize: size, layerCount: 1, tied: tied,
      cutoffs: cutoffs)
    let network = RecurrentNetwork(configuration, steps: 75, batch: 8, try ThreadGang(threadCount: 2))
    let inputs = tokens(600, below: 4500, seed: 1)
    let targets = tokens(600, below: 2300, seed: 2).map { 4499 - $0 }
    let expected = ReferenceModel<Double>(network.parameters, configuration).lossAndGradients(
      inputs: byStep(inputs, batch: 8), targets: byStep(targets, batch: 8))
    let loss = network.train(
      inputs: inputs[...], targets: targets[...], batch: 8, key: DropoutKey(seed: 0, step: 0))
    #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6)
    for (name, gradient) in expected.gradients {
      #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-4, "\(name)")
    }
  }

  /// The same bytes on any number of threads by any instructions, and from the network that only reads.
  @Test(arguments: Setting.all)
  func sameBytes(setting: Setting) throws {
    var expected: [[UInt32]]?
    for workers in Workers.all {
      let gang = try workers.gang(), network = network(setting.configuration, gang)
      let reader = InferenceNetwork(
        InferenceWeights(setting.configuration, network.parameters.tensors, gang), gang: gang,
        maximumBatch: 3, maximumRows: 21, scores: true)
      var result: [[UInt32]] = []
      for (step, window) in windows(setting.configuration).enumerated() {
        _ = network.train(
          inputs: window.inputs[...], targets: window.targets[...], batch: 3,
          key: DropoutKey(seed: 0, step: UInt64(step)))
        result.append(bits(network.gradients.array))
        reader.read(window.inputs[...], batch: 3)
        let score = network.score(inputs: window.inputs[...], targets: window.targets[...], batch: 3)
        #expect(
          reader.score(inputs: window.inputs[...], targets: window.targets[...], batch: 3) == score,
          "\(workers)")
        result.append(bits(reader.logits(after: window.inputs[...], batch: 3).elements))
        network.resetState()
        reader.resetState()
      }
      #expect(result == expected ?? result, "\(workers)")
      expected = result
    }
  }

  /// The logits are those of a distribution, the one that targets are scored by, and of a row whatever stands beside it.
  @Test(arguments: Setting.all)
  func logitsAreLogarithmsOfProbabilities(setting: Setting) throws {
    let configuration = setting.configuration, v = configuration.vocabularySize
    let gang = try ThreadGang(threadCount: 2)
    let weights = InferenceWeights(
      configuration, ParameterStore(configuration, seed: 3).tensors, gang)
    let four = InferenceNetwork(weights, gang: gang, maximumBatch: 4, maximumRows: 4, scores: true)
    let one = InferenceNetwork(weights, gang: gang, maximumBatch: 1, maximumRows: 1)
    let inputs = tokens(4, below: v, seed: 1)
    let rows = four.logits(after: inputs[...], batch: 4)
    #expect(rows.rows == 4 && rows.columns == v)
    let logs = (0..<4).map { rows.rows($0..<$0 + 1).elements }
    for row in logs {
      #expect(abs(row.reduce(0) { $0 + ExactMath.exp(Double($1)) } - 1) < 1e-5)
    }
    #expect(bits(one.logits(after: inputs[..<1], batch: 1).elements) == bits(logs[0]))
    #expect(bits(one.logitsOfState().elements) == bits(logs[0]))
    for target in stride(from: 0, to: v, by: 5) {
      four.resetState()
      let targets = [Int32](repeating: Int32(target), count: 4)
      _ = four.score(inputs: inputs[...], targets: targets[...], batch: 4)
      for row in 0..<4 {
        #expect(abs(four.rowLosses(4)[row] + Double(logs[row][target])) <= 1e-5, "\(target)")
      }
    }
  }

  /// After the recurrence int8 is f16.
  @Test(arguments: Setting.all)
  func roundedWeightsAreNear(setting: Setting) throws {
    let store = ParameterStore(setting.configuration, seed: 3), gang = try ThreadGang(threadCount: 1)
    let inputs = tokens(3, below: setting.configuration.vocabularySize, seed: 1)
    let logits = [InferencePrecision.f32, .f16, .int8].map { precision in
      InferenceNetwork(
        InferenceWeights(setting.configuration, store.tensors, precision: precision, gang), gang: gang,
        maximumBatch: 1, maximumRows: 3
      ).logits(after: inputs[...], batch: 1).elements
    }
    #expect(logits[0] != logits[1] && logits[1] != logits[2])
    #expect(maximumRelativeDifference(logits[1], logits[0]) < 0.002)
    #expect(maximumRelativeDifference(logits[2], logits[0]) < 0.02)
  }

  private static var canCount: Bool {
    count_malloc_begin()
    return count_malloc_end() >= 0
  }

  @Test(.enabled(if: canCount, "malloc cannot be stood in for here"), arguments: Setting.all)
  func readingAllocatesNothing(setting: Setting) throws {
    let gang = try ThreadGang(threadCount: 1)
    let store = ParameterStore(setting.configuration, seed: 3)
    let network = InferenceNetwork(
      InferenceWeights(setting.configuration, store.tensors, gang), gang: gang, maximumBatch: 3,
      maximumRows: 12, scores: true)
    let inputs = tokens(12, below: setting.configuration.vocabularySize, seed: 4)
    func use() {
      _ = network.logitsOfState()
      _ = network.logits(after: inputs[..<3], batch: 3)
      _ = network.score(inputs: inputs[...], targets: inputs[...], batch: 2)
    }
    use()
    count_malloc_begin()
    for _ in 0..<10 { use() }
    #expect(count_malloc_end() == 0)
  }
}
