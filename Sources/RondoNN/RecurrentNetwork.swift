/// The network that trains, over windows of up to T steps of up to B streams: encoder ▸ cell × L ▸ decoder ▸
/// cross-entropy, forward and backward. All memory is taken when it is made; from then on nothing is allocated.
package final class RecurrentNetwork {
  package let configuration: NetworkConfiguration
  package let parameters: ParameterStore
  package let gang: ThreadGang
  package let maximumSteps: Int
  package let maximumBatch: Int

  /// The gradient of the mean loss of the last `train` and of its penalties, laid out as the parameters.
  package let gradients: Buffer<Float>

  private let layers: [RecurrentLayer]
  /// Those of `layers`.
  private let carried: CarriedState
  private let output: OutputStage
  private let inputDropout: Dropout
  /// After each layer: between layers, then before the output.
  private let outputDropouts: [Dropout]
  /// Around each layer.
  private let residuals: [Residual]
  private let input: InputStage
  private let targets: Buffer<Int32>
  /// The tokens of the last window that was learned from; of no room where a table stands for the encoder.
  private let learned: Buffer<Int32>
  private var learnedCount = 0
  private let topGradient: Matrix
  /// Of the layer below the last, where that has another size.
  private let gradientBelowTop: Matrix?
  private let scratch: Buffer<Float>

  package init(
    configuration: NetworkConfiguration, parameters: ParameterStore, gang: ThreadGang, maximumSteps: Int,
    maximumBatch: Int
  ) {
    precondition(maximumSteps >= 1 && maximumBatch >= 1, "a window has at least one step")
    self.configuration = configuration
    self.parameters = parameters
    self.gang = gang
    self.maximumSteps = maximumSteps
    self.maximumBatch = maximumBatch
    let rows = maximumSteps * maximumBatch
    gradients = Buffer(count: parameters.values.count)
    let panels = Buffer<Float>(count: Self.sharedPanelsSize(configuration))
    let firstInputs =
      InputStage.usesTable(configuration, maximumRows: rows) ? configuration.vocabularySize : rows
    layers = (0..<configuration.layerCount).map {
      RecurrentLayer(
        cell: configuration.cell, index: $0, inputSize: configuration.inputSize(ofLayer: $0),
        hiddenSize: configuration.hiddenSize(ofLayer: $0), rounds: configuration.rounds(ofLayer: $0),
        normalizedInputs: configuration.layerNorm ? $0 == 0 ? firstInputs : rows : nil,
        weightDrop: configuration.weightDrop, maximumRows: rows, maximumBatch: maximumBatch, panels: panels)
    }
    carried = CarriedState(
      layers: layers.map { .init(hidden: $0.activations.carriedHidden, cell: $0.activations.carriedCell) })
    output = OutputStage(configuration, maximumRows: rows, panels: panels)
    inputDropout = Dropout(
      place: 0, probability: configuration.inputDropout, isLocked: configuration.lockedDropout, rows: rows,
      columns: configuration.embeddingSize)
    outputDropouts = (0..<configuration.layerCount).map { layer in
      let probability =
        layer == configuration.layerCount - 1 ? configuration.outputDropout : configuration.dropout
      return Dropout(
        place: layer + 1, probability: probability, isLocked: configuration.lockedDropout, rows: rows,
        columns: configuration.hiddenSize(ofLayer: layer))
    }
    residuals = (0..<configuration.layerCount).map {
      Residual(isOn: configuration.isResidual(layer: $0), rows: rows, columns: configuration.hiddenSize)
    }
    input = InputStage(configuration, parameters: parameters, maximumRows: rows)
    targets = Buffer(count: rows)
    learned = Buffer(count: InputStage.usesTable(configuration, maximumRows: rows) ? 0 : rows)
    topGradient = Matrix(rows: rows, columns: configuration.outputSize)
    gradientBelowTop =
      configuration.lastLayerDiffers && !configuration.cell.hasRounds
      ? Matrix(rows: rows, columns: configuration.hiddenSize) : nil
    scratch = Buffer(count: gang.outerScratch(columns: configuration.widestInput))
    parametersChanged()
  }

  /// Makes anew what is derived from the parameters for all windows; to be called after every change of them.
  package func parametersChanged() {
    for layer in layers { layer.packVectors(parameters, gang) }
    output.pack(parameters, gang)
    input.prepare(layers[0], parameters, gang)
  }

  // MARK: Training and scoring

  /// One forward and backward pass from the carried state, which moves on. Inputs and targets are [T, B], time-major.
  /// - Returns: the mean loss in nats over T·B; `gradients` holds its gradient, that of the penalties included.
  package func train(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>, batch: Int, key: DropoutKey)
    -> Double
  {
    let rows = begin(inputs: inputs, targets: targets, batch: batch), steps = rows / batch
    // All others are written anew; where the decoder has the encoder's weight, its part is written before the rest is
    // added.
    if !configuration.tied, !configuration.oneHot { clearEncoderGradient(nextRows: rows) }

    let top = forward(steps: steps, batch: batch, key: key)
    var above = topGradient.rows(0..<rows)
    let loss = output.scoreAndBackward(
      top, targets: self.targets, inputGradient: above, parameters: parameters, gradients: gradients,
      scratch: scratch, gang)
    penalize(top, .squares, batch, into: above)
    for layer in layers.reversed() {
      outputDropouts[layer.index].backward(above, batch: batch, gang)
      if layer.index == layers.count - 1 {
        penalize(output(of: layer, rows), .changes, batch, into: above)
      } else {
        residuals[layer.index + 1].backward(above, gang)
      }
      residuals[layer.index].keep(above)
      layer.backward(
        steps: steps, batch: batch, hiddenGradient: above, parameters: parameters, gradients: gradients,
        scratch: scratch, gang)
      layer.activations.carry(steps: steps, batch: batch)
      let gateGradients = layer.gates.rows(0..<rows)
      if layer.index > 0 {
        let below = output(of: layers[layer.index - 1], rows)
        let layerInput = outputDropouts[layer.index - 1].latest(below)
        layer.inputWeightGradient(
          gateGradients, layerInput, parameters: parameters, gradients: gradients, scratch: scratch, gang)
        // Nobody needs this layer's output any more: its place is taken by the gradient of the one below, where that
        // has its size.
        let isTop = layer.index == layers.count - 1
        above = layer.inputGradient(
          gateGradients, into: (isTop ? gradientBelowTop : nil) ?? layer.hidden, parameters: parameters, gang)
      } else {
        input.backward(
          gateGradients, batch: batch, layer: layer, dropout: inputDropout, parameters: parameters,
          gradients: gradients, scratch: scratch, gang)
      }
    }
    return loss / Double(rows)
  }

  /// Where tokens have gone the way of their vectors, no row of the encoder's gradient but theirs is other than 0, and a
  /// large encoder has many more.
  private func clearEncoderGradient(nextRows rows: Int) {
    let slice = parameters.slice("encoder.weight"), width = configuration.embeddingSize
    if learned.count == 0 { return gradients[slice.range].fill(0) }
    for row in 0..<learnedCount {
      let start = slice.offset + Int(learned[row]) * width
      gradients[start..<start + width].fill(0)
    }
    learned[0..<rows].copy(from: input.ids[0..<rows])
    learnedCount = rows
  }

  /// The loss of each row of the last `train` or `score`, in nats.
  package func rowLosses(_ rows: Int) -> Buffer<Double> { output.losses[0..<rows] }

  /// The top layer's output [T·B, H] over the last `score`'s window.
  package func topOutput(_ rows: Int) -> Matrix { output(of: layers[layers.count - 1], rows) }

  /// What a layer put out over the last window [T·B, H], before dropout.
  private func output(of layer: RecurrentLayer, _ rows: Int) -> Matrix {
    residuals[layer.index].latest(layer.hidden.rows(0..<rows))
  }

  /// Adds the gradient of a penalty on the top layer's output.
  private func penalize(_ top: Matrix, _ penalty: ThreadGang.Penalty, _ batch: Int, into gradient: Matrix) {
    let factor =
      penalty == .squares
      ? configuration.activationRegularization : configuration.temporalActivationRegularization
    let terms = (penalty == .squares ? top.rows : top.rows - batch) * top.columns
    guard factor > 0, terms > 0 else { return }
    gang.addGradient(of: penalty, top, batch: batch, scale: 2 * factor / Float(terms), into: gradient)
  }

  /// The sum of the losses in nats over [T, B], without dropout, from the carried state, which moves on.
  package func score(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>, batch: Int) -> Double {
    let rows = begin(inputs: inputs, targets: targets, batch: batch)
    let top = forward(steps: rows / batch, batch: batch, key: nil)
    let loss = output.score(top, targets: self.targets, parameters: parameters, gang)
    for layer in layers { layer.activations.carry(steps: rows / batch, batch: batch) }
    return loss
  }

  private func begin(inputs: ArraySlice<Int32>, targets: ArraySlice<Int32>, batch: Int) -> Int {
    precondition(inputs.count == targets.count, "a target for each token")
    precondition(batch >= 1 && batch <= maximumBatch && inputs.count % batch == 0, "inputs are [T, B]")
    precondition(
      inputs.count >= batch && inputs.count <= maximumSteps * batch,
      "a window within the network's size")
    for (row, (id, target)) in zip(inputs, targets).enumerated() {
      precondition(id >= 0 && id < configuration.vocabularySize, "token id out of range")
      precondition(target >= 0 && target < configuration.vocabularySize, "token id out of range")
      input.ids[row] = id
      self.targets[row] = target
    }
    return inputs.count
  }

  private func forward(steps: Int, batch: Int, key: DropoutKey?) -> Matrix {
    let rows = steps * batch
    let vectors = input.forward(
      rows: rows, batch: batch, layer: layers[0], dropout: inputDropout, key: key, parameters: parameters,
      gang)
    layers[0].forward(vectors, steps: steps, batch: batch, key: key, parameters: parameters, gang)
    var output = layers[0].hidden.rows(0..<rows)
    var top = outputDropouts[0].forward(output, batch: batch, key: key, gang)
    for layer in layers.dropFirst() {
      layer.forward(.rows(top), steps: steps, batch: batch, key: key, parameters: parameters, gang)
      output = residuals[layer.index].forward(layer.hidden.rows(0..<rows), below: output, gang)
      top = outputDropouts[layer.index].forward(output, batch: batch, key: key, gang)
    }
    return top
  }

  // MARK: State

  /// Sets the state of every stream to zero.
  package func resetState() { carried.reset() }

  /// One stream's state: h, then c where the cell has one, of each layer, [L, S, H] with S = 2 or 1; the last
  /// layer may have another H.
  package func state(stream: Int) -> [Float] { carried.state(stream: stream) }

  /// Sets one stream's state from `state(stream:)`'s form.
  package func setState(_ values: [Float], stream: Int) { carried.setState(values, stream: stream) }
}
