import RondoNN
import RondoReference
import TestSupport

extension CellKind {
  /// Those that can have layer normalization.
  static let withoutRounds = allCases.filter { !$0.hasRounds }
}

extension NetworkConfiguration {
  init(_ golden: GoldenConfiguration, inputDropout: Float = 0) {
    self.init(
      vocabularySize: golden.vocabularySize, embeddingSize: golden.embeddingSize,
      hiddenSize: golden.hiddenSize, lastHiddenSize: golden.lastHiddenSize,
      layerCount: golden.layerCount, cell: CellKind(rawValue: golden.cell)!,
      mogrifierRounds: golden.mogrifierRounds, mogrifierRank: golden.mogrifierRank, tied: golden.tied,
      projection: golden.projection, residual: golden.residual, layerNorm: golden.layerNorm,
      cutoffs: golden.cutoffs,
      inputDropout: inputDropout)
  }
}

extension ParameterStore {
  /// Parameters of these values, by name.
  init(_ configuration: NetworkConfiguration, _ tensors: [String: GoldenTensor]) {
    self.init(configuration)
    for slice in slices {
      precondition(tensors[slice.name]?.shape == slice.shape)
      self[slice.name].copy(from: tensors[slice.name]?.data ?? [])
    }
  }

  /// Parameters that are all different from 0, biases too.
  init(_ configuration: NetworkConfiguration, seed: UInt64) {
    self.init(configuration)
    for (number, slice) in slices.enumerated() {
      self[slice.name].copy(from: numbers(slice.count, seed: seed &+ UInt64(number)).map { $0 * 0.6 })
    }
  }
}

extension RecurrentNetwork {
  /// A network whose parameters are drawn for the test.
  convenience init(
    _ configuration: NetworkConfiguration, seed: UInt64 = 100, steps: Int, batch: Int, _ gang: ThreadGang
  ) {
    self.init(
      configuration: configuration, parameters: ParameterStore(configuration, seed: seed), gang: gang,
      maximumSteps: steps, maximumBatch: batch)
  }

  /// The gradient of a parameter.
  func gradient(_ name: String) -> [Float] { gradients[parameters.slice(name).range].array }
}

extension ReferenceModel {
  /// The reference with a network's parameters.
  init(_ store: ParameterStore, _ configuration: NetworkConfiguration) {
    self.init(
      configuration: ReferenceConfiguration(
        vocabularySize: configuration.vocabularySize, embeddingSize: configuration.embeddingSize,
        hiddenSize: configuration.hiddenSize, lastHiddenSize: configuration.lastHiddenSize,
        layerCount: configuration.layerCount,
        cell: ReferenceCellKind(rawValue: configuration.cell.rawValue)!, tied: configuration.tied,
        oneHot: configuration.oneHot, projection: configuration.projection, cutoffs: configuration.cutoffs,
        residual: configuration.residual, layerNorm: configuration.layerNorm,
        mogrifierRounds: configuration.mogrifierRounds, mogrifierRank: configuration.mogrifierRank),
      values: Dictionary(
        uniqueKeysWithValues: store.slices.map { ($0.name, store[$0.name].array.map { Scalar($0) }) }))
  }
}

/// Tokens [T·B] as the reference takes them, [T][B].
func byStep(_ tokens: [Int32], batch: Int) -> [[Int]] {
  stride(from: 0, to: tokens.count, by: batch).map { tokens[$0..<$0 + batch].map(Int.init) }
}

extension RecurrentNetwork {
  /// Logits [B, V] after the last step of [T, B] inputs, from the carried state, which moves on: those that `score` makes
  /// and does not give out.
  func logits(after inputs: ArraySlice<Int32>, batch: Int) -> Matrix {
    _ = score(inputs: inputs, targets: inputs, batch: batch)
    let h = configuration.outputSize, map = RowMap.plain(configuration.vocabularySize)
    let states = (0..<batch).map(state), layerCount = configuration.layerCount
    let hidden = (0..<layerCount).map { part(of: states, layer: $0, state: 0, configuration) }
    var output = hidden[configuration.residual ? 0 : layerCount - 1]
    for layer in hidden.dropFirst() where configuration.residual {
      output = zip(output, layer).map { $0 + $1 }
    }
    var top = Matrix(output, rows: batch, columns: h, padding: 0)
    if configuration.projection {
      let panels = Panels(
        map: .plain(configuration.embeddingSize), weightColumns: h, direction: .forward)
      gang.pack(parameters["projection.weight"], into: panels)
      let projected = Matrix(rows: batch, columns: configuration.embeddingSize)
      gang.product(top, panels, into: projected)
      top = projected
    }
    let panels = Panels(map: map, weightColumns: configuration.decoderInputSize, direction: .forward),
      bias = Buffer<Float>(count: map.columns)
    gang.pack(parameters[configuration.tied ? "encoder.weight" : "decoder.weight"], into: panels)
    gang.packBias(parameters["decoder.bias"], nil, map: map, padding: -.infinity, into: bias)
    let logits = Matrix(rows: batch, columns: configuration.vocabularySize)
    gang.product(top, panels, bias: bias, into: logits)
    return logits
  }
}

/// Every stream's part of a matrix of one layer, [B, H], of states [B][L, S, H]: h, number 0, or c, number 1.
func part(
  of states: [[Float]], layer: Int, state: Int, _ configuration: NetworkConfiguration
) -> [Float] {
  let h = configuration.hiddenSize(ofLayer: layer)
  let from = configuration.cell.stateCount * layer * configuration.hiddenSize + state * h
  return states.flatMap { $0[from..<from + h] }
}
