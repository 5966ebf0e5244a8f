import CRondoKernels

/// A network that reads and predicts, without a way back: up to B streams side by side, windows of up to R = T·B tokens.
/// All memory is taken when it is made; from then on nothing is allocated.
///
/// Each number is the chain of operations that `RecurrentNetwork` has for it, so both give the same bytes.
@safe
package final class InferenceNetwork {
  package let configuration: NetworkConfiguration
  package let gang: ThreadGang
  package let maximumBatch: Int
  package let maximumRows: Int

  private let weights: InferenceWeights
  private let layers: [Layer]
  /// What the kernels get of each layer; its addresses are those of `layers` and `weights`.
  private let rawLayers: Buffer<rondo_infer_layer>
  private let ids: Buffer<Int32>
  private let targets: Buffer<Int32>
  private let losses: Buffer<Double>
  private let embedded: Matrix
  private let gates: Matrix
  /// [B, gates] scratch of a GRU.
  private let recurrentGates: Matrix?
  /// [B, gates] scratch of layer normalization, and its sums.
  private let products: Matrix?
  private let normSums: NormSums?
  /// nil where the decoder is one product, which the layers' kernel makes.
  private let output: InferenceOutputStage?
  private let logits: Matrix
  /// Those of `layers`.
  private let carried: CarriedState
  /// [B, H]: with residual connections the sum of the carried hidden states.
  private let carriedSum: Matrix?

  private struct Layer {
    /// [B, H]: the state of each stream.
    let carriedHidden: Matrix
    let cell: Matrix?
    /// [R, H]
    let hidden: Matrix
    /// [R, H]: the sum of a residual connection.
    let sum: Matrix?
    /// `carriedHidden` and `hidden` as int8 weights take them.
    let carriedBytes: Buffer<UInt8>?
    let bytes: Buffer<UInt8>?
    let mogrifier: InferenceMogrifier?
  }

  /// - Parameters:
  ///   - maximumRows: the most tokens of a window, of all streams together.
  ///   - scores: whether `score` will be called, which needs logits of the whole window.
  package init(
    _ weights: InferenceWeights, gang: ThreadGang, maximumBatch: Int, maximumRows: Int, scores: Bool = false
  ) {
    precondition(maximumBatch >= 1 && maximumRows >= maximumBatch, "a window has at least one step")
    configuration = weights.configuration
    self.weights = weights
    self.gang = gang
    self.maximumBatch = maximumBatch
    self.maximumRows = maximumRows
    let cell = configuration.cell, outputSize = configuration.outputSize
    func bytes(rows: Int, _ h: Int) -> Buffer<UInt8>? {
      weights.precision == .int8 ? Buffer(count: rows * paddedToVectors(h)) : nil
    }
    layers = weights.layers.indices.map { index in
      let h = weights.configuration.hiddenSize(ofLayer: index)
      return Layer(
        carriedHidden: Matrix(rows: maximumBatch, columns: h),
        cell: cell.hasCellState ? Matrix(rows: maximumBatch, columns: h) : nil,
        hidden: Matrix(rows: maximumRows, columns: h),
        sum: weights.configuration.isResidual(layer: index) ? Matrix(rows: maximumRows, columns: h) : nil,
        carriedBytes: bytes(rows: maximumBatch, h),
        bytes: bytes(rows: maximumRows, h),
        mogrifier: weights.layers[index].mogrifier.map {
          InferenceMogrifier($0, maximumBatch: maximumBatch)
        })
    }
    unsafe rawLayers = Buffer(count: layers.count)
    for (index, (weights, layer)) in zip(weights.layers, layers).enumerated() {
      unsafe rawLayers[index] = rondo_infer_layer(
        units: Int32(layer.hidden.columns), input: weights.input?.raw ?? rondo_weights(),
        recurrent: weights.recurrent.raw,
        bias: weights.vectors.bias.pointer, peepholes: weights.vectors.peepholes?.pointer,
        recurrent_bias: weights.vectors.recurrentBias?.pointer,
        mogrifier: layer.mogrifier?.raw ?? rondo_mogrifier_rounds(),
        input_gain: weights.norm?.input.pointer, gains: weights.norm?.raw ?? rondo_gains(),
        carried_hidden: layer.carriedHidden.buffer.pointer, cell: layer.cell?.buffer.pointer,
        hidden: layer.hidden.buffer.pointer, output: layer.sum?.buffer.pointer,
        carried_bytes: layer.carriedBytes?.pointer, bytes: layer.bytes?.pointer)
    }
    ids = Buffer(count: maximumRows)
    targets = Buffer(count: scores ? maximumRows : 0)
    losses = Buffer(count: scores ? maximumRows : 0)
    embedded = Matrix(rows: weights.table == nil ? maximumRows : 0, columns: configuration.embeddingSize)
    let columns = layers.reduce(0) { max($0, RowMap.cell(cell, hiddenSize: $1.hidden.columns).columns) }
    gates = Matrix(rows: maximumRows, columns: columns)
    recurrentGates = cell.hasRecurrentGates ? Matrix(rows: maximumBatch, columns: columns) : nil
    products = configuration.layerNorm ? Matrix(rows: maximumBatch, columns: columns) : nil
    let widest = layers.reduce(0) { max($0, $1.hidden.columns) }
    normSums =
      configuration.layerNorm
      ? NormSums(cell: cell, hiddenSize: widest, maximumBatch: maximumBatch) : nil
    let outputRows = scores ? maximumRows : maximumBatch
    output =
      weights.output.oneProduct == nil
      ? InferenceOutputStage(weights.output, configuration, maximumRows: outputRows) : nil
    // An adaptive softmax scores without the logits of all tokens.
    logits = Matrix(
      rows: configuration.cutoffs.isEmpty ? outputRows : maximumBatch, columns: configuration.vocabularySize)
    // What lies after V, with probability 0, is written with the logits, but for those of an adaptive softmax.
    if !configuration.cutoffs.isEmpty { logits.buffer.fill(-.infinity) }
    carried = CarriedState(layers: layers.map { .init(hidden: $0.carriedHidden, cell: $0.cell) })
    carriedSum = configuration.residual ? Matrix(rows: maximumBatch, columns: outputSize) : nil
  }

  // MARK: Windows

  /// Reads [T, B] tokens from the carried state, which moves on.
  package func read(_ tokens: ArraySlice<Int32>, batch: Int) {
    run(tokens, batch: batch, logitRows: 0)
  }

  /// Logits [B, V] after the last step of [T, B] tokens, from the carried state, which moves on.
  package func logits(after tokens: ArraySlice<Int32>, batch: Int) -> Matrix {
    run(tokens, batch: batch, logitRows: batch)
    return logits.rows(0..<batch)
  }

  /// Logits [1, V] for what follows the first stream's carried state.
  package func logitsOfState() -> Matrix {
    run([], batch: 1, logitRows: 1)
    return logits.rows(0..<1)
  }

  /// The sum of the losses in nats over [T, B] tokens, from the carried state, which moves on.
  package func score(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>, batch: Int) -> Double {
    precondition(losses.count == maximumRows, "this network was made to score")
    precondition(inputs.count == targets.count, "a target for each token")
    for (row, target) in targets.enumerated() {
      precondition(target >= 0 && target < configuration.vocabularySize, "token id out of range")
      self.targets[row] = target
    }
    if configuration.cutoffs.isEmpty {
      run(inputs, batch: batch, logitRows: inputs.count)
      gang.crossEntropy(
        logits: logits.rows(0..<inputs.count), vocabularySize: configuration.vocabularySize,
        targets: self.targets, gradientScale: 0, losses: losses)
    } else {
      run(inputs, batch: batch, logitRows: 0)
      output?.score(
        topOutput(inputs.count), targets: self.targets, losses: losses, gang)
    }
    var sum = 0.0
    for row in 0..<inputs.count { sum += losses[row] }
    return sum
  }

  /// The loss of each row of the last `score`, in nats.
  package func rowLosses(_ rows: Int) -> Buffer<Double> { losses[0..<rows] }

  /// The top layer's output [T·B, H] over the last window.
  package func topOutput(_ rows: Int) -> Matrix {
    let top = layers[layers.count - 1]
    return (top.sum ?? top.hidden).rows(0..<rows)
  }

  /// The top layer's output [B, H] at the carried state.
  package var topOutputOfState: Matrix {
    guard let carriedSum else { return layers[layers.count - 1].carriedHidden }
    carriedSum.buffer.copy(from: layers[0].carriedHidden.buffer)
    for layer in layers.dropFirst() { gang.add(carriedSum, layer.carriedHidden, into: carriedSum) }
    return carriedSum
  }

  private func run(_ tokens: ArraySlice<Int32>, batch: Int, logitRows: Int) {
    precondition(batch >= 1 && batch <= maximumBatch && tokens.count % batch == 0, "tokens are [T, B]")
    precondition(tokens.count <= maximumRows, "a window within the network's size")
    for (row, id) in tokens.enumerated() {
      precondition(id >= 0 && id < configuration.vocabularySize, "token id out of range")
      ids[row] = id
    }
    let stateOutput = tokens.isEmpty ? topOutputOfState : nil
    unsafe gang.run(
      gang.kernels.pointee.infer,
      rondo_infer(
        cell: configuration.cell.raw, steps: Int32(tokens.count / batch), batch: Int32(batch),
        embedding: Int32(configuration.embeddingSize),
        layer_count: Int32(layers.count),
        vocabulary: Int32(configuration.vocabularySize),
        logit_rows: output == nil ? Int32(logitRows) : 0, ids: ids.pointer,
        table: weights.table?.buffer.pointer, encoder: weights.encoder?.bytes.pointer,
        encoder_type: weights.encoder?.type.raw ?? rondo_f32, layers: rawLayers.pointer,
        decoder: weights.output.oneProduct?.weight.raw ?? rondo_weights(),
        decoder_bias: weights.output.oneProduct?.bias.pointer, state_output: stateOutput?.buffer.pointer,
        embedded: embedded.buffer.pointer,
        gates: gates.buffer.pointer, recurrent_gates: recurrentGates?.buffer.pointer,
        products: products?.buffer.pointer, gate_sums: normSums?.gates.pointer,
        cell_sums: normSums?.cell?.pointer,
        logits: logits.buffer.pointer))
    guard logitRows > 0, let output else { return }
    let rows = 0..<logitRows
    let hidden =
      stateOutput?.rows(rows) ?? topOutput(tokens.count).rows(tokens.count - logitRows..<tokens.count)
    output.logits(of: hidden, into: logits.rows(rows), gang)
  }

  // MARK: State

  /// Sets the state of every stream to zero.
  package func resetState() { carried.reset() }

  /// One stream's state: h, then c where the cell has one, of each layer, [L, S, H] with S = 2 or 1.
  package func state(stream: Int) -> [Float] { carried.state(stream: stream) }

  /// Sets one stream's state from `state(stream:)`'s form.
  package func setState(_ values: [Float], stream: Int) { carried.setState(values, stream: stream) }
}
