/// One layer of the stack: its packed weights, its activations over a window and the way back. What the cells compute
/// stands at `CellKind` and in `docs/equations.md`; gates are in the order i, f, g, o, a GRU's r, z, n, as in PyTorch.
struct RecurrentLayer: Sendable {
  let index: Int
  let activations: LayerActivations

  /// The parameters' names, made once: a string put together at every step would be memory asked for at every step.
  private let inputWeight: String
  private let recurrentWeight: String
  private let inputBias: String
  private let recurrentBias: String
  private let peepholeWeight: String?

  /// The rounds of a Mogrifier LSTM.
  private let mogrifier: Mogrifier?
  /// nil where the layer has none.
  private let normalization: LayerNormalization?
  private let weightDrop: WeightDrop
  private let vectors: LayerVectors
  private let map: RowMap
  /// Packed when their turn comes, in memory that all layers share.
  private let inputForward: Panels
  private let recurrentForward: Panels
  private let inputBackward: Panels
  private let recurrentBackward: Panels

  /// - Parameters:
  ///   - inputSize: 0 where the input is one-hot and is never multiplied.
  ///   - rounds: those of a Mogrifier LSTM; none for other cells.
  ///   - normalizedInputs: with layer normalization, the rows that `projectInput` or `tabulateInput` makes; nil: without.
  ///   - panels: memory for packed weights, which all layers share, as large as `panelsSize` says.
  init(
    cell: CellKind, index: Int, inputSize: Int, hiddenSize: Int, rounds: [MogrifierRound],
    normalizedInputs: Int?, weightDrop: Float, maximumRows: Int, maximumBatch: Int, panels: Buffer<Float>
  ) {
    precondition(rounds.isEmpty || normalizedInputs == nil, "no layer normalization of a Mogrifier LSTM")
    self.index = index
    inputWeight = "rnn.weight_ih_l\(index)"
    recurrentWeight = "rnn.weight_hh_l\(index)"
    inputBias = "rnn.bias_ih_l\(index)"
    recurrentBias = "rnn.bias_hh_l\(index)"
    peepholeWeight = cell == .peephole ? "rnn.weight_peephole_l\(index)" : nil
    map = .cell(cell, hiddenSize: hiddenSize)
    normalization = normalizedInputs.map {
      LayerNormalization(
        cell: cell, layer: index, hiddenSize: hiddenSize, inputRows: $0, maximumRows: maximumRows,
        maximumBatch: maximumBatch)
    }
    self.weightDrop = WeightDrop(
      layer: index, probability: weightDrop, weightCount: map.gates * hiddenSize * hiddenSize)
    var forward = PanelRoom(.forward, panels, holdsAll: cell.hasRounds)
    var backward = PanelRoom(.backward, panels, holdsAll: cell.hasRounds)
    inputForward = forward.panels(map, weightColumns: inputSize)
    recurrentForward = forward.panels(map, weightColumns: hiddenSize)
    inputBackward = backward.panels(map, weightColumns: inputSize)
    recurrentBackward = backward.panels(map, weightColumns: hiddenSize)
    mogrifier =
      rounds.isEmpty
      ? nil
      : Mogrifier(
        rounds, hiddenSize: hiddenSize, inputSize: inputSize, maximumRows: maximumRows,
        maximumBatch: maximumBatch, forward: &forward, backward: &backward)
    vectors = LayerVectors(cell: cell, hiddenSize: hiddenSize)
    activations = LayerActivations(
      cell: cell, hiddenSize: hiddenSize, maximumRows: maximumRows, maximumBatch: maximumBatch)
  }

  /// The floats of shared memory that the packed weights of a layer take: the larger one of them, or all at once.
  static func panelsSize(_ configuration: NetworkConfiguration, layer: Int) -> Int {
    let h = configuration.hiddenSize(ofLayer: layer), map = RowMap.cell(configuration.cell, hiddenSize: h)
    // No weight is smaller packed for the way back than for the way there.
    let sizes = [configuration.inputSize(ofLayer: layer), h].map {
      Panels.size(map: map, weightColumns: $0, direction: .backward)
    }
    guard configuration.cell.hasRounds else { return max(sizes[0], sizes[1]) }
    return sizes[0] + sizes[1] + Mogrifier.panelsSize(configuration.rounds(ofLayer: layer))
  }

  /// [T·B, gates]: on the way back the gradients of the pre-activations.
  var gates: Matrix { activations.gates }
  /// [T·B, H]: the layer's output.
  var hidden: Matrix { activations.hidden }

  /// Packs biases and peepholes; to be called after every change of the parameters.
  func packVectors(_ parameters: ParameterStore, _ gang: ThreadGang) {
    vectors.pack(
      parameters[inputBias], parameters[recurrentBias], peepholes: peepholeWeight.map { parameters[$0] }, gang
    )
    normalization?.packVectors(parameters, gang)
  }

  /// The input's part of the pre-activations, bias included: bias + W x, or bias + γ ⊙ the normalized W x, for rows of x.
  func projectInput(_ input: Matrix, into output: Matrix, parameters: ParameterStore, _ gang: ThreadGang) {
    gang.pack(parameters[inputWeight], into: inputForward)
    gang.product(input, inputForward, bias: normalization == nil ? vectors.bias : nil, into: output)
    normalization?.normalizeInput(output, bias: vectors.bias, gang)
  }

  /// The same for each one-hot vector.
  func tabulateInput(into table: Matrix, parameters: ParameterStore, _ gang: ThreadGang) {
    gang.oneHotTable(
      parameters[inputWeight], bias: normalization?.noBias ?? vectors.bias, map: map, into: table)
    normalization?.normalizeInput(table, bias: vectors.bias, gang)
  }

  /// Runs the layer over a window from the carried state.
  func forward(
    _ input: LayerInput, steps: Int, batch: Int, key: DropoutKey?, parameters: ParameterStore,
    _ gang: ThreadGang
  ) {
    let recurrent = weightDrop.forward(parameters[recurrentWeight], key: key, gang)
    let table: Matrix?, ids: Buffer<Int32>?
    switch (input, mogrifier) {
    case (.rows(let rows), let mogrifier?):
      gang.pack(parameters[inputWeight], into: inputForward)
      gang.pack(recurrent, into: recurrentForward)
      return mogrifier.forward(
        rows, activations, steps: steps, batch: batch, weights: (inputForward, recurrentForward),
        bias: vectors.bias, parameters: parameters, gang)
    case (.table, _?): preconditionFailure("what the rounds change is in no table")
    case (.rows(let rows), nil):
      projectInput(rows, into: gates.rows(0..<rows.rows), parameters: parameters, gang)
      (table, ids) = (nil, nil)
    case (.table(let values, let tokens), nil): (table, ids) = (values, tokens)
    }
    gang.pack(recurrent, into: recurrentForward)
    gang.recurrenceForward(
      activations, steps: steps, batch: batch, recurrent: recurrentForward,
      recurrentBias: vectors.recurrentBias, peepholes: vectors.peepholes, table: table, ids: ids,
      normalization: normalization?.recurrence)
  }

  /// From the gradient of `hidden` (changed on the way) to that of the pre-activations, in `gates`; makes the gradients
  /// of the recurrent weight, the biases, the peepholes and the rounds, but of a GRU, and with layer normalization, not that
  /// of the input's bias.
  func backward(
    steps: Int, batch: Int, hiddenGradient: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    func gradient(_ name: String) -> Buffer<Float> { gradients[parameters.slice(name).range] }
    gang.pack(weightDrop.latest(parameters[recurrentWeight]), into: recurrentBackward)
    if let mogrifier {
      gang.pack(parameters[inputWeight], into: inputBackward)
      mogrifier.backward(
        activations, steps: steps, batch: batch, weights: (inputBackward, recurrentBackward),
        hiddenGradient: hiddenGradient, parameters: parameters, gradients: gradients, scratch: scratch, gang)
    } else {
      gang.recurrenceBackward(
        activations, steps: steps, batch: batch, recurrent: recurrentBackward, peepholes: vectors.peepholes,
        hiddenGradient: hiddenGradient, peepholeGradient: peepholeWeight.map(gradient),
        normalization: normalization.map {
          (
            $0.recurrence,
            $0.recurrenceGradients(
              bias: gradient(recurrentBias), parameters: parameters, gradients: gradients)
          )
        })
    }
    let weight = gradient(recurrentWeight)
    // Layer normalization stands between the product and the bias, whose gradient it has made.
    let bias = normalization == nil ? gradient(recurrentBias) : nil
    let gates = normalization?.recurrence.products ?? activations.recurrentGates ?? gates
    if let multiplied = mogrifier?.latestHidden(steps * batch) {
      gang.outer(
        gates.rows(0..<multiplied.rows), map, multiplied, into: weight, columnSums: bias, accumulates: false,
        scratch: scratch)
    } else {
      activations.outerWithHiddenBefore(
        gates, map, steps: steps, batch: batch, into: weight, columnSums: bias, scratch: scratch, gang)
    }
    if let bias, activations.recurrentGates == nil { gradient(inputBias).copy(from: bias) }
    weightDrop.backward(gradients[parameters.slice(recurrentWeight).paddedRange], gang)
  }

  /// Makes the input weight's gradient: gate gradients (or their sums by token) against inputs, or what the rounds of a
  /// Mogrifier LSTM have made of them; of a GRU also that of the input's bias. With layer normalization the gate gradients
  /// become those of W x here, and its own are made.
  func inputWeightGradient(
    _ gateGradients: Matrix, _ input: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    normalizeInputBackward(gateGradients, parameters, gradients, gang)
    let multiplied = mogrifier?.latestInput(gateGradients.rows) ?? input
    gang.outer(
      gateGradients, map, multiplied, into: gradients[parameters.slice(inputWeight).range],
      columnSums: ownInputBiasGradient(parameters, gradients), accumulates: false, scratch: scratch)
  }

  /// The same from the gradient of `tabulateInput`'s table.
  func inputWeightGradient(
    ofTable table: Matrix, parameters: ParameterStore, gradients: Buffer<Float>, scratch: Buffer<Float>,
    _ gang: ThreadGang
  ) {
    normalizeInputBackward(table, parameters, gradients, gang)
    gang.oneHotGradient(of: table, map: map, into: gradients[parameters.slice(inputWeight).range])
    guard let bias = ownInputBiasGradient(parameters, gradients) else { return }
    // A product with a matrix of no columns has sums alone.
    let nothing = Matrix(buffer: gradients[0..<0], rows: table.rows, columns: 0, stride: 0)
    gang.outer(
      table, map, nothing, into: gradients[0..<0], columnSums: bias, accumulates: false, scratch: scratch)
  }

  /// Where the gradient of the input's bias goes that is neither that of the recurrent one nor made with layer
  /// normalization: a plain GRU's.
  private func ownInputBiasGradient(_ parameters: ParameterStore, _ gradients: Buffer<Float>) -> Buffer<
    Float
  >? {
    guard normalization == nil, activations.recurrentGates != nil else { return nil }
    return gradients[parameters.slice(inputBias).range]
  }

  private func normalizeInputBackward(
    _ gateGradients: Matrix, _ parameters: ParameterStore, _ gradients: Buffer<Float>, _ gang: ThreadGang
  ) {
    normalization?.normalizeInputBackward(
      gateGradients, biasGradient: gradients[parameters.slice(inputBias).range], parameters: parameters,
      gradients: gradients, gang)
  }

  /// The gradient of the layer's input from what `inputWeightGradient` left of that of the pre-activations.
  ///
  /// - Parameter room: where it goes, but for a Mogrifier LSTM, whose way back has made it in a place of its own.
  /// - Returns: it.
  func inputGradient(
    _ gateGradients: Matrix, into room: Matrix, parameters: ParameterStore, _ gang: ThreadGang
  ) -> Matrix {
    if let mogrifier { return mogrifier.inputGradient(gateGradients.rows) }
    gang.pack(parameters[inputWeight], into: inputBackward)
    let output = room.rows(0..<gateGradients.rows)
    gang.product(gateGradients, inputBackward, into: output)
    return output
  }
}
