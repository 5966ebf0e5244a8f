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

  private let weightDrop: WeightDrop
  private let vectors: LayerVectors
  private let map: RowMap
  /// Packed when their turn comes, in memory that all share.
  private let inputForward: Panels
  private let recurrentForward: Panels
  private let inputBackward: Panels
  private let recurrentBackward: Panels

  /// - Parameters:
  ///   - inputSize: 0 where the input is one-hot and is never multiplied.
  ///   - panels: memory for a packed weight, which all weights of all layers share.
  init(
    cell: CellKind, index: Int, inputSize: Int, hiddenSize: Int, weightDrop: Float, maximumRows: Int,
    maximumBatch: Int,
    panels: Buffer<Float>
  ) {
    self.index = index
    inputWeight = "rnn.weight_ih_l\(index)"
    recurrentWeight = "rnn.weight_hh_l\(index)"
    inputBias = "rnn.bias_ih_l\(index)"
    recurrentBias = "rnn.bias_hh_l\(index)"
    peepholeWeight = cell == .peephole ? "rnn.weight_peephole_l\(index)" : nil
    map = .cell(cell, hiddenSize: hiddenSize)
    self.weightDrop = WeightDrop(
      layer: index, probability: weightDrop, weightCount: map.gates * hiddenSize * hiddenSize)
    inputForward = Panels(map: map, weightColumns: inputSize, direction: .forward, shared: panels)
    recurrentForward = Panels(map: map, weightColumns: hiddenSize, direction: .forward, shared: panels)
    inputBackward = Panels(map: map, weightColumns: inputSize, direction: .backward, shared: panels)
    recurrentBackward = Panels(map: map, weightColumns: hiddenSize, direction: .backward, shared: panels)
    vectors = LayerVectors(cell: cell, hiddenSize: hiddenSize)
    activations = LayerActivations(
      cell: cell, hiddenSize: hiddenSize, maximumRows: maximumRows, maximumBatch: maximumBatch)
  }

  /// [T·B, gates]: what `projectInput` is to fill, and on the way back the gradients of the pre-activations.
  var gates: Matrix { activations.gates }
  /// [T·B, H]: the layer's output.
  var hidden: Matrix { activations.hidden }

  /// Packs biases and peepholes; to be called after every change of the parameters.
  func packVectors(_ parameters: ParameterStore, _ gang: ThreadGang) {
    vectors.pack(
      parameters[inputBias], parameters[recurrentBias], peepholes: peepholeWeight.map { parameters[$0] }, gang
    )
  }

  /// The input's part of the pre-activations, bias included: bias + W x for rows of x.
  func projectInput(_ input: Matrix, into output: Matrix, parameters: ParameterStore, _ gang: ThreadGang) {
    gang.pack(parameters[inputWeight], into: inputForward)
    gang.product(input, inputForward, bias: vectors.bias, into: output)
  }

  /// What the input weight makes of each one-hot vector, bias included.
  func tabulateInput(into table: Matrix, parameters: ParameterStore, _ gang: ThreadGang) {
    gang.oneHotTable(parameters[inputWeight], bias: vectors.bias, map: map, into: table)
  }

  /// Runs the recurrence from the carried state. Without a table `gates` must hold `projectInput`'s result.
  func forward(
    steps: Int, batch: Int, table: Matrix?, ids: Buffer<Int32>, key: DropoutKey?, parameters: ParameterStore,
    _ gang: ThreadGang
  ) {
    gang.pack(
      weightDrop.forward(parameters[recurrentWeight], key: key, gang), into: recurrentForward)
    gang.recurrenceForward(
      activations, steps: steps, batch: batch, recurrent: recurrentForward,
      recurrentBias: vectors.recurrentBias, peepholes: vectors.peepholes, table: table, ids: ids)
  }

  /// From the gradient of `hidden` (changed on the way) to that of the pre-activations, in `gates`; makes the gradients
  /// of the recurrent weight, the biases and the peepholes, but of a GRU not that of the input's bias.
  func backward(
    steps: Int, batch: Int, hiddenGradient: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    func gradient(_ name: String) -> Buffer<Float> { gradients[parameters.slice(name).range] }
    gang.pack(weightDrop.latest(parameters[recurrentWeight]), into: recurrentBackward)
    gang.recurrenceBackward(
      activations, steps: steps, batch: batch, recurrent: recurrentBackward, peepholes: vectors.peepholes,
      hiddenGradient: hiddenGradient, peepholeGradient: peepholeWeight.map(gradient))
    let weight = gradient(recurrentWeight), bias = gradient(recurrentBias)
    let gates = activations.recurrentGates ?? gates
    // Row t of the gates met the hidden state of t - 1: the carried one first, then the window's own.
    gang.outer(
      gates.rows(0..<batch), map, activations.carriedHidden.rows(0..<batch), into: weight, columnSums: bias,
      accumulates: false, scratch: scratch)
    gang.outer(
      gates.rows(batch..<steps * batch), map, hidden.rows(0..<(steps - 1) * batch), into: weight,
      columnSums: bias, accumulates: true, scratch: scratch)
    if activations.recurrentGates == nil { gradient(inputBias).copy(from: bias) }
    weightDrop.backward(gradients[parameters.slice(recurrentWeight).paddedRange], gang)
  }

  /// Makes the input weight's gradient: gate gradients (or their sums by token) against inputs; of a GRU also that of
  /// the input's bias.
  func inputWeightGradient(
    _ gateGradients: Matrix, _ input: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    gang.outer(
      gateGradients, map, input, into: gradients[parameters.slice(inputWeight).range],
      columnSums: ownInputBiasGradient(parameters, gradients), accumulates: false, scratch: scratch)
  }

  /// The same from the gradient of `tabulateInput`'s table.
  func inputWeightGradient(
    ofTable table: Matrix, parameters: ParameterStore, gradients: Buffer<Float>, scratch: Buffer<Float>,
    _ gang: ThreadGang
  ) {
    gang.oneHotGradient(of: table, map: map, into: gradients[parameters.slice(inputWeight).range])
    guard let bias = ownInputBiasGradient(parameters, gradients) else { return }
    // A product with a matrix of no columns has sums alone.
    let nothing = Matrix(buffer: gradients[0..<0], rows: table.rows, columns: 0, stride: 0)
    gang.outer(
      table, map, nothing, into: gradients[0..<0], columnSums: bias, accumulates: false, scratch: scratch)
  }

  /// Where the gradient of the input's bias goes that is not that of the recurrent one: a GRU's.
  private func ownInputBiasGradient(_ parameters: ParameterStore, _ gradients: Buffer<Float>) -> Buffer<
    Float
  >? {
    activations.recurrentGates.map { _ in gradients[parameters.slice(inputBias).range] }
  }

  /// The gradient of the layer's input from that of the pre-activations.
  func inputGradient(
    _ gateGradients: Matrix, into output: Matrix, parameters: ParameterStore, _ gang: ThreadGang
  ) {
    gang.pack(parameters[inputWeight], into: inputBackward)
    gang.product(gateGradients, inputBackward, into: output)
  }
}
