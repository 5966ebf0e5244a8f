extension ReferenceModel {
  /// Goes the way of a forward pass backward and returns the gradient of its loss for every parameter, by name.
  ///
  /// Each part of the model turns the gradient of what it put out into the gradient of what it was given, and leaves
  /// the gradients of its parameters by the way. The state that entered the window counts as a constant (truncated
  /// backpropagation through time).
  ///
  /// A tied matrix is used twice, and so its gradient is the sum of two: as decoder and as encoder.
  package func backward(_ pass: ReferenceForwardPass<Scalar>) -> Tensors {
    var gradients = parameters.mapValues { Matrix(rows: $0.rows, columns: $0.columns) }

    var dSignal: [Matrix] = []
    if configuration.cutoffs.isEmpty {
      // Decoder, z = y·Wᵀ + b:  dW += dzᵀ·y,  db += Σ dz,  dy = dz·W.
      for (dScores, input) in zip(pass.dLogits, pass.decoderInputs) {
        gradients[decoderName]?.add(transposed: dScores, times: input)
        gradients["decoder.bias"]?.add(rowsOf: dScores)
      }
      dSignal = pass.dLogits.map { $0.times(self[decoderName]) }
    } else {
      // Adaptive softmax: the gradients of each step's sum of losses, divided as the loss was.
      let count = Scalar(pass.inputs.count * pass.inputs[0].count)
      for (input, targets) in zip(pass.decoderInputs, pass.targets) {
        let (_, dInput, own) = adaptiveSoftmax.evaluate(input, targets: targets)
        add(own.mapParameters { $0 / count }, to: &gradients)
        dSignal.append(dInput.mapElements { $0 / count })
      }
    }

    // Projection, y = h·Pᵀ:  dP += dyᵀ·h,  dh = dy·P.
    if configuration.projection {
      for (dProjected, hidden) in zip(dSignal, pass.outputs) {
        gradients["projection.weight"]?.add(transposed: dProjected, times: hidden)
      }
      dSignal = dSignal.map { $0.times(self["projection.weight"]) }
    }
    if let penalties = pass.penaltyGradients {
      dSignal = zip(dSignal, penalties.masked).map { $0 + $1 }
    }
    dSignal = Self.apply(pass.masks[configuration.layerCount], to: dSignal)
    if let penalties = pass.penaltyGradients { dSignal = zip(dSignal, penalties.unmasked).map { $0 + $1 } }

    // Recurrent layers, from the last to the first, each through the whole window.
    for index in (0..<configuration.layerCount).reversed() {
      let weightMask = pass.parameterMasks?.recurrentWeights?[index]
      let layer = layer(index, weightMask: weightMask)
      let (dInputs, sums) = layer.backward(steps: pass.layers[index], dOutputs: dSignal)
      let dOutputs = dSignal
      gradients["rnn.weight_ih_l\(index)"] = sums.inputWeights
      gradients["rnn.weight_hh_l\(index)"] = sums.recurrentWeights.masked(by: weightMask)
      gradients["rnn.bias_ih_l\(index)"] = sums.inputBias
      gradients["rnn.bias_hh_l\(index)"] = sums.recurrentBias
      if let peepholes = sums.peepholes { gradients["rnn.weight_peephole_l\(index)"] = peepholes }
      if let norms = sums.norms {
        gradients["rnn.norm_ih_weight_l\(index)"] = norms.input.gain
        gradients["rnn.norm_hh_weight_l\(index)"] = norms.recurrent.gain
        gradients["rnn.norm_cell_weight_l\(index)"] = norms.cell?.gain
        gradients["rnn.norm_cell_bias_l\(index)"] = norms.cell?.bias
      }
      if let rounds = sums.mogrifier?.rounds {
        for (names, matrices) in zip(configuration.mogrifierShapes(ofLayer: index), rounds) {
          for ((name, _), matrix) in zip(names, matrices) { gradients[name] = matrix }
        }
      }
      dSignal = Self.apply(pass.masks[index], to: dInputs)
      // y + h: what comes from above goes to y too.
      if configuration.residual, index > 0 { dSignal = zip(dSignal, dOutputs).map { $0 + $1 } }
    }

    // Encoder: a token's row gets the gradients of all the places where the token stood.
    if configuration.oneHot { return gradients }
    for (tokens, dRows) in zip(pass.inputs, dSignal) {
      for (b, token) in tokens.enumerated() {
        let factor = pass.parameterMasks?.encoder?[token] ?? 1
        for e in 0..<configuration.embeddingSize {
          gradients["encoder.weight"]?[token, e] += factor * dRows[b, e]
        }
      }
    }
    return gradients
  }

  /// The loss of a window, its gradient for every parameter, and the state after the window.
  ///
  /// This is ``forward(inputs:targets:state:masks:penalties:)`` and then ``backward(_:)``. To train on a long text, give the
  /// final state of one window to the next.
  package func lossAndGradients(
    inputs: [[Int]], targets: [[Int]], state: ReferenceState<Scalar>? = nil,
    masks: ReferenceDropoutMasks<Scalar>? = nil, penalties: ReferencePenalties<Scalar>? = nil
  ) -> (loss: Scalar, gradients: Tensors, finalState: ReferenceState<Scalar>) {
    let pass = forward(inputs: inputs, targets: targets, state: state, masks: masks, penalties: penalties)
    return (pass.loss, backward(pass), pass.finalState)
  }
}
