/// One layer of the stack: its packed weights, its activations over a window and the way back.
///
/// i, f, o = σ(W x + U h' + b), g = tanh(W x + U h' + b), c = f⊙c' + i⊙g, h = o⊙tanh c
/// (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; forget gate: Gers et al. 2000,
/// doi:10.1162/089976600300015015). Gate order i, f, g, o as in PyTorch.
struct LSTMLayer: Sendable {
  let index: Int
  /// 0 where the input is one-hot and is never multiplied.
  let inputSize: Int
  let hiddenSize: Int

  /// The parameters' names, made once: a string put together at every step would be memory asked for at every step.
  private let inputWeight: String
  private let recurrentWeight: String
  private let inputBias: String
  private let recurrentBias: String

  private let weightDrop: WeightDrop
  let bias: Buffer<Float>
  /// Packed when their turn comes, in memory that all share.
  private let inputForward: Panels
  private let recurrentForward: Panels
  private let inputBackward: Panels
  private let recurrentBackward: Panels

  /// [T·B, gates]: pre-activations, then activated gates, on the way back their gradients.
  let gates: Matrix
  /// [T·B, H]
  let hidden: Matrix
  let cell: Matrix
  /// [B, H]: carried from window to window.
  let carriedHidden: Matrix
  let carriedCell: Matrix
  let cellGradient: Matrix

  /// - Parameter panels: memory for a packed weight, which all weights of all layers share.
  init(
    index: Int, inputSize: Int, hiddenSize: Int, weightDrop: Float, maximumRows: Int, maximumBatch: Int,
    panels: Buffer<Float>
  ) {
    self.index = index
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    inputWeight = "rnn.weight_ih_l\(index)"
    recurrentWeight = "rnn.weight_hh_l\(index)"
    inputBias = "rnn.bias_ih_l\(index)"
    recurrentBias = "rnn.bias_hh_l\(index)"
    let map = RowMap.lstm(hiddenSize: hiddenSize)
    self.weightDrop = WeightDrop(
      layer: index, probability: weightDrop, weightCount: 4 * hiddenSize * hiddenSize)
    inputForward = Panels(map: map, weightColumns: inputSize, direction: .forward, shared: panels)
    recurrentForward = Panels(map: map, weightColumns: hiddenSize, direction: .forward, shared: panels)
    inputBackward = Panels(map: map, weightColumns: inputSize, direction: .backward, shared: panels)
    recurrentBackward = Panels(map: map, weightColumns: hiddenSize, direction: .backward, shared: panels)
    bias = Buffer(count: map.columns)
    gates = Matrix(rows: maximumRows, columns: map.columns)
    hidden = Matrix(rows: maximumRows, columns: hiddenSize)
    cell = Matrix(rows: maximumRows, columns: hiddenSize)
    carriedHidden = Matrix(rows: maximumBatch, columns: hiddenSize)
    carriedCell = Matrix(rows: maximumBatch, columns: hiddenSize)
    cellGradient = Matrix(rows: maximumBatch, columns: hiddenSize)
  }

  private var map: RowMap { .lstm(hiddenSize: hiddenSize) }

  /// Adds the two biases up; to be called after every change of the parameters.
  func packBias(_ parameters: ParameterStore, _ gang: ThreadGang) {
    gang.packBias(
      parameters[inputBias], parameters[recurrentBias], map: map, padding: 0, into: bias)
  }

  /// The input's part of the pre-activations, bias included: bias + W x for rows of x.
  func projectInput(_ input: Matrix, into output: Matrix, parameters: ParameterStore, _ gang: ThreadGang) {
    gang.pack(parameters[inputWeight], into: inputForward)
    gang.product(input, inputForward, bias: bias, into: output)
  }

  /// What the input weight makes of each one-hot vector, bias included.
  func tabulateInput(into table: Matrix, parameters: ParameterStore, _ gang: ThreadGang) {
    gang.oneHotTable(parameters[inputWeight], bias: bias, map: map, into: table)
  }

  /// Runs the recurrence from the carried state. Without a table `gates` must hold `projectInput`'s result.
  func forward(
    steps: Int, batch: Int, table: Matrix?, ids: Buffer<Int32>, key: DropoutKey?, parameters: ParameterStore,
    _ gang: ThreadGang
  ) {
    gang.pack(
      weightDrop.forward(parameters[recurrentWeight], key: key, gang), into: recurrentForward)
    gang.lstmForward(
      steps: steps, batch: batch, hiddenSize: hiddenSize, recurrent: recurrentForward, table: table, ids: ids,
      initialHidden: carriedHidden, initialCell: carriedCell, gates: gates, hidden: hidden, cell: cell)
  }

  /// From the gradient of `hidden` (changed on the way) to that of the pre-activations, in `gates`; makes the
  /// recurrent weight's gradient and, with it, the biases'.
  func backward(
    steps: Int, batch: Int, hiddenGradient: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    gang.pack(weightDrop.latest(parameters[recurrentWeight]), into: recurrentBackward)
    gang.lstmBackward(
      steps: steps, batch: batch, hiddenSize: hiddenSize, recurrent: recurrentBackward,
      initialCell: carriedCell,
      cell: cell, gates: gates, hiddenGradient: hiddenGradient, cellGradient: cellGradient)
    let weight = gradients[parameters.slice(recurrentWeight).range]
    let firstBias = gradients[parameters.slice(inputBias).range]
    let secondBias = gradients[parameters.slice(recurrentBias).range]
    // Row t of the gates met the hidden state of t - 1: the carried one first, then the window's own.
    gang.outer(
      gates.rows(0..<batch), map, carriedHidden.rows(0..<batch), into: weight, columnSums: firstBias,
      accumulates: false, scratch: scratch)
    gang.outer(
      gates.rows(batch..<steps * batch), map, hidden.rows(0..<(steps - 1) * batch), into: weight,
      columnSums: firstBias, accumulates: true, scratch: scratch)
    secondBias.copy(from: firstBias)
    weightDrop.backward(gradients[parameters.slice(recurrentWeight).paddedRange], gang)
  }

  /// Makes the input weight's gradient: gate gradients (or their sums by token) against inputs.
  func inputWeightGradient(
    _ gateGradients: Matrix, _ input: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    gang.outer(
      gateGradients, map, input, into: gradients[parameters.slice(inputWeight).range], accumulates: false,
      scratch: scratch)
  }

  /// Makes the input weight's gradient from that of `tabulateInput`'s table.
  func inputWeightGradient(
    ofTable table: Matrix, parameters: ParameterStore, gradients: Buffer<Float>, _ gang: ThreadGang
  ) {
    gang.oneHotGradient(of: table, map: map, into: gradients[parameters.slice(inputWeight).range])
  }

  /// The gradient of the layer's input from that of the pre-activations.
  func inputGradient(
    _ gateGradients: Matrix, into output: Matrix, parameters: ParameterStore, _ gang: ThreadGang
  ) {
    gang.pack(parameters[inputWeight], into: inputBackward)
    gang.product(gateGradients, inputBackward, into: output)
  }

  /// Takes the state after the last step of a window as the next window's.
  func carry(steps: Int, batch: Int) {
    let last = (steps - 1) * batch..<steps * batch
    carriedHidden.rows(0..<batch).buffer.copy(from: hidden.rows(last).buffer)
    carriedCell.rows(0..<batch).buffer.copy(from: cell.rows(last).buffer)
  }
}
