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
//  13. ReferenceOptimizers         gradient clipping by norm and by value, SGD with momentum, AdamW, RMSprop
//  14. ReferenceAveraging          means of the parameters over the steps
//  15. ReferenceAdaptation         a model that follows the text that it is scored on
//  16. GradientCheck               do the gradients agree with differences of the loss?
//
// and, beside the LSTM, the other cells: ReferenceRNN, ReferenceGRU, ReferencePeepholeLSTM, ReferenceMogrifier; and what
// a layer of any cell may have: ReferenceLayerNorm; ReferenceCellOutput is what the cells with a cell state share.
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
  /// The number of units in the last layer, where it has others.
  package let lastHiddenSize: Int?
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
  /// Whether the layers above layer 0 add what they make to what the layer below put out.
  package let residual: Bool
  /// Whether the layers have layer normalization (``ReferenceLayerNorm``).
  package let layerNorm: Bool
  /// The number of rounds of a Mogrifier LSTM (``ReferenceMogrifier``).
  package let mogrifierRounds: Int
  /// The rank of the rounds' matrices; full if `nil`.
  package let mogrifierRank: Int?

  /// Creates a configuration.
  ///
  /// - Precondition: All sizes are at least 1, and a tied model without a projection has `embeddingSize` units in
  ///   its last layer: its one matrix turns tokens into vectors of the first size and is multiplied by vectors of the second.
  package init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, lastHiddenSize: Int? = nil, layerCount: Int,
    cell: ReferenceCellKind = .lstm, tied: Bool = false, oneHot: Bool = false, projection: Bool = false,
    cutoffs: [Int] = [], residual: Bool = false, layerNorm: Bool = false, mogrifierRounds: Int = 5,
    mogrifierRank: Int? = nil
  ) {
    precondition(
      min(vocabularySize, embeddingSize, hiddenSize, lastHiddenSize ?? 1, layerCount) >= 1,
      "every size must be at least 1")
    precondition(
      !tied || projection || embeddingSize == lastHiddenSize ?? hiddenSize,
      "a tied model without a projection needs embeddings of the last layer's size")
    precondition(
      !residual || (lastHiddenSize ?? hiddenSize) == hiddenSize, "what is added up has one size")
    precondition(mogrifierRounds >= 1 && mogrifierRank ?? 1 >= 1, "at least one round, of rank 1")
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.lastHiddenSize = lastHiddenSize
    self.layerCount = layerCount
    self.cell = cell
    self.tied = tied
    precondition(
      !oneHot || embeddingSize == vocabularySize && !tied && !projection, "a one-hot vector has V elements")
    self.oneHot = oneHot
    self.projection = projection
    self.cutoffs = cutoffs
    self.residual = residual
    self.layerNorm = layerNorm
    self.mogrifierRounds = mogrifierRounds
    self.mogrifierRank = mogrifierRank
    precondition(
      zip([0] + cutoffs, cutoffs + [vocabularySize]).allSatisfy { $0 < $1 }, "cutoffs ascend from 1 to V − 1")
  }

  /// The tokens of each cluster.
  package var clusters: [Range<Int>] { zip(cutoffs, cutoffs.dropFirst() + [vocabularySize]).map { $0..<$1 } }

  /// The number of units of a layer.
  package func hiddenSize(ofLayer layer: Int) -> Int {
    layer == layerCount - 1 ? lastHiddenSize ?? hiddenSize : hiddenSize
  }

  /// The length of the vectors that enter the decoder: E after a projection, else the last layer's H.
  package var decoderInputSize: Int { projection ? embeddingSize : hiddenSize(ofLayer: layerCount - 1) }

  /// The length of the vectors that enter a layer: E for layer 0, for those above it the H of the layer below.
  package func inputSize(ofLayer layer: Int) -> Int {
    layer == 0 ? embeddingSize : hiddenSize(ofLayer: layer - 1)
  }

  /// The name of every parameter with its shape, in the order of the data's way through the model.
  ///
  /// Names and shapes are those of a PyTorch module with the members `encoder` (`nn.Embedding`), `rnn` (`nn.LSTM`,
  /// `nn.GRU` or `nn.RNN`), `projection` (`nn.Linear` without a bias) and `decoder` (`nn.Linear`, or
  /// `nn.AdaptiveLogSoftmaxWithLoss`), except that a tied matrix is listed once, as `encoder.weight`, and that PyTorch has
  /// neither a tied adaptive softmax nor peepholes. A weight is `[outputs, inputs]`. The G·H rows of a recurrent layer's
  /// tensors are blocks of H, one for each gate: i, f, g, o of an LSTM, r, z, n of a GRU; peepholes are `[3, H]`: i, f, o.
  ///
  /// Of layer normalization `norm_ih` and `norm_hh` are the gains of W x and U h', whose biases are `bias_ih` and
  /// `bias_hh`. Round i of a Mogrifier LSTM has `mogrifier_q` where it changes x, `mogrifier_r` where it changes h'.
  package var parameterShapes: [(name: String, shape: [Int])] {
    var result: [(name: String, shape: [Int])] =
      oneHot ? [] : [("encoder.weight", [vocabularySize, embeddingSize])]
    for layer in 0..<layerCount {
      let hiddenSize = hiddenSize(ofLayer: layer), gates = cell.gateCount * hiddenSize
      result += [
        ("rnn.weight_ih_l\(layer)", [gates, inputSize(ofLayer: layer)]),
        ("rnn.weight_hh_l\(layer)", [gates, hiddenSize]),
        ("rnn.bias_ih_l\(layer)", [gates]),
        ("rnn.bias_hh_l\(layer)", [gates]),
      ]
      if cell == .peephole { result.append(("rnn.weight_peephole_l\(layer)", [3, hiddenSize])) }
      if layerNorm {
        result += [("rnn.norm_ih_weight_l\(layer)", [gates]), ("rnn.norm_hh_weight_l\(layer)", [gates])]
        if cell.hasCellState {
          result += [
            ("rnn.norm_cell_weight_l\(layer)", [hiddenSize]), ("rnn.norm_cell_bias_l\(layer)", [hiddenSize]),
          ]
        }
      }
      result += mogrifierShapes(ofLayer: layer).joined()
    }
    if projection {
      result.append(("projection.weight", [embeddingSize, hiddenSize(ofLayer: layerCount - 1)]))
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

  /// The matrices of each round of a Mogrifier LSTM: M, or, of a low rank, its two factors.
  func mogrifierShapes(ofLayer layer: Int) -> [[(name: String, shape: [Int])]] {
    guard cell == .mogrifier else { return [] }
    return (1...mogrifierRounds).map { round in
      let sizes = [inputSize(ofLayer: layer), hiddenSize(ofLayer: layer)]
      let (gated, by) = round.isMultiple(of: 2) ? (sizes[1], sizes[0]) : (sizes[0], sizes[1])
      let name = "rnn.mogrifier_\(round.isMultiple(of: 2) ? "r" : "q")\(round)"
      guard let rank = mogrifierRank else { return [("\(name)_l\(layer)", [gated, by])] }
      return [("\(name)_left_l\(layer)", [gated, rank]), ("\(name)_right_l\(layer)", [rank, by])]
    }
  }
}
