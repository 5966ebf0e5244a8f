/// One round of a layer of a Mogrifier LSTM (Melis, Kočiský & Blunsom 2020, arXiv:1909.01792): vᵢ = 2 σ(M vᵢ₋₁) ⊙ vᵢ₋₂,
/// v₋₁ being the layer's input x and v₀ the hidden state h′.
package struct MogrifierRound: Sendable {
  /// A parameter's name and shape.
  typealias Parameter = (name: String, shape: [Int])

  /// The length of what is changed: of x in odd rounds, counted from 1, of h′ in even ones.
  let gatedSize: Int
  /// The length of what M multiplies.
  let gatingSize: Int
  /// M [gated, gating], or, of a low rank, the first of its factors, [gated, rank].
  let weight: Parameter
  /// The second factor, [rank, gating].
  let narrowing: Parameter?

  /// - Parameter number: i, from 1 on.
  fileprivate init(number: Int, layer: Int, inputSize: Int, hiddenSize: Int, rank: Int?) {
    let changesInput = !number.isMultiple(of: 2)
    (gatedSize, gatingSize) = changesInput ? (inputSize, hiddenSize) : (hiddenSize, inputSize)
    let name = "rnn.mogrifier_\(changesInput ? "q" : "r")\(number)"
    if let rank {
      weight = ("\(name)_left_l\(layer)", [gatedSize, rank])
      narrowing = ("\(name)_right_l\(layer)", [rank, gatingSize])
    } else {
      weight = ("\(name)_l\(layer)", [gatedSize, gatingSize])
      narrowing = nil
    }
  }

  /// In the order in which a checkpoint has them.
  var parameters: [Parameter] { [weight] + (narrowing.map { [$0] } ?? []) }
}

extension NetworkConfiguration {
  /// As the paper has it.
  package static let usualMogrifierRounds = 5

  /// The rounds of a layer; none for other cells.
  func rounds(ofLayer layer: Int) -> [MogrifierRound] {
    guard cell.hasRounds else { return [] }
    return (1...mogrifierRounds).map {
      MogrifierRound(
        number: $0, layer: layer, inputSize: inputSize(ofLayer: layer),
        hiddenSize: hiddenSize(ofLayer: layer), rank: mogrifierRank)
    }
  }
}
