import CountMalloc
import RondoNN
import TestSupport
import Testing

/// Reading and scoring against `RecurrentNetwork`, byte for byte: the same chains by other kernels.
@Suite struct InferenceNetworkTests {
  struct Sizes: CustomTestStringConvertible, Sendable {
    let vocabulary: Int, embedding: Int, hidden: Int, layers: Int
    var tied = false, oneHot = false, projection = false, residual = false, layerNorm = false
    var lastHidden: Int?
    var cell = CellKind.lstm
    var rounds = NetworkConfiguration.usualMogrifierRounds
    var rank: Int?
    var testDescription: String {
      "\(cell)\(cell == .mogrifier ? " of \(rounds) rounds, rank \(rank ?? 0)" : ""), V=\(vocabulary), E=\(embedding), H=\(hidden), L=\(layers)\(tied ? ", tied" : "")"
        + (oneHot ? ", one-hot" : "") + (projection ? ", projection" : "") + (residual ? ", residual" : "")
        + (layerNorm ? ", layer normalization" : "") + (lastHidden.map { ", last \($0)" } ?? "")
    }
    var configuration: NetworkConfiguration {
      NetworkConfiguration(
        vocabularySize: vocabulary, embeddingSize: embedding, hiddenSize: hidden, lastHiddenSize: lastHidden,
        layerCount: layers, cell: cell, mogrifierRounds: rounds, mogrifierRank: rank, tied: tied,
        oneHot: oneHot, projection: projection, residual: residual, layerNorm: layerNorm)
    }

    /// Less than a vector, several panels, several blocks of k; with a table and, at 300 entries, without one.
    static let all =
      [
        Sizes(vocabulary: 1, embedding: 1, hidden: 1, layers: 1),
        Sizes(vocabulary: 12, embedding: 5, hidden: 17, layers: 2),
        Sizes(vocabulary: 70, embedding: 20, hidden: 20, layers: 2, tied: true),
        Sizes(vocabulary: 300, embedding: 33, hidden: 150, layers: 3),
        Sizes(vocabulary: 300, embedding: 90, hidden: 90, layers: 1, tied: true),
        Sizes(vocabulary: 300, embedding: 300, hidden: 40, layers: 2, oneHot: true),
        Sizes(vocabulary: 40, embedding: 40, hidden: 40, layers: 2, oneHot: true, cell: .gru),
        Sizes(vocabulary: 70, embedding: 33, hidden: 20, layers: 1, projection: true),
        Sizes(vocabulary: 300, embedding: 20, hidden: 70, layers: 2, tied: true, projection: true),
        Sizes(vocabulary: 12, embedding: 5, hidden: 17, layers: 3, residual: true),
        Sizes(vocabulary: 300, embedding: 20, hidden: 70, layers: 3, tied: true, lastHidden: 20),
        Sizes(vocabulary: 12, embedding: 5, hidden: 17, layers: 2, lastHidden: 90, cell: .gru),
        Sizes(
          vocabulary: 300, embedding: 20, hidden: 70, layers: 3, projection: true, residual: true, cell: .gru),
      ]
      + [
        Sizes(vocabulary: 70, embedding: 20, hidden: 20, layers: 2, tied: true, cell: .mogrifier, rounds: 1),
        Sizes(vocabulary: 12, embedding: 90, hidden: 17, layers: 2, cell: .mogrifier, rounds: 4, rank: 3),
        Sizes(
          vocabulary: 300, embedding: 20, hidden: 70, layers: 3, tied: true, lastHidden: 20, cell: .mogrifier),
        Sizes(
          vocabulary: 12, embedding: 33, hidden: 90, layers: 3, residual: true, cell: .mogrifier, rounds: 6,
          rank: 70),
      ]
      + [CellKind.rnnTanh, .rnnReLU, .peephole, .gru, .mogrifier].flatMap { cell in
        [
          Sizes(vocabulary: 12, embedding: 5, hidden: 17, layers: 2, cell: cell),
          Sizes(vocabulary: 300, embedding: 33, hidden: 150, layers: 2, cell: cell),
        ]
      }
      + CellKind.withoutRounds.flatMap { cell in
        [
          Sizes(vocabulary: 12, embedding: 5, hidden: 17, layers: 2, layerNorm: true, cell: cell),
          Sizes(vocabulary: 300, embedding: 33, hidden: 150, layers: 2, layerNorm: true, cell: cell),
        ]
      }
      + [
        Sizes(vocabulary: 300, embedding: 300, hidden: 40, layers: 2, oneHot: true, layerNorm: true),
        Sizes(
          vocabulary: 300, embedding: 20, hidden: 70, layers: 3, residual: true, layerNorm: true, cell: .gru),
        Sizes(vocabulary: 12, embedding: 5, hidden: 70, layers: 2, layerNorm: true, lastHidden: 20),
      ]
  }

  /// All that two windows leave behind, as bits.
  private func outcome(
    _ sizes: Sizes, batch: Int, logits: (ArraySlice<Int32>) -> Matrix,
    score: (ArraySlice<Int32>, ArraySlice<Int32>) -> Double, state: (Int) -> [Float]
  ) -> [[UInt64]] {
    let inputs = tokens(3 * batch, below: sizes.vocabulary, seed: 1)
    let targets = tokens(3 * batch, below: sizes.vocabulary, seed: 2)
    var result: [[UInt64]] = []
    for window in [inputs[...], targets[..<batch]] {
      let logits = logits(window)
      for row in 0..<batch {
        let start = row * logits.stride
        result.append(bits(logits.buffer[start..<start + sizes.vocabulary].array).map { UInt64($0) })
      }
    }
    result.append([score(inputs[...], targets[...]).bitPattern])
    for stream in 0..<batch { result.append(bits(state(stream)).map { UInt64($0) }) }
    return result
  }

  private func expected(_ sizes: Sizes, _ store: ParameterStore, batch: Int) throws -> [[UInt64]] {
    let network = RecurrentNetwork(
      configuration: sizes.configuration, parameters: store,
      gang: try ThreadGang(threadCount: 1, instructionSet: InstructionSets.present[0]), maximumSteps: 3,
      maximumBatch: batch)
    return outcome(
      sizes, batch: batch, logits: { network.logits(after: $0, batch: batch) },
      score: { network.score(inputs: $0, targets: $1, batch: batch) },
      state: { network.state(stream: $0) })
  }

  private func inferred(
    _ sizes: Sizes, _ tensors: [String: RawTensor], _ precision: InferencePrecision, batch: Int,
    _ gang: ThreadGang
  ) -> [[UInt64]] {
    let network = InferenceNetwork(
      InferenceWeights(sizes.configuration, tensors, precision: precision, gang), gang: gang,
      maximumBatch: batch,
      maximumRows: 3 * batch, scores: true)
    return outcome(
      sizes, batch: batch, logits: { network.logits(after: $0, batch: batch) },
      score: { network.score(inputs: $0, targets: $1, batch: batch) },
      state: { network.state(stream: $0) })
  }

  @Test(arguments: Workers.all, Sizes.all)
  func exactWeightsGiveTheBytesOfTheRecurrentNetwork(workers: Workers, sizes: Sizes) throws {
    let store = ParameterStore(sizes.configuration, seed: 7), gang = try workers.gang()
    for batch in 1...6 {
      #expect(
        try inferred(sizes, store.tensors, .f32, batch: batch, gang) == expected(sizes, store, batch: batch),
        "batch \(batch)")
    }
  }

  /// f16 is a rounding of the weights and nothing else.
  @Test(arguments: Workers.all, Sizes.all.filter { !$0.tied })
  func roundedWeightsGiveTheBytesOfTheirValues(workers: Workers, sizes: Sizes) throws {
    let store = ParameterStore(sizes.configuration, seed: 7), gang = try workers.gang()
    let rounded = ParameterStore(sizes.configuration, store.tensors)
    // What is looked up stays exact, and so does what is no matrix of a product.
    let lookedUp = sizes.oneHot ? "rnn.weight_ih_l0" : "encoder.weight"
    for slice in store.slices
    where slice.name.contains(/weight_ih|weight_hh|mogrifier|projection.weight|decoder.weight/)
      && slice.name != lookedUp
    {
      rounded[slice.name].copy(from: store[slice.name].array.map(roundedToHalf))
    }
    for batch in [1, 2, 3, 4, 5] {
      #expect(
        try inferred(sizes, store.tensors, .f16, batch: batch, gang)
          == expected(sizes, rounded, batch: batch),
        "batch \(batch)")
    }
  }

  /// A file's 16-bit numbers, odd addresses included, are used as what they stand for.
  @Test(arguments: Workers.all, [RawTensor.ElementType.f16, .bf16])
  func storedHalvesAreExact(workers: Workers, type: RawTensor.ElementType) throws {
    let sizes = Sizes(vocabulary: 12, embedding: 5, hidden: 17, layers: 2), gang = try workers.gang()
    var tensors: [String: RawTensor] = [:]
    for (number, (name, shape)) in ParameterStore.shapes(sizes.configuration).enumerated() {
      // Finite numbers below 4 in both types.
      let patterns = numbers(shape.reduce(1, *), seed: UInt64(number)).map {
        UInt16($0.magnitude * 0x3FFF) | ($0 < 0 ? 0x8000 : 0)
      }
      let bytes = Buffer([0] + patterns.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
      tensors[name] = RawTensor(type: type, bytes: bytes[1..<bytes.count])
    }
    let store = ParameterStore(sizes.configuration, tensors)
    for batch in [1, 3, 6] {
      #expect(try inferred(sizes, tensors, .f32, batch: batch, gang) == expected(sizes, store, batch: batch))
    }
  }

  // MARK: State

  private static let configuration = NetworkConfiguration(
    vocabularySize: 12, embeddingSize: 13, hiddenSize: 20, layerCount: 2)

  private func network(
    batch: Int, rows: Int = 12, residual: Bool, layerNorm: Bool
  ) throws -> InferenceNetwork {
    let gang = try ThreadGang(threadCount: 1)
    var configuration = Self.configuration
    configuration.residual = residual
    configuration.layerNorm = layerNorm
    let store = ParameterStore(configuration, seed: 3)
    return InferenceNetwork(
      InferenceWeights(configuration, store.tensors, gang), gang: gang, maximumBatch: batch,
      maximumRows: rows)
  }

  /// In pieces or at once, alone or beside others, before or after a logit.
  @Test(arguments: [false, true], [false, true])
  func readsOn(residual: Bool, layerNorm: Bool) throws {
    let inputs = tokens(12, below: 12, seed: 4)
    let one = try network(batch: 1, residual: residual, layerNorm: layerNorm)
    let four = try network(batch: 4, rows: 20, residual: residual, layerNorm: layerNorm)
    let whole = bits(one.logits(after: inputs[...], batch: 1).elements)
    #expect(bits(one.logitsOfState().elements) == whole)
    #expect(one.topOutputOfState.elements == one.topOutput(12).rows(11..<12).elements)
    let end = one.state(stream: 0)
    one.resetState()
    for input in inputs { one.read([input], batch: 1) }
    #expect(bits(one.logitsOfState().elements) == whole)
    #expect(one.state(stream: 0) == end)

    four.setState(end, stream: 3)
    four.read(inputs[..<7], batch: 1)
    #expect(four.state(stream: 3) == end, "reading one stream leaves the others alone")
    let middle = four.state(stream: 0)
    for stream in 0..<4 { four.setState(middle, stream: stream) }
    let others: [Int32] = inputs[7...].flatMap { [$0, 1, $0, 2] }
    let rows = four.logits(after: others[...], batch: 4)
    #expect(bits(rows.rows(0..<1).elements) == whole && bits(rows.rows(2..<3).elements) == whole)
    #expect(bits(rows.rows(1..<2).elements) != whole)
  }

  /// The loss of a row is what its logits say, and `score` their sum.
  @Test func lossesAreThoseOfTheLogits() throws {
    let gang = try ThreadGang(threadCount: 1)
    let store = ParameterStore(Self.configuration, seed: 5)
    let network = InferenceNetwork(
      InferenceWeights(Self.configuration, store.tensors, gang), gang: gang, maximumBatch: 5, maximumRows: 5,
      scores: true)
    let inputs = tokens(5, below: 12, seed: 3), targets = tokens(5, below: 12, seed: 4)
    let logits = network.logits(after: inputs[...], batch: 5)
    #expect(logits.rows == 5 && logits.columns == 12)
    let rows = (0..<5).map { row in logits.rows(row..<row + 1).elements }
    network.resetState()
    let sum = network.score(inputs: inputs[...], targets: targets[...], batch: 5)
    let losses = network.rowLosses(5).array
    #expect(losses.reduce(0, +) == sum)
    for (row, values) in rows.enumerated() {
      let total = values.reduce(0) { $0 + ExactMath.exp(Double($1)) }
      let loss = ExactMath.log(total) - Double(values[Int(targets[row])])
      #expect(abs(losses[row] - loss) <= 1e-6 * loss)
    }
  }

  /// For windows of three steps of two streams.
  private func network(
    _ sizes: Sizes, _ store: ParameterStore, _ precision: InferencePrecision, _ gang: ThreadGang
  ) -> InferenceNetwork {
    InferenceNetwork(
      InferenceWeights(sizes.configuration, store.tensors, precision: precision, gang), gang: gang,
      maximumBatch: 2, maximumRows: 6)
  }

  /// A projected vector has no 8-bit form: what comes after the recurrence is rounded to f16 then.
  @Test func outputAfterAProjectionIsNeverInBytes() throws {
    let sizes = Sizes(vocabulary: 300, embedding: 33, hidden: 40, layers: 1, projection: true)
    let store = ParameterStore(sizes.configuration, seed: 7), gang = try ThreadGang(threadCount: 2)
    // Projected vectors far beyond 1.
    store["projection.weight"].copy(from: store["projection.weight"].array.map { 50 * $0 })
    let inputs = tokens(4, below: 300, seed: 1)
    func logits(_ precision: InferencePrecision) -> [Float] {
      network(sizes, store, precision, gang).logits(after: inputs[...], batch: 2).elements
    }
    #expect(maximumRelativeDifference(logits(.int8), logits(.f32)) < 0.03)
  }

  /// Nor has what the rounds of a Mogrifier LSTM make of hidden states: its weights are f16 at int8, but for the decoder's.
  @Test(arguments: [nil, 9])
  func roundsAreNeverInBytes(rank: Int?) throws {
    let sizes = Sizes(
      vocabulary: 300, embedding: 33, hidden: 40, layers: 2, projection: true, cell: .mogrifier, rank: rank)
    let store = ParameterStore(sizes.configuration, seed: 7), gang = try ThreadGang(threadCount: 2)
    let inputs = tokens(6, below: 300, seed: 1)
    func logits(_ precision: InferencePrecision) -> [UInt32] {
      bits(network(sizes, store, precision, gang).logits(after: inputs[...], batch: 2).elements)
    }
    // With a projection the decoder is f16 too, so that nothing is left to differ.
    #expect(logits(.int8) == logits(.f16))
    #expect(logits(.int8) != logits(.f32))
  }

  /// Nor has a sum of hidden states, which the third layer and the decoder multiply.
  @Test func sumsOfHiddenStatesAreNeverInBytes() throws {
    let sizes = Sizes(vocabulary: 300, embedding: 33, hidden: 40, layers: 3, residual: true)
    let store = ParameterStore(sizes.configuration, seed: 7), gang = try ThreadGang(threadCount: 2)
    // Hidden states near 1 and -1, so that their sums are beyond.
    for layer in 0..<3 {
      let bias = store["rnn.bias_ih_l\(layer)"]
      bias.copy(from: bias.array.map { 20 * $0 })
    }
    let inputs = tokens(4, below: 300, seed: 1)
    let exact = network(sizes, store, .f32, gang), rounded = network(sizes, store, .int8, gang)
    let expected = exact.logits(after: inputs[...], batch: 2).elements
    #expect(exact.topOutputOfState.elements.contains { abs($0) > 1.1 })
    let found = rounded.logits(after: inputs[...], batch: 2).elements
    #expect(maximumRelativeDifference(found, expected) < 0.03)
  }

  /// Layer normalization of products of bytes is that of their values: what is rounded stays as small.
  @Test(arguments: CellKind.withoutRounds.filter(\.hasBoundedState))
  func normalizedProductsOfBytesAreNearTheExact(cell: CellKind) throws {
    let sizes = Sizes(vocabulary: 300, embedding: 33, hidden: 40, layers: 2, layerNorm: true, cell: cell)
    let store = ParameterStore(sizes.configuration, seed: 7), gang = try ThreadGang(threadCount: 2)
    let inputs = tokens(4, below: 300, seed: 1)
    func logits(_ precision: InferencePrecision) -> [Float] {
      network(sizes, store, precision, gang).logits(after: inputs[...], batch: 2).elements
    }
    let difference = maximumRelativeDifference(logits(.int8), logits(.f32))
    #expect(difference > 0 && difference < 0.05, "\(difference)")
  }

  private static var canCount: Bool {
    count_malloc_begin()
    return count_malloc_end() >= 0
  }

  @Test(
    .enabled(if: canCount, "malloc cannot be stood in for here"), arguments: InferencePrecision.allCases,
    [false, true])
  func allocatesNothing(precision: InferencePrecision, layerNorm: Bool) throws {
    let gang = try ThreadGang(threadCount: 1)
    var configuration = Self.configuration
    configuration.layerNorm = layerNorm
    let store = ParameterStore(configuration, seed: 3)
    let network = InferenceNetwork(
      InferenceWeights(configuration, store.tensors, precision: precision, gang), gang: gang,
      maximumBatch: 6,
      maximumRows: 12, scores: true)
    let inputs = tokens(12, below: 12, seed: 4)
    func use() {
      network.read(inputs[...], batch: 1)
      _ = network.logitsOfState()
      for batch in [1, 6] { _ = network.logits(after: inputs[..<batch], batch: batch) }
      _ = network.score(inputs: inputs[...], targets: inputs[...], batch: 2)
      network.resetState()
    }
    use()
    count_malloc_begin()
    for _ in 0..<10 { use() }
    #expect(count_malloc_end() == 0)
  }
}

/// The nearest number with 11 significant bits, or of whole 2^-24 where it is small; ties to even.
func roundedToHalf(_ value: Float) -> Float {
  guard value.isFinite, value != 0 else { return value }
  let unit = Float(sign: .plus, exponent: max(value.exponent, -14) - 10, significand: 1)
  return min(65504, max(-65504, (value / unit).rounded(.toNearestOrEven) * unit))
}
