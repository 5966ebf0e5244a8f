import CRondoKernels
import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct DropoutTests {
  /// The mask of a matrix [rows, columns], as the factors that `dropoutForward` multiplies by.
  private func mask(
    rows: Int, columns: Int, batch: Int, probability: Float, place: Int, key: DropoutKey, _ gang: ThreadGang
  ) -> [Float] {
    let ones = Matrix(rows: rows, columns: columns), output = Matrix(rows: rows, columns: columns)
    ones.buffer.fill(1)
    gang.dropoutForward(
      ones, batch: batch, probability: probability, place: place, key: key,
      mask: Buffer(count: rows * ones.stride), into: output)
    return output.elements
  }

  /// Training with all that is dropped and penalized, against the reference in Double with the same masks; with
  /// residual connections where weights are tied, and else with a smaller last layer.
  @Test(
    arguments: [true, false],
    [(true, CellKind.lstm), (false, .lstm), (true, .mogrifier), (false, .mogrifier)])
  func agreesWithTheReference(tied: Bool, masks: (isLocked: Bool, cell: CellKind)) throws {
    let isLocked = masks.isLocked
    let gang = try ThreadGang(threadCount: 2)
    // Locked masks come with all that Merity et al. have beside them.
    let last = tied ? 20 : 16
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: tied ? 20 : 5, hiddenSize: 20, lastHiddenSize: tied ? nil : last,
      layerCount: 3, cell: masks.cell,
      tied: tied, residual: tied,
      inputDropout: 0.3, dropout: 0.4, outputDropout: 0.5, lockedDropout: isLocked,
      embeddingDropout: isLocked ? 0.3 : 0, weightDrop: isLocked ? 0.25 : 0,
      activationRegularization: isLocked ? 2 : 0, temporalActivationRegularization: isLocked ? 1 : 0)
    let penalties = ReferencePenalties<Double>(
      activation: isLocked ? 2 : 0, temporalActivation: isLocked ? 1 : 0)
    let network = RecurrentNetwork(configuration, steps: 6, batch: 2, gang)
    let reference = ReferenceModel<Double>(network.parameters, configuration)
    var state: ReferenceState<Double>?
    for (index, steps) in [6, 6, 3].enumerated() {
      let rows = 2 * steps, key = DropoutKey(seed: 0x1234_5678_9abc, step: UInt64(index) + 1 << 33)
      func mask(_ columns: Int, _ probability: Float, place: Int) -> [Double] {
        let first = self.mask(
          rows: isLocked ? 2 : rows, columns: columns, batch: 2, probability: probability, place: place,
          key: key, gang
        ).map(Double.init)
        return isLocked ? Array(repeatElement(first, count: steps).joined()) : first
      }
      let random = CounterRandom(seed: key.seed, purpose: .embeddingDropout)
      let encoder = (0..<9).map { random.unit(key.step, stream: $0) < Double(0.3 as Float) ? 0 : 1 / 0.7 }
      // Of 20 units, 4 gates and 20 inputs 25 rows of 64; of 16 units 16.
      let weights = (0..<3).map { layer in
        self.mask(
          rows: layer == 2 ? last * last / 16 : 25, columns: 64, batch: 1, probability: 0.25,
          place: 256 + layer, key: key, gang
        )
        .map(Double.init)
      }
      let masks = ReferenceDropoutMasks<Double>(
        input: mask(configuration.embeddingSize, 0.3, place: 0),
        betweenLayers: [mask(20, 0.4, place: 1), mask(20, 0.4, place: 2)], output: mask(last, 0.5, place: 3),
        encoder: isLocked ? encoder : nil, recurrentWeights: isLocked ? weights : nil)
      let inputs = tokens(rows, below: 9, seed: UInt64(index)), targets = tokens(rows, below: 9, seed: 9)
      let expected = reference.lossAndGradients(
        inputs: byStep(inputs, batch: 2), targets: byStep(targets, batch: 2), state: state, masks: masks,
        penalties: penalties)
      let loss = network.train(inputs: inputs[...], targets: targets[...], batch: 2, key: key)
      #expect(maximumRelativeDifference([loss], [expected.loss]) <= 1e-6)
      for (name, gradient) in expected.gradients {
        #expect(maximumRelativeDifference(network.gradient(name), gradient.elements) <= 1e-5, "\(name)")
      }
      state = expected.finalState
    }
  }

  /// Scoring drops nothing.
  @Test func scoringDropsNothing() throws {
    let gang = try ThreadGang(threadCount: 1)
    var configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 5, hiddenSize: 7, layerCount: 2)
    let plain = RecurrentNetwork(configuration, steps: 4, batch: 2, gang)
    (configuration.inputDropout, configuration.dropout, configuration.outputDropout) = (0.5, 0.5, 0.5)
    (configuration.embeddingDropout, configuration.weightDrop) = (0.5, 0.5)
    (configuration.activationRegularization, configuration.temporalActivationRegularization) = (1, 1)
    let ids = tokens(8, below: 9, seed: 1)
    let expected = plain.score(inputs: ids[...], targets: ids[...], batch: 2)
    let network = RecurrentNetwork(configuration, steps: 4, batch: 2, gang)
    #expect(network.score(inputs: ids[...], targets: ids[...], batch: 2) == expected)
  }

  /// What is kept is scaled by 1 / (1 − p), and as much is dropped as five standard deviations allow.
  @Test(arguments: [0.01, 0.2, 0.5, 0.9] as [Float])
  func rateIsRight(probability: Float) throws {
    let gang = try ThreadGang(threadCount: 2)
    for place in 0..<4 {
      let mask = mask(
        rows: 500, columns: 100, batch: 5, probability: probability, place: place,
        key: DropoutKey(seed: 4, step: 5), gang)
      let kept = 1 / (1 - probability)
      #expect(mask.allSatisfy { $0 == 0 || $0 == kept })
      let dropped = Double(mask.count { $0 == 0 }), p = Double(probability)
      #expect(abs(dropped - p * 50_000) <= 5 * (50_000 * p * (1 - p)).squareRoot(), "\(dropped)")
    }
  }

  /// Each unit's number is the word of Philox that the kernel's comment says: old commands draw the same masks for ever.
  @Test func masksAreWordsOfPhilox() throws {
    let key = DropoutKey(seed: 0x0123_4567_89ab_cdef, step: 0x2_0000_0003)
    let (place, batch, columns, probability) = (3, 2, 150, 0.3 as Float)
    let drawn = mask(
      rows: 6, columns: columns, batch: batch, probability: probability, place: place, key: key,
      try ThreadGang(threadCount: 2))
    let threshold = UInt32(Double(probability) * 0x1p32)
    let keyWords: [UInt32] = [0x89ab_cdef ^ (UInt32(place + 1) &* 0x85eb_ca6b), 0x0123_4567 ^ 2]
    for row in 0..<6 {
      for unit in 0..<columns {
        var words: [UInt32] = [0, 0, 0, 0]
        let counter = [UInt32(unit / 64 * 16 + unit % 16), UInt32(row / batch), UInt32(row % batch), 3]
        unsafe rondo_philox(counter, keyWords, &words)
        let isKept = words[unit % 64 / 16] >= threshold
        #expect(
          drawn[row * columns + unit] == (isKept ? 1 / (1 - probability) : 0), "row \(row), unit \(unit)")
      }
    }
  }

  /// The mask of a stream is the same in a batch of four and alone, with any threads and instruction set.
  @Test func maskIsAFunctionOfItsArguments() throws {
    let key = DropoutKey(seed: 77, step: 12)
    for columns in [1, 16, 40, 64, 130] {
      var all: [[Float]] = []
      for workers in Workers.all {
        let gang = try workers.gang()
        let four = mask(rows: 7 * 4, columns: columns, batch: 4, probability: 0.5, place: 2, key: key, gang)
        let one = mask(rows: 7, columns: columns, batch: 1, probability: 0.5, place: 2, key: key, gang)
        let first = stride(from: 0, to: 28, by: 4).flatMap { four[$0 * columns..<($0 + 1) * columns] }
        #expect(one == first)
        all.append(four)
      }
      for other in all { #expect(other == all[0], "\(columns)") }
    }
  }

  /// Units are numbered from the left, whatever the width; every other argument draws another mask.
  @Test func everyArgumentCounts() throws {
    let gang = try ThreadGang(threadCount: 1)
    func mask(_ columns: Int = 64, _ place: Int = 1, _ seed: UInt64 = 5, _ step: UInt64 = 6) -> [Float] {
      self.mask(
        rows: 6, columns: columns, batch: 2, probability: 0.5, place: place,
        key: DropoutKey(seed: seed, step: step), gang)
    }
    func parts(_ values: [Float], of size: Int) -> [[Float]] {
      stride(from: 0, to: values.count, by: size).map { Array(values[$0..<min($0 + size, values.count)]) }
    }
    let narrow = parts(mask(), of: 64), wide = parts(mask(200), of: 200)
    #expect(Set(narrow).count == 6)
    #expect(wide.map { Array($0[..<64]) } == narrow)
    // No group of 64 units repeats another.
    #expect(Set(parts(wide[0], of: 64)).count == 4)
    let others = [
      mask(), mask(64, 2), mask(64, 1, 7), mask(64, 1, 5 | 1 << 40), mask(64, 1, 5, 7),
      mask(64, 1, 5, 6 | 1 << 41),
    ]
    #expect(Set(others).count == others.count)
  }

  /// The gradient passes through the mask that was left behind, in place as well.
  @Test(arguments: Workers.all)
  func gradientPassesTheMask(workers: Workers) throws {
    let gang = try workers.gang()
    let values = numbers(15 * 33, seed: 6), gradients = numbers(15 * 33, seed: 7)
    let input = Matrix(values, rows: 15, columns: 33, padding: 0), output = Matrix(rows: 15, columns: 33)
    let mask = Buffer<UInt8>(count: 15 * input.stride)
    let key = DropoutKey(seed: 8, step: 9)
    gang.dropoutForward(input, batch: 3, probability: 0.3, place: 0, key: key, mask: mask, into: output)
    let factors = self.mask(rows: 15, columns: 33, batch: 3, probability: 0.3, place: 0, key: key, gang)
    #expect(bits(output.elements) == bits(zip(values, factors).map { $0 * $1 }))
    #expect((0..<15).flatMap { mask[$0 * 48..<$0 * 48 + 33].array } == factors.map { $0 == 0 ? 0 : 1 })
    let gradient = Matrix(gradients, rows: 15, columns: 33, padding: 0)
    gang.dropoutBackward(gradient, batch: 3, probability: 0.3, mask: mask, into: gradient)
    #expect(bits(gradient.elements) == bits(zip(gradients, factors).map { $0 * $1 }))
  }
}
