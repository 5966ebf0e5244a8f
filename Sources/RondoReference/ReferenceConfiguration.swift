// RondoReference is a textbook in code: a recurrent language model, forward and backward, written to be read.
// No kernels, no threads, no cleverness; every formula is a loop. The fast code is tested against it.
//
// Read the files in this order:
//
//   1. ReferenceConfiguration      the sizes, and the list of parameters that follows from them
//   2. ReferenceScalar             Float or Double, and the four functions that are needed of them
//   3. ReferenceMatrix             rows and columns, and the three products
//   4. ReferenceCell               what a recurrent cell is: the pointwise part of a layer
//   5. ReferenceLSTM               the LSTM's equations and their derivatives, unit by unit
//   6. ReferenceLayer              the products around a cell: a step forward, a step backward, a window of steps
//   7. ReferenceCrossEntropy       from logits to the loss, and back
//   8. ReferenceAdaptiveSoftmax    the same for large vocabularies: a head and clusters
//   9. ReferenceModel              the parameters, the recurrent state, the dropout masks
//  10. ReferencePenalties          what may be added to the loss
//  11. ReferenceModel+Forward      encoder ▸ recurrent layers ▸ decoder ▸ loss
//  12. ReferenceModel+Backward     the same road backward: backpropagation through time
//  13. ReferenceOptimizers         gradient clipping, SGD with momentum, AdamW
//  14. ReferenceAdaptation         a model that follows the text that it is scored on
//  15. GradientCheck               do the gradients agree with differences of the loss?
//
// and, beside the LSTM, the other cells: ReferenceRNN, ReferenceGRU, ReferencePeepholeLSTM.
//
// Letters in the comments: T time steps in a window, B streams in a batch, V vocabulary, E embedding, H hidden units,
// L layers, G gates of a cell. x·y is a matrix product, x ⊙ y goes element by element, xᵀ is a transpose, x' is x one
// time step earlier, and dx is the gradient of the loss with respect to x. Tokens are counted from 0.

/// The sizes of a recurrent language model.
package struct ReferenceConfiguration: Equatable, Sendable {
  /// The number of different tokens, V.
  package let vocabularySize: Int
  /// The length of a token's vector, E.
  package let embeddingSize: Int
  /// The number of units in each layer, H.
  package let hiddenSize: Int
  /// The number of recurrent layers, L.
  package let layerCount: Int
  /// The cell of the recurrent layers.
  package let cell: ReferenceCellKind
  /// Whether the decoder uses the encoder's matrix as its own
  /// (Press & Wolf 2017, arXiv:1608.05859; Inan et al. 2017, arXiv:1611.01462).
  package let tied: Bool
  /// Whether a token enters layer 0 as a one-hot vector, 1 at its own place of V and 0 at the others, and there is no
  /// encoder. `embeddingSize` then is V.
  package let oneHot: Bool

  /// Whether the last layer's output is brought from H to E numbers before the decoder (``parameterShapes`` has the
  /// matrix, `projection.weight`), as a tied decoder needs it where the two differ.
  package let projection: Bool
  /// The first token of each cluster of an adaptive softmax, ascending; none for the full softmax
  /// (``ReferenceAdaptiveSoftmax``).
  package let cutoffs: [Int]

  /// Creates a configuration.
  ///
  /// - Precondition: All sizes are at least 1, and a tied model without a projection has `embeddingSize == hiddenSize`:
  ///   its one matrix turns tokens into vectors of the first size and is multiplied by vectors of the second.
  package init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int,
    cell: ReferenceCellKind = .lstm, tied: Bool = false, oneHot: Bool = false, projection: Bool = false,
    cutoffs: [Int] = []
  ) {
    precondition(
      min(vocabularySize, embeddingSize, hiddenSize, layerCount) >= 1, "every size must be at least 1")
    precondition(
      !tied || projection || embeddingSize == hiddenSize,
      "a tied model without a projection needs embeddingSize == hiddenSize")
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.cell = cell
    self.tied = tied
    precondition(
      !oneHot || embeddingSize == vocabularySize && !tied && !projection, "a one-hot vector has V elements")
    self.oneHot = oneHot
    self.projection = projection
    self.cutoffs = cutoffs
    precondition(
      zip([0] + cutoffs, cutoffs + [vocabularySize]).allSatisfy { $0 < $1 }, "cutoffs ascend from 1 to V − 1")
  }

  /// The tokens of each cluster.
  package var clusters: [Range<Int>] { zip(cutoffs, cutoffs.dropFirst() + [vocabularySize]).map { $0..<$1 } }

  /// The length of the vectors that enter the decoder: E behind a projection, else H.
  package var decoderInputSize: Int { projection ? embeddingSize : hiddenSize }

  /// The length of the vectors that enter a layer: E for layer 0, H for those above it.
  package func inputSize(ofLayer layer: Int) -> Int {
    layer == 0 ? embeddingSize : hiddenSize
  }

  /// The name of every parameter with its shape, in the order of the data's way through the model.
  ///
  /// Names and shapes are those of a PyTorch module with the members `encoder` (`nn.Embedding`), `rnn` (`nn.LSTM`,
  /// `nn.GRU` or `nn.RNN`), `projection` (`nn.Linear` without a bias) and `decoder` (`nn.Linear`, or
  /// `nn.AdaptiveLogSoftmaxWithLoss`), except that a tied matrix is listed once, as `encoder.weight`, and that PyTorch has
  /// neither a tied adaptive softmax nor peepholes. A weight is `[outputs, inputs]`. The G·H rows of a recurrent layer's
  /// tensors are blocks of H, one for each gate: i, f, g, o of an LSTM, r, z, n of a GRU; peepholes are `[3, H]`: i, f, o.
  package var parameterShapes: [(name: String, shape: [Int])] {
    let gates = cell.gateCount * hiddenSize
    var result: [(name: String, shape: [Int])] =
      oneHot ? [] : [("encoder.weight", [vocabularySize, embeddingSize])]
    for layer in 0..<layerCount {
      result += [
        ("rnn.weight_ih_l\(layer)", [gates, inputSize(ofLayer: layer)]),
        ("rnn.weight_hh_l\(layer)", [gates, hiddenSize]),
        ("rnn.bias_ih_l\(layer)", [gates]),
        ("rnn.bias_hh_l\(layer)", [gates]),
      ]
      if cell == .peephole { result.append(("rnn.weight_peephole_l\(layer)", [3, hiddenSize])) }
    }
    if projection {
      result.append(("projection.weight", [embeddingSize, hiddenSize]))
    }
    switch (cutoffs.first, tied) {
    case (nil, false): result.append(("decoder.weight", [vocabularySize, decoderInputSize]))
    case (let head?, false):
      result += [
        ("decoder.head.weight", [head + cutoffs.count, decoderInputSize]),
        ("decoder.head.bias", [head + cutoffs.count]),
      ]
      var size = decoderInputSize
      for (index, tokens) in clusters.enumerated() {
        size /= 4
        precondition(size >= 1, "the vectors are too short for so many clusters")
        result += [
          ("decoder.tail.\(index).0.weight", [size, decoderInputSize]),
          ("decoder.tail.\(index).1.weight", [tokens.count, size]),
        ]
      }
      return result
    case (_?, true):
      result += [
        ("decoder.cluster.weight", [cutoffs.count, decoderInputSize]),
        ("decoder.cluster.bias", [cutoffs.count]),
      ]
    case (nil, true): break
    }
    result.append(("decoder.bias", [vocabularySize]))
    return result
  }
}
