/// A model, what it was given, and what PyTorch computed from it: one file of `Golden/`, made by `make_golden.py`.
///
/// All numbers are flat, row after row, in PyTorch's layouts. Letters: T time steps, B streams, V vocabulary,
/// E embedding, H hidden units, L layers.
package struct GoldenCase: Decodable, Sendable {
  /// The version of PyTorch that made the numbers.
  package let torch: String
  /// The sizes of the model.
  package let configuration: GoldenConfiguration
  /// B.
  package let batchSize: Int
  /// The parameters before the first window, by PyTorch's names. A tied matrix is there once, as `encoder.weight`.
  package let parameters: [String: GoldenTensor]
  /// Windows that follow one another: each begins with the state after the one before it, the first with zeros.
  ///
  /// In the curves there is a step of training on each; in the others all windows are computed with ``parameters``.
  package let windows: [GoldenWindow]

  /// Curves only: how each step of training changed the parameters. Otherwise `nil`.
  package let optimizer: GoldenOptimizer?
  /// Curves only: the loss of each window, before its step of training. Otherwise empty.
  package let losses: [Float]
  /// Curves only: the gradients' norm in each window, before clipping. Otherwise empty.
  package let gradientNorms: [Float]
  /// Curves only: the parameters after the last step. Otherwise empty.
  package let finalParameters: [String: GoldenTensor]
  /// `asgdCurve` only: the averages after the last step. Otherwise empty.
  package let finalAverages: [String: GoldenTensor]
}

/// The sizes of a golden case's model.
package struct GoldenConfiguration: Decodable, Sendable {
  /// V.
  package let vocabularySize: Int
  /// E.
  package let embeddingSize: Int
  /// H.
  package let hiddenSize: Int
  /// L.
  package let layerCount: Int
  /// Whether the decoder uses the encoder's matrix.
  package let tied: Bool
  /// The cell, as `rondo train --cell` names it.
  package let cell: String
  /// Whether a linear layer without bias, [E, H], stands before the decoder.
  package let projection: Bool
  /// The first token of each cluster of an adaptive softmax; none: the full one.
  package let cutoffs: [Int]
  /// H of the last layer, where it is another.
  package let lastHiddenSize: Int?
  /// Whether layers above the first add the layer below's output to their own.
  package let residual: Bool
  /// Whether the layers have layer normalization.
  package let layerNorm: Bool
  /// Rounds of a Mogrifier LSTM.
  package let mogrifierRounds: Int
  /// The rank of their matrices; full if `nil`.
  package let mogrifierRank: Int?
}

/// A tensor of a golden case.
package struct GoldenTensor: Decodable, Sendable {
  /// The sizes of its dimensions.
  package let shape: [Int]
  /// Its elements, row after row.
  package let data: [Float]
}

/// A window of a golden case.
package struct GoldenWindow: Decodable, Sendable {
  /// The tokens, `[T][B]`.
  package let inputs: [[Int]]
  /// The tokens that follow them, `[T][B]`.
  package let targets: [[Int]]
  /// The mean cross-entropy over T · B predictions, in nats.
  package let loss: Float
  /// h after the window, `[L][B * H]`.
  package let finalHidden: [[Float]]
  /// c after the window, `[L][B * H]`. Empty where the cell has none.
  package let finalCell: [[Float]]
  /// h before the window, `[L][B * H]`. Empty in the curves.
  package let initialHidden: [[Float]]
  /// c before the window, `[L][B * H]`. Empty in the curves, and where the cell has none.
  package let initialCell: [[Float]]
  /// The decoder's scores, of an adaptive softmax log-probabilities, `[T * B * V]`. Empty in the curves.
  package let logits: [Float]
  /// The gradient of `loss` for each parameter, with no gradient flowing into the state before the window; for a tied
  /// matrix the sum of both uses. Empty in the curves.
  package let gradients: [String: GoldenTensor]
  /// `dropout` only: the masks of this window. Otherwise `nil`.
  package let masks: GoldenMasks?

  /// T, which is smaller in the last window of each case.
  package var windowLength: Int { inputs.count }
}

/// Dropout masks: factors for the vectors on the way up, already scaled by 1 / (1 − rate).
package struct GoldenMasks: Decodable, Sendable {
  /// On the encoder's vectors before layer 0, `[T * B * E]`.
  package let input: [Float]
  /// On the output of layer l before layer l + 1, `[L - 1][T * B * H]`.
  package let betweenLayers: [[Float]]
  /// On the output of the last layer before the decoder, `[T * B * H]`.
  package let output: [Float]
}

/// The optimizer of a curve. Fields that its kind does not have are 0.
package struct GoldenOptimizer: Decodable, Sendable {
  /// The rules of `torch.optim` that are used.
  package enum Kind: String, Decodable, Sendable {
    /// `torch.optim.AdamW`.
    case adamW
    /// `torch.optim.SGD`.
    case sgd
    /// `torch.optim.RMSprop`.
    case rmsProp
    /// `torch.optim.ASGD` with t₀ and λ of 0.
    case asgd
  }

  /// Which rule it is.
  package let kind: Kind
  /// The learning rate, the same in every step.
  package let learningRate: Float
  /// AdamW's β₁.
  package let beta1: Float
  /// AdamW's β₂.
  package let beta2: Float
  /// AdamW's or RMSprop's ε.
  package let epsilon: Float
  /// SGD's momentum.
  package let momentum: Float
  /// RMSprop's α.
  package let decay: Float
  /// The weight decay.
  package let weightDecay: Float
  /// The norm to which gradients are clipped before the step, as `clip_grad_norm_` does it.
  package let maximumNorm: Float
  /// The magnitude to which elements are cut before that, as `clip_grad_value_` does it; 0: not.
  package let maximumValue: Float
}
