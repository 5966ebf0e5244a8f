/// What a forward pass computed: its results, and what the way back needs.
package struct ReferenceForwardPass<Scalar: ReferenceScalar>: Sendable {
  /// The mean cross-entropy over the window's T · B predictions, in nats. Its exponential is the perplexity.
  package let loss: Scalar
  /// The loss with the penalties: what the gradient is of.
  package let objective: Scalar
  /// The scores of all tokens at each of the T steps, `[B, V]`; of an adaptive softmax the logarithms of their
  /// probabilities.
  package let logits: [ReferenceMatrix<Scalar>]
  /// The state after the last step, with which the next window begins.
  package let finalState: ReferenceState<Scalar>

  /// The token at each step in each stream, `[T][B]`.
  let inputs: [[Int]]
  /// The token that follows it, `[T][B]`.
  let targets: [[Int]]
  /// Each layer's steps, `[L][T]`.
  let layers: [[ReferenceStep<Scalar>]]
  /// What the last layer put out, after its mask: T matrices `[B, H]`.
  let outputs: [ReferenceMatrix<Scalar>]
  /// What went into the decoder: the same, or its projection, T matrices `[B, E]`.
  let decoderInputs: [ReferenceMatrix<Scalar>]
  /// The gradient of the loss with respect to the logits: T matrices `[B, V]`. Empty for an adaptive softmax, which goes
  /// back by ``ReferenceAdaptiveSoftmax/evaluate(_:targets:)``.
  let dLogits: [ReferenceMatrix<Scalar>]
  /// Which units are on, of layers whose units are rectifiers; else empty.
  let rectifiers: [Bool]
  /// The L + 1 masks on the way up, each T matrices, or `nil` where there is none.
  let masks: [[ReferenceMatrix<Scalar>]?]
  /// What the encoder's rows and the recurrent weights were multiplied by.
  let parameterMasks: ReferenceDropoutMasks<Scalar>?
  /// The gradients of the penalties with respect to what the last layer put out, after its mask and before it.
  let penaltyGradients: (masked: [ReferenceMatrix<Scalar>], unmasked: [ReferenceMatrix<Scalar>])?
}

extension ReferenceModel {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// Runs a window of tokens through the model.
  ///
  /// - Parameters:
  ///   - inputs: The tokens, `[T][B]`. T is at least 1 and may differ from call to call.
  ///   - targets: The token that follows each of them, `[T][B]`.
  ///   - state: The state before the window; zeros when it is `nil`.
  ///   - masks: Dropout masks; none when it is `nil`.
  ///   - penalties: What is added to the loss; nothing when it is `nil`.
  /// - Returns: Loss, logits, the state after the window, and what ``backward(_:)`` needs.
  package func forward(
    inputs: [[Int]], targets: [[Int]], state: ReferenceState<Scalar>? = nil,
    masks: ReferenceDropoutMasks<Scalar>? = nil, penalties: ReferencePenalties<Scalar>? = nil
  ) -> ReferenceForwardPass<Scalar> {
    precondition(!inputs.isEmpty && inputs.count == targets.count, "a window has T inputs and T targets")
    let batchSize = inputs[0].count
    let state = state ?? ReferenceState(zerosFor: configuration, batchSize: batchSize)
    let parameterMasks = masks
    let masks = masksByPlace(masks, timeSteps: inputs.count, batchSize: batchSize)

    // Encoder: each token is replaced by its row of the table. T matrices [B, E].
    var signal = inputs.map { tokens in
      precondition(tokens.count == batchSize, "every step has B tokens")
      var rows = Matrix(rows: batchSize, columns: configuration.embeddingSize)
      for (b, token) in tokens.enumerated() {
        if configuration.oneHot {
          rows[b, token] = 1
          continue
        }
        let embedding = self["encoder.weight"], factor = parameterMasks?.encoder?[token] ?? 1
        for e in 0..<configuration.embeddingSize { rows[b, e] = factor * embedding[token, e] }
      }
      return rows
    }

    // Recurrent layers: what one puts out over the whole window is the input of the next. With residual connections
    // (He et al. 2016, arXiv:1512.03385; between LSTM layers as in Wu et al. 2016, arXiv:1609.08144) a layer puts out
    // y + h, where y is what the one below it put out, before dropout; layer 0, whose input has another size, h alone.
    var layers: [[ReferenceStep<Scalar>]] = []
    for index in 0..<configuration.layerCount {
      let below = signal
      signal = Self.apply(masks[index], to: signal)
      let layer = layer(index, weightMask: parameterMasks?.recurrentWeights?[index])
      let steps = layer.forward(
        inputs: signal, state: ReferenceCellState(hidden: state.hidden[index], cell: state.cell[index]))
      signal = steps.map(\.after.hidden)
      if configuration.residual, index > 0 { signal = zip(below, signal).map { $0 + $1 } }
      layers.append(steps)
    }
    let changes = penalties?.ofChanges(signal)
    signal = Self.apply(masks[configuration.layerCount], to: signal)
    let activations = penalties?.ofActivations(signal)

    // Projection: y = h·Pᵀ, without a bias. T matrices [B, E].
    let outputs = signal
    if configuration.projection { signal = signal.map { $0.times(transposed: self["projection.weight"]) } }

    // Decoder: z = y·Wᵀ + b, with a score for every token of the vocabulary. T matrices [B, V].
    let logits = signal.map { input in
      guard configuration.cutoffs.isEmpty else { return adaptiveSoftmax.logProbabilities(input) }
      var scores = input.times(transposed: self[decoderName])
      scores.addToEachRow(self["decoder.bias"])
      return scores
    }

    // Loss: the mean over all T · B predictions, and so its gradient is divided by their number, too.
    let count = Scalar(inputs.count * batchSize)
    var loss: Scalar = 0
    var dLogits: [Matrix] = []
    for (scores, tokens) in zip(logits, targets) {
      guard configuration.cutoffs.isEmpty else {
        for (b, token) in tokens.enumerated() { loss -= scores[b, token] }
        continue
      }
      let (sum, gradient) = ReferenceCrossEntropy.evaluate(logits: scores, targets: tokens)
      loss += sum
      dLogits.append(gradient.mapElements { $0 / count })
    }

    let last = inputs.count - 1
    let hidden = configuration.cell == .rnnReLU ? layers.joined().flatMap(\.after.hidden.elements) : []
    return ReferenceForwardPass(
      loss: loss / count, objective: loss / count + (activations?.value ?? 0) + (changes?.value ?? 0),
      logits: logits,
      finalState: ReferenceState(
        hidden: layers.map { $0[last].after.hidden }, cell: layers.map { $0[last].after.cell }),
      inputs: inputs, targets: targets, layers: layers, outputs: outputs, decoderInputs: signal,
      dLogits: dLogits, rectifiers: hidden.map { $0 > 0 }, masks: masks, parameterMasks: parameterMasks,
      penaltyGradients: activations.flatMap { activations in
        changes.map { (activations.gradient, $0.gradient) }
      })
  }

  /// Multiplies T matrices by T masks, element by element. The gradient passes by the same multiplication.
  static func apply(_ mask: [Matrix]?, to signal: [Matrix]) -> [Matrix] {
    guard let mask else { return signal }
    return zip(signal, mask).map { $0.timesElements(of: $1) }
  }

  /// The masks in the order of the way up: place l is before layer l, place L is before the decoder.
  private func masksByPlace(_ masks: ReferenceDropoutMasks<Scalar>?, timeSteps: Int, batchSize: Int)
    -> [[Matrix]?]
  {
    let layerCount = configuration.layerCount
    if let between = masks?.betweenLayers {
      precondition(between.count == layerCount - 1, "there are L − 1 places between L layers")
    }
    return (0...layerCount).map { place in
      let flat =
        place == 0 ? masks?.input : place == layerCount ? masks?.output : masks?.betweenLayers?[place - 1]
      return flat.map {
        Matrix.sequence(
          $0, timeSteps: timeSteps, rows: batchSize, columns: configuration.inputSize(ofLayer: place))
      }
    }
  }
}
