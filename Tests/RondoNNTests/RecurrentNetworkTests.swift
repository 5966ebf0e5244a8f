import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct RecurrentNetworkTests {
  /// A golden case, and whether its tokens are looked up in the first layer's table or go the way of their vectors.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: Golden.Name
    let usesTable: Bool
    var testDescription: String { "\(name), \(usesTable ? "table" : "rows")" }

    /// A vocabulary smaller than a window asks for the table; a dropout so rare that it drops nothing forbids it.
    func network(_ golden: GoldenCase, threads: Int = 2) throws -> RecurrentNetwork {
      let configuration = NetworkConfiguration(golden.configuration, inputDropout: usesTable ? 0 : 1e-12)
      let steps = golden.windows.map(\.windowLength).max() ?? 0
      precondition(configuration.vocabularySize < steps * golden.batchSize)
      return try RecurrentNetwork(
        configuration: configuration, parameters: ParameterStore(configuration, golden.parameters),
        gang: ThreadGang(threadCount: threads), maximumSteps: steps, maximumBatch: golden.batchSize)
    }
  }

  private static let windows =
    [
      Golden.Name.untied, .tied, .projection, .adaptive, .tiedAdaptive, .rnnTanh, .rnnReLU, .peephole, .gru,
      .lastHidden, .layerNorm, .layerNormPeephole, .layerNormGRU, .layerNormRNN,
    ].flatMap { name in
      [true, false].map { Case(name: name, usesTable: $0) }
    } + [.mogrifier, .mogrifierLowRank].map { Case(name: $0, usesTable: false) }
  private static let curves = [Golden.Name.adamWCurve, .sgdCurve, .rmsPropCurve, .asgdCurve, .gruCurve]
    .flatMap { name in
      [true, false].map { Case(name: name, usesTable: $0) }
    }
  private static let tolerance = 1e-4
  private static let key = DropoutKey(seed: 1, step: 0)

  private func flat(_ tokens: [[Int]]) -> ArraySlice<Int32> { tokens.flatMap { $0.map(Int32.init) }[...] }

  /// - Parameter state: a stream's.
  private func expectState(_ state: (Int) -> [Float], _ window: GoldenWindow, _ golden: GoldenCase) {
    let states = (0..<golden.batchSize).map(state), configuration = NetworkConfiguration(golden.configuration)
    let expected = [window.finalHidden, window.finalCell].filter { !$0.isEmpty }
    #expect(expected.count == configuration.cell.stateCount)
    for layer in 0..<golden.configuration.layerCount {
      for (number, values) in expected.enumerated() {
        let found = part(of: states, layer: layer, state: number, configuration)
        #expect(
          maximumRelativeDifference(found, values[layer]) <= Self.tolerance,
          "state \(number) of layer \(layer)")
      }
    }
  }

  /// Loss, gradients and state of three windows, the last one shorter, with the state carried over.
  @Test(arguments: windows)
  func windowsAgreeWithPyTorch(golden: Case) throws {
    let numbers = try Golden.load(golden.name)
    let network = try golden.network(numbers)
    #expect(numbers.windows.count == 3)
    for (index, window) in numbers.windows.enumerated() {
      let loss = network.train(
        inputs: flat(window.inputs), targets: flat(window.targets), batch: numbers.batchSize, key: Self.key)
      #expect(maximumRelativeDifference([loss], [window.loss]) <= Self.tolerance, "window \(index)")
      #expect(window.gradients.count == network.parameters.slices.count)
      for (name, expected) in window.gradients {
        #expect(
          maximumRelativeDifference(network.gradient(name), expected.data) <= Self.tolerance,
          "window \(index), \(name)")
      }
      expectState(network.state, window, numbers)
    }
  }

  /// The same windows without a way back: losses, and logits step by step of a network that only reads.
  @Test(arguments: windows)
  func scoresAndLogitsAgreeWithPyTorch(golden: Case) throws {
    let numbers = try Golden.load(golden.name)
    let scorer = try golden.network(numbers)
    let b = numbers.batchSize, v = numbers.configuration.vocabularySize
    let stepper = InferenceNetwork(
      InferenceWeights(scorer.configuration, scorer.parameters.tensors, scorer.gang), gang: scorer.gang,
      maximumBatch: b, maximumRows: b)
    for window in numbers.windows {
      let rows = window.windowLength * b
      let sum = scorer.score(inputs: flat(window.inputs), targets: flat(window.targets), batch: b)
      #expect(maximumRelativeDifference([sum / Double(rows)], [window.loss]) <= Self.tolerance)
      expectState(scorer.state, window, numbers)
      for (t, tokens) in window.inputs.enumerated() {
        let output = stepper.logits(after: flat([tokens]), batch: b)
        // After V the columns hold what has probability 0.
        let logits = (0..<b).flatMap { output.buffer[$0 * output.stride..<$0 * output.stride + v].array }
        let expected = Array(window.logits[t * b * v..<(t + 1) * b * v])
        #expect(maximumRelativeDifference(logits, expected) <= Self.tolerance, "step \(t)")
      }
      expectState(stepper.state, window, numbers)
    }
  }

  /// Ten steps of training: each loss, each norm, and the parameters after the last.
  @Test(arguments: curves)
  func curvesAgreeWithPyTorch(golden: Case) throws {
    let numbers = try Golden.load(golden.name), settings = try #require(numbers.optimizer)
    let network = try golden.network(numbers)
    let kind: OptimizerKind =
      switch settings.kind {
      case .adamW: .adamW(beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon)
      case .sgd, .asgd: .sgd(momentum: settings.momentum)
      case .rmsProp: .rmsProp(decay: settings.decay, epsilon: settings.epsilon)
      }
    let gradients = network.gradients
    let average = ParameterStore(network.configuration)
    var optimizer = Optimizer(kind: kind, weightDecay: settings.weightDecay, parameterCount: gradients.count)
    let partials = Buffer<Double>(count: (gradients.count + 4095) / 4096)
    #expect(numbers.windows.count == 10)
    for (index, window) in numbers.windows.enumerated() {
      let loss = network.train(
        inputs: flat(window.inputs), targets: flat(window.targets), batch: numbers.batchSize, key: Self.key)
      if settings.maximumValue > 0 {
        network.gang.clamp(gradients, scale: 1, bound: settings.maximumValue)
      }
      let norm = network.gang.norm(of: gradients, partials: partials)
      let scale = Optimizer.clippingScale(norm: norm, maximumNorm: Double(settings.maximumNorm))
      optimizer.update(
        network.parameters, gradients: gradients, learningRate: settings.learningRate, gradientScale: scale,
        network.gang)
      network.gang.average(
        average.values, with: network.parameters.values, weight: 1 / Float(max(1, index)))
      network.parametersChanged()
      #expect(maximumRelativeDifference([loss], [numbers.losses[index]]) <= Self.tolerance, "step \(index)")
      #expect(
        maximumRelativeDifference([norm], [numbers.gradientNorms[index]]) <= Self.tolerance, "step \(index)")
      expectState(network.state, window, numbers)
    }
    for (name, expected) in numbers.finalAverages {
      #expect(
        maximumRelativeDifference(average[name].array, expected.data) <= Self.tolerance, "average of \(name)")
    }
    #expect(numbers.finalAverages.isEmpty == (settings.kind != .asgd))
    #expect(numbers.finalParameters.count == network.parameters.slices.count)
    for (name, expected) in numbers.finalParameters {
      #expect(
        maximumRelativeDifference(network.parameters[name].array, expected.data) <= Self.tolerance, "\(name)")
    }
  }

  // MARK: Streams and states

  private static let configuration = NetworkConfiguration(
    vocabularySize: 30, embeddingSize: 9, hiddenSize: 20, layerCount: 2)

  /// Stream 0 of four computes the same bytes as a single stream, over several windows.
  @Test(arguments: Workers.all)
  func streamsDoNotTouchEachOther(workers: Workers) throws {
    let gang = try workers.gang()
    for cell in CellKind.allCases {
      for layerNorm in [false, !cell.hasRounds] { expectStreamsApart(cell, layerNorm: layerNorm, gang) }
    }
  }

  private func expectStreamsApart(_ cell: CellKind, layerNorm: Bool, _ gang: ThreadGang) {
    var configuration = Self.configuration
    configuration.cell = cell
    configuration.layerNorm = layerNorm
    let four = RecurrentNetwork(configuration, steps: 5, batch: 4, gang)
    let one = RecurrentNetwork(configuration, steps: 5, batch: 1, gang)
    for window in 0..<3 as Range<UInt64> {
      let inputs = tokens(5 * 4, below: 30, seed: window)
      let first = stride(from: 0, to: 20, by: 4).map { inputs[$0] }
      let logits = four.logits(after: inputs[...], batch: 4).rows(0..<1).elements
      #expect(bits(one.logits(after: first[...], batch: 1).elements) == bits(logits))
      #expect(bits(one.state(stream: 0)) == bits(four.state(stream: 0)))
      #expect(bits(four.state(stream: 0)) != bits(four.state(stream: 1)))
    }
  }

  /// The same tokens in one window or in several give the same bytes; states can be taken out, put back, put into
  /// another stream, and forgotten.
  @Test(arguments: CellKind.allCases.map { ($0, false) } + CellKind.withoutRounds.map { ($0, true) })
  func statesAreValues(cell: CellKind, layerNorm: Bool) throws {
    let gang = try ThreadGang(threadCount: 2)
    var configuration = Self.configuration
    configuration.cell = cell
    configuration.layerNorm = layerNorm
    let network = RecurrentNetwork(configuration, steps: 8, batch: 3, gang)
    let inputs = tokens(8, below: 30, seed: 1)
    let whole = network.logits(after: inputs[...], batch: 1).elements
    network.resetState()
    #expect(network.state(stream: 0) == Array(repeating: 0, count: 2 * cell.stateCount * 20))
    _ = network.logits(after: inputs[..<3], batch: 1)
    let saved = network.state(stream: 0)
    #expect(bits(network.logits(after: inputs[3...], batch: 1).elements) == bits(whole))

    network.resetState()
    network.setState(saved, stream: 2)
    #expect(network.state(stream: 2) == saved)
    #expect(network.state(stream: 1).allSatisfy { $0 == 0 })
    let three: [Int32] = inputs[3...].flatMap { [0, 0, $0] }
    #expect(bits(network.logits(after: three[...], batch: 3).rows(2..<3).elements) == bits(whole))
  }

  /// Scoring and training without dropout see the same losses.
  @Test func scoreIsTheLossOfTraining() throws {
    let gang = try ThreadGang(threadCount: 2)
    let trainer = RecurrentNetwork(Self.configuration, steps: 6, batch: 2, gang)
    let scorer = RecurrentNetwork(Self.configuration, steps: 6, batch: 2, gang)
    let inputs = tokens(12, below: 30, seed: 2), targets = tokens(12, below: 30, seed: 3)
    let sum = scorer.score(inputs: inputs[...], targets: targets[...], batch: 2)
    #expect(trainer.train(inputs: inputs[...], targets: targets[...], batch: 2, key: Self.key) == sum / 12)
    #expect(trainer.state(stream: 1) == scorer.state(stream: 1))
  }

  /// Padding between parameters keeps a gradient of 0, so that it takes part in neither norm nor update.
  @Test(arguments: [false, true])
  func paddingHasNoGradient(layerNorm: Bool) throws {
    var configuration = Self.configuration
    configuration.layerNorm = layerNorm
    let network = RecurrentNetwork(configuration, steps: 6, batch: 2, try ThreadGang(threadCount: 3))
    let inputs = tokens(12, below: 30, seed: 4)
    _ = network.train(inputs: inputs[...], targets: inputs[...], batch: 2, key: Self.key)
    let gradients = network.gradients
    var used = Array(repeating: false, count: gradients.count)
    for slice in network.parameters.slices {
      for index in slice.range { used[index] = true }
      #expect(gradients[slice.range].array.contains { abs($0) > 1e-6 }, "\(slice.name)")
    }
    #expect(used.contains(false))
    for index in 0..<gradients.count where !used[index] { #expect(gradients[index] == 0) }
  }
}
