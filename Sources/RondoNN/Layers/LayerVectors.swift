/// A recurrent layer's biases and peepholes, laid out as the kernels take them.
struct LayerVectors: Sendable {
  private let cell: CellKind
  private let hiddenSize: Int
  /// [gates]: both biases added up, where a chain b + W x + U h′ begins. Of a GRU's n, whose recurrent part r scales, the
  /// input's alone.
  let bias: Buffer<Float>
  /// [H]: a GRU's recurrent bias of n, where the chain of its recurrent part begins.
  let recurrentBias: Buffer<Float>?
  /// [3 gates]: of i, f and o.
  let peepholes: Buffer<Float>?

  init(cell: CellKind, hiddenSize: Int) {
    self.cell = cell
    self.hiddenSize = hiddenSize
    bias = Buffer(count: RowMap.cell(cell, hiddenSize: hiddenSize).columns)
    recurrentBias = cell.hasRecurrentGates ? Buffer(count: paddedToVectors(hiddenSize)) : nil
    peepholes = cell == .peephole ? Buffer(count: 3 * paddedToVectors(hiddenSize)) : nil
  }

  /// - Parameters:
  ///   - second: the recurrent bias.
  ///   - weights: a peephole LSTM's [3, H].
  func pack(
    _ first: Buffer<Float>, _ second: Buffer<Float>, peepholes weights: Buffer<Float>?, _ gang: ThreadGang
  ) {
    let map = RowMap.cell(cell, hiddenSize: hiddenSize)
    gang.packBias(
      first, second, secondGates: recurrentBias == nil ? map.gates : 2, map: map, padding: 0, into: bias)
    if let recurrentBias {
      gang.packBias(
        second[2 * hiddenSize..<3 * hiddenSize], nil, map: .plain(hiddenSize), padding: 0, into: recurrentBias
      )
    }
    if let peepholes, let weights {
      gang.packBias(weights, nil, map: RowMap(gates: 3, units: hiddenSize), padding: 0, into: peepholes)
    }
  }
}
