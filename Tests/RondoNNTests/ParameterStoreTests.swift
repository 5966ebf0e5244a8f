import RondoNN
import Testing

@Suite struct ParameterStoreTests {
  private let untied = NetworkConfiguration(
    vocabularySize: 11, embeddingSize: 5, hiddenSize: 7, layerCount: 2)
  private let tied = NetworkConfiguration(
    vocabularySize: 1000, embeddingSize: 6, hiddenSize: 6, layerCount: 1, tied: true)

  /// PyTorch's names, shapes and order.
  @Test func namesAndShapes() {
    let store = ParameterStore(untied)
    #expect(
      store.slices.map(\.name) == [
        "encoder.weight",
        "rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0",
        "rnn.weight_ih_l1", "rnn.weight_hh_l1", "rnn.bias_ih_l1", "rnn.bias_hh_l1",
        "decoder.weight", "decoder.bias",
      ])
    #expect(
      store.slices.map(\.shape) == [
        [11, 5], [28, 5], [28, 7], [28], [28], [28, 7], [28, 7], [28], [28], [11, 7], [11],
      ])
    #expect(store.parameterCount == 55 + 140 + 196 + 56 + 196 + 196 + 56 + 77 + 11)
    #expect(!ParameterStore(tied).slices.map(\.name).contains("decoder.weight"))
  }

  /// After its layer's biases, and those of c where there is one.
  @Test func namesOfLayerNormalization() {
    for cell in CellKind.withoutRounds {
      let configuration = NetworkConfiguration(
        vocabularySize: 11, embeddingSize: 5, hiddenSize: 7, layerCount: 2, cell: cell, layerNorm: true)
      let g = 7 * cell.gateCount
      let norms = ParameterStore(configuration).slices.filter { $0.name.hasPrefix("rnn.norm") }
      let expected: [(String, Int)] =
        [("norm_ih_weight", g), ("norm_hh_weight", g)]
        + (cell.hasCellState ? [("norm_cell_weight", 7), ("norm_cell_bias", 7)] : [])
      #expect(norms.map(\.name) == [0, 1].flatMap { l in expected.map { "rnn.\($0.0)_l\(l)" } })
      #expect(norms.map(\.shape) == [0, 1].flatMap { _ in expected.map { [$0.1] } })
    }
  }

  /// Whatever else is drawn.
  @Test(arguments: [nil, 0.05])
  func layerNormalizationBeginsByNormalizingAlone(range: Double?) {
    let configuration = NetworkConfiguration(
      vocabularySize: 11, embeddingSize: 5, hiddenSize: 7, layerCount: 2, layerNorm: true)
    let store = ParameterStore(configuration), plain = ParameterStore(untied)
    store.initialize(seed: 7, tied: false, range: range)
    plain.initialize(seed: 7, tied: false, range: range)
    for slice in store.slices where slice.name.hasPrefix("rnn.norm") {
      let expected: Float = slice.name.hasPrefix("rnn.norm_cell_bias") ? 0 : 1
      #expect(store[slice.name].array.allSatisfy { $0 == expected }, "\(slice.name)")
    }
    #expect(store["rnn.weight_hh_l0"].array == plain["rnn.weight_hh_l0"].array)
    #expect(store["rnn.weight_hh_l1"].array.allSatisfy { $0 != 0 && abs($0) <= Float(range ?? 0.38) })
  }

  /// Slices follow one another at multiples of 16 floats, and a name's buffer is that part of the whole.
  @Test func slicesFillTheBuffer() {
    for configuration in [untied, tied] {
      let store = ParameterStore(configuration)
      var offset = 0
      for slice in store.slices {
        #expect(slice.offset == offset && slice.offset % 16 == 0)
        #expect(slice.range == offset..<offset + slice.shape.reduce(1, *))
        store[slice.name].fill(Float(offset))
        #expect(store[slice.name].count == slice.count)
        #expect(store.values[slice.range].array == Array(repeating: Float(offset), count: slice.count))
        offset = paddedToVectors(slice.range.upperBound)
      }
      #expect(store.values.count == offset)
    }
  }

  @Test func initialValues() {
    for configuration in [untied, tied] {
      let embeddingBound = configuration.tied ? 0.1 : Float(3).squareRoot()
      let store = ParameterStore(configuration), h = configuration.hiddenSize
      store.values.fill(99)
      store.initialize(seed: 7, tied: configuration.tied)
      for slice in store.slices {
        let values = store[slice.name].array
        if configuration.tied, slice.name == "decoder.bias" {
          #expect(values.allSatisfy { $0 == 0 })
          continue
        }
        let bound = slice.name == "encoder.weight" ? embeddingBound : 1 / Float(h).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound }, "\(slice.name)")
        // Uniform on ±bound: the largest is near the bound, the mean square is a third of its square.
        #expect(values.map(abs).max()! >= 0.85 * bound, "\(slice.name)")
        let meanSquare = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
        let deviation = 5 * bound * bound * (4.0 / 45 / Float(values.count)).squareRoot()
        #expect(abs(meanSquare - bound * bound / 3) <= deviation, "\(slice.name)")
        #expect(Set(values).count >= values.count - 1, "\(slice.name)")
      }
      // No parameter's numbers are another's.
      let firsts = store.slices.map { abs(store.values[$0.offset]) }
      #expect(Set(firsts).count == firsts.count)
    }
  }

  @Test func initialValuesFollowTheSeed() {
    func values(_ seed: UInt64) -> [UInt32] {
      let store = ParameterStore(untied)
      store.initialize(seed: seed, tied: false)
      return bits(store.values.array)
    }
    #expect(values(1) == values(1))
    #expect(values(1) != values(2))
    // A number is the same in every version of this program, or old commands would train other models.
    let first = CounterRandom(seed: 1, purpose: .initialization).unit(3, stream: 0)
    #expect(values(1)[3] == Float((2 * first - 1) * 3.0.squareRoot()).bitPattern)
  }

  /// All in the range and over all of it, whatever the tensor; the numbers are the usual ones, scaled.
  @Test func rangeHoldsForAll() {
    let configuration = NetworkConfiguration(
      vocabularySize: 30, embeddingSize: 20, hiddenSize: 25, layerCount: 2)
    let store = ParameterStore(configuration), usual = ParameterStore(configuration)
    store.initialize(seed: 3, tied: false, range: 0.05)
    usual.initialize(seed: 3, tied: false)
    for slice in store.slices {
      let values = store[slice.name].array
      #expect(values.allSatisfy { abs($0) <= 0.05 }, "\(slice.name)")
      #expect((values.max() ?? 0) > 0.03 && (values.min() ?? 0) < -0.03, "\(slice.name)")
    }
    for (value, other) in zip(store["rnn.weight_hh_l1"].array, usual["rnn.weight_hh_l1"].array) {
      #expect(abs(value - other * 0.05 * 5) < 1e-7)
    }
  }

  @Test func forgetBiasIsTheSumOfTwo() {
    let configuration = NetworkConfiguration(
      vocabularySize: 5, embeddingSize: 3, hiddenSize: 4, layerCount: 2)
    let store = ParameterStore(configuration)
    store.values.fill(7)
    store.setForgetBias(1.5)
    for layer in 0..<2 {
      #expect(
        store["rnn.bias_ih_l\(layer)"].array == [7, 7, 7, 7, 1.5, 1.5, 1.5, 1.5]
          + Array(repeating: 7, count: 8))
      #expect(
        store["rnn.bias_hh_l\(layer)"].array == [7, 7, 7, 7, 0, 0, 0, 0] + Array(repeating: 7, count: 8))
      #expect(store["rnn.weight_hh_l\(layer)"].array.allSatisfy { $0 == 7 })
    }
    #expect(store["decoder.bias"].array.allSatisfy { $0 == 7 })
  }
}
