/// The top layer's output brought to the embedding's length before the decoder: y = P h, without a bias. Where weights
/// are tied, the encoder's rows so can be shorter than the hidden state (Inan et al. 2017, arXiv:1611.01462).
struct Projection: Sendable {
  /// P, [E, H].
  static let weightName = "projection.weight"

  /// Packed when their turn comes, in memory that all weights share.
  private let forwardPanels: Panels
  private let backwardPanels: Panels
  /// [T·B, E]
  private let output: Matrix
  /// The same, the padding of its rows included, which is zero.
  private let outputGradient: Matrix

  init(embeddingSize: Int, hiddenSize: Int, maximumRows: Int, panels: Buffer<Float>) {
    let map = RowMap.plain(embeddingSize)
    forwardPanels = Panels(map: map, weightColumns: hiddenSize, direction: .forward, shared: panels)
    backwardPanels = Panels(map: map, weightColumns: hiddenSize, direction: .backward, shared: panels)
    output = Matrix(rows: maximumRows, columns: embeddingSize)
    outputGradient = Matrix(rows: maximumRows, columns: map.columns)
  }

  /// The floats of shared memory that a packed weight takes.
  static func panelsSize(embeddingSize: Int, hiddenSize: Int) -> Int {
    let map = RowMap.plain(embeddingSize)
    return max(
      Panels.size(map: map, weightColumns: hiddenSize, direction: .forward),
      Panels.size(map: map, weightColumns: hiddenSize, direction: .backward))
  }

  /// [R, H] → [R, E]
  func forward(_ input: Matrix, parameters: ParameterStore, _ gang: ThreadGang) -> Matrix {
    let result = output.rows(0..<input.rows)
    gang.pack(parameters[Self.weightName], into: forwardPanels)
    gang.product(input, forwardPanels, into: result)
    return result
  }

  /// Where the gradient of the last `forward`'s result belongs, [R, E].
  func outputGradient(rows: Int) -> Matrix { outputGradient.rows(0..<rows) }

  /// From `outputGradient` to the gradients of the weight and of the input [R, H].
  func backward(
    _ input: Matrix, inputGradient: Matrix, parameters: ParameterStore, gradients: Buffer<Float>,
    scratch: Buffer<Float>, _ gang: ThreadGang
  ) {
    let gradient = outputGradient(rows: input.rows)
    gang.outer(
      gradient, backwardPanels.map, input, into: gradients[parameters.slice(Self.weightName).range],
      accumulates: false, scratch: scratch)
    gang.pack(parameters[Self.weightName], into: backwardPanels)
    gang.product(gradient, backwardPanels, into: inputGradient)
  }
}
