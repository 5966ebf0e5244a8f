import CRondoKernels
import RondoNN
import Testing

/// The arithmetic of int8 weights against its definition, byte for byte.
@Suite struct PackedWeightTests {
  /// A weight [rows, columns] as whole numbers, and what one unit of a product with hidden states stands for.
  private struct ByteMatrix {
    var rows: [(numbers: [Int32], scale: Float)] = []

    init(_ values: [Float], columns: Int) {
      for start in stride(from: 0, to: values.count, by: columns) {
        let row = values[start..<start + columns], unit = row.map(\.magnitude).max()! / 127
        let numbers = row.map { unit > 0 ? Int32(($0 / unit).rounded(.toNearestOrEven)) : 0 }
        rows.append((numbers, unit / 127))
      }
    }

    func callAsFunction(_ hidden: [Float], addedTo start: [Float]) -> [Float] {
      let bytes = hidden.map { Int32(($0 * 127).rounded(.toNearestOrEven)) }
      return zip(rows, start).map { row, start in
        start.addingProduct(Float(zip(row.numbers, bytes).reduce(0) { $0 + $1.0 * $1.1 }), row.scale)
      }
    }
  }

  /// The network, a token of one stream at a time.
  private struct ByteNetwork {
    let configuration: NetworkConfiguration
    let store: ParameterStore
    /// For sigmoid and tanh, which have tests of their own.
    let gang: RawGang
    /// Hidden then cell of each layer.
    var state: [[Float]]

    init(_ configuration: NetworkConfiguration, _ store: ParameterStore, _ gang: RawGang) {
      self.configuration = configuration
      self.store = store
      self.gang = gang
      state = (0..<2 * configuration.layerCount).map {
        Array(repeating: 0, count: configuration.hiddenSize(ofLayer: $0 / 2))
      }
    }

    private func array(_ name: String) -> [Float] { store[name].array }

    private func apply(
      _ function: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void,
      _ values: some Sequence<Float>
    ) -> [Float] {
      let input = Buffer(Array(values)), output = Buffer<Float>(count: input.count)
      unsafe function(input.address, output.address, input.count)
      return output.array
    }

    /// Logits after the token.
    mutating func read(_ token: Int32) -> [Float] {
      let e = configuration.embeddingSize
      for layer in 0..<configuration.layerCount {
        let h = configuration.hiddenSize(ofLayer: layer)
        var gates = zip(array("rnn.bias_ih_l\(layer)"), array("rnn.bias_hh_l\(layer)")).map { $0 + $1 }
        let input = array("rnn.weight_ih_l\(layer)")
        if layer == 0, configuration.oneHot {
          for row in gates.indices { gates[row] += input[row * e + Int(token)] }
        } else if layer == 0 {
          let embedding = array("encoder.weight")[Int(token) * e..<(Int(token) + 1) * e]
          for row in gates.indices {
            for (x, w) in zip(embedding, input[row * e..<(row + 1) * e]) { gates[row].addProduct(x, w) }
          }
        } else {
          let below = state[2 * layer - 2]
          gates = ByteMatrix(input, columns: below.count)(below, addedTo: gates)
        }
        gates = ByteMatrix(array("rnn.weight_hh_l\(layer)"), columns: h)(state[2 * layer], addedTo: gates)
        let i = unsafe apply(gang.kernels.sigmoid_values, gates[..<h])
        let f = unsafe apply(gang.kernels.sigmoid_values, gates[h..<2 * h])
        let g = unsafe apply(gang.kernels.tanh_values, gates[(2 * h)..<3 * h])
        let o = unsafe apply(gang.kernels.sigmoid_values, gates[(3 * h)...])
        let cell = (0..<h).map { (i[$0] * g[$0]).addingProduct(f[$0], state[2 * layer + 1][$0]) }
        state[2 * layer + 1] = cell
        state[2 * layer] = zip(o, unsafe apply(gang.kernels.tanh_values, cell)).map { $0 * $1 }
      }
      let decoder = array(configuration.tied ? "encoder.weight" : "decoder.weight"),
        top = state[state.count - 2]
      guard configuration.projection else {
        return ByteMatrix(decoder, columns: top.count)(top, addedTo: array("decoder.bias"))
      }
      // What is after a projection has no bound, so bytes would not do: both weights are rounded to 16 bits.
      let zeros = [Float](repeating: 0, count: e)
      let projected = halves(array("projection.weight"), top, addedTo: zeros)
      return halves(decoder, projected, addedTo: array("decoder.bias"))
    }

    private func halves(_ weight: [Float], _ input: [Float], addedTo start: [Float]) -> [Float] {
      var sums = start
      for row in sums.indices {
        for (column, x) in input.enumerated() {
          sums[row].addProduct(x, roundedToHalf(weight[row * input.count + column]))
        }
      }
      return sums
    }
  }

  private func network(
    _ configuration: NetworkConfiguration, _ store: ParameterStore, batch: Int, _ gang: ThreadGang
  ) -> InferenceNetwork {
    InferenceNetwork(
      InferenceWeights(configuration, store.tensors, precision: .int8, gang), gang: gang, maximumBatch: batch,
      maximumRows: 3 * batch, scores: true)
  }

  /// Of models whose matrices but the first are all in bytes.
  @Test(
    arguments: Workers.all,
    InferenceNetworkTests.Sizes.all.filter {
      $0.cell == .lstm && !$0.projection && !$0.residual && !$0.layerNorm
    })
  func bytesAreMultipliedExactly(workers: Workers, sizes: InferenceNetworkTests.Sizes) throws {
    let configuration = sizes.configuration, gang = try workers.gang()
    let store = ParameterStore(configuration, seed: 7)
    // A row of zeros has no scale.
    store["rnn.weight_hh_l0"][0..<sizes.hidden].fill(0)
    let raw = try RawGang(Workers(instructionSet: "portable", threads: 1))
    let inputs = tokens(4 * 9, below: sizes.vocabulary, seed: 1)
    // Every stream of any batch is one of these nine.
    var expected = (0..<9).map { _ in
      (network: ByteNetwork(configuration, store, raw), logits: [[Float]]())
    }
    for stream in 0..<9 {
      for step in 0..<4 {
        let logits = expected[stream].network.read(inputs[step * 9 + stream])
        expected[stream].logits.append(logits)
      }
    }
    for batch in [1, 2, 3, 4, 5, 9] {
      let network = self.network(configuration, store, batch: batch, gang)
      func window(_ steps: Range<Int>) -> [Int32] {
        steps.flatMap { step in (0..<batch).map { inputs[step * 9 + $0] } }
      }
      for steps in [0..<3, 3..<4] {
        let logits = network.logits(after: window(steps)[...], batch: batch)
        for stream in 0..<batch {
          #expect(
            bits(logits.rows(stream..<stream + 1).elements)
              == bits(expected[stream].logits[steps.upperBound - 1]),
            "batch \(batch), stream \(stream)")
        }
      }
      for stream in 0..<batch {
        #expect(bits(network.state(stream: stream)) == bits(expected[stream].network.state.joined()))
      }
      #expect(bits(network.logitsOfState().elements) == bits(expected[0].logits[3]))
    }
  }

  /// What a window scores is what its tokens are predicted with one by one, from a state that was put there.
  @Test(arguments: Workers.all, [false, true])
  func windowsScoreWhatSingleTokensDo(workers: Workers, layerNorm: Bool) throws {
    var configuration = InferenceNetworkTests.Sizes.all[3].configuration
    configuration.layerNorm = layerNorm
    let gang = try workers.gang()
    let network = self.network(configuration, ParameterStore(configuration, seed: 7), batch: 1, gang)
    let inputs = tokens(3, below: 300, seed: 1), targets = tokens(3, below: 300, seed: 2)
    network.read(inputs[..<2], batch: 1)
    let state = network.state(stream: 0)
    _ = network.score(inputs: inputs[...], targets: targets[...], batch: 1)
    let whole = network.rowLosses(3).array
    network.setState(state, stream: 0)
    for index in 0..<3 {
      let loss = network.score(inputs: inputs[index...index], targets: targets[index...index], batch: 1)
      #expect(loss.bitPattern == whole[index].bitPattern)
    }
  }
}
