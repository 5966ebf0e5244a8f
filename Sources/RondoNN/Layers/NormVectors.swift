import CRondoKernels

/// The names of the parameters of a layer's normalization.
struct NormNames: Sendable {
  let inputGain: String
  let recurrentGain: String
  /// Where there is a c.
  let cellGain: String?
  let cellBias: String?

  init(cell: CellKind, layer: Int) {
    inputGain = "rnn.norm_ih_weight_l\(layer)"
    recurrentGain = "rnn.norm_hh_weight_l\(layer)"
    cellGain = cell.hasCellState ? "rnn.norm_cell_weight_l\(layer)" : nil
    cellBias = cell.hasCellState ? "rnn.norm_cell_bias_l\(layer)" : nil
  }

  /// Names and shapes, in order.
  func shapes(gates: Int, hiddenSize: Int) -> [(name: String, shape: [Int])] {
    [(inputGain, [gates]), (recurrentGain, [gates])]
      + [cellGain, cellBias].compactMap { name in name.map { ($0, [hiddenSize]) } }
  }

  /// What a parameter of a layer's normalization begins with, so that it does nothing but normalize: gains with 1, the bias
  /// with 0; nil for all others.
  static func initialValue(_ name: String) -> Float? {
    guard name.hasPrefix("rnn.norm_") else { return nil }
    return name.hasPrefix("rnn.norm_cell_bias_") ? 0 : 1
  }
}

/// The gains of a recurrent layer's normalization, and the bias of its c, laid out as the kernels take them: 0 after the
/// units. The biases of W x and U h′ are those of `LayerVectors`.
struct NormVectors: Sendable {
  private let map: RowMap
  /// [gates] each: of W x and of U h′.
  let input: Buffer<Float>
  let recurrent: Buffer<Float>
  /// [H] each, where there is a c.
  private let cellGain: Buffer<Float>?
  private let cellBias: Buffer<Float>?

  init(cell: CellKind, hiddenSize: Int) {
    map = .cell(cell, hiddenSize: hiddenSize)
    input = Buffer(count: map.columns)
    recurrent = Buffer(count: map.columns)
    cellGain = cell.hasCellState ? Buffer(count: paddedToVectors(hiddenSize)) : nil
    cellBias = cell.hasCellState ? Buffer(count: paddedToVectors(hiddenSize)) : nil
  }

  func pack(_ names: NormNames, _ gang: ThreadGang, parameter: (String) -> Buffer<Float>) {
    gang.packBias(parameter(names.inputGain), nil, map: map, padding: 0, into: input)
    gang.packBias(parameter(names.recurrentGain), nil, map: map, padding: 0, into: recurrent)
    if let cellGain, let name = names.cellGain {
      gang.packBias(parameter(name), nil, map: .plain(map.units), padding: 0, into: cellGain)
    }
    if let cellBias, let name = names.cellBias {
      gang.packBias(parameter(name), nil, map: .plain(map.units), padding: 0, into: cellBias)
    }
  }

  /// For the kernels; valid as long as the vectors are there.
  var raw: rondo_gains {
    unsafe rondo_gains(recurrent: recurrent.pointer, cell: cellGain?.pointer, cell_bias: cellBias?.pointer)
  }
}
