/// Dropout of single recurrent weights, the same for all steps of a window (DropConnect, Wan et al. 2013; on recurrent
/// matrices: Merity et al. 2018, arXiv:1708.02182, §2). A probability of 0 costs neither time nor memory.
struct WeightDrop: Sendable {
  private let place: Int
  private let probability: Float
  /// The weights that are left, scaled by 1 / (1 − p), in rows of no matter which length.
  private let output: Matrix
  private let mask: Buffer<UInt8>

  /// The place of the first layer's masks, after those of activations.
  private static let firstPlace = 256

  init(layer: Int, probability: Float, weightCount: Int) {
    place = Self.firstPlace + layer
    self.probability = probability
    let count = probability > 0 ? paddedToVectors(weightCount) : 0
    // Random numbers are drawn for 64 columns at a time.
    let columns = [64, 32, 16].first { count % $0 == 0 } ?? 16
    output = Matrix(rows: count / columns, columns: columns)
    mask = Buffer(count: count)
  }

  /// The weight itself where nothing is dropped or nothing is being trained (`key` nil).
  func forward(_ weight: Buffer<Float>, key: DropoutKey?, _ gang: ThreadGang) -> Buffer<Float> {
    guard probability > 0, let key else { return weight }
    output.buffer[0..<weight.count].copy(from: weight)
    gang.dropoutForward(
      output, batch: 1, probability: probability, place: place, key: key, mask: mask, into: output)
    return latest(weight)
  }

  /// What the last `forward` of a training step gave for this weight.
  func latest(_ weight: Buffer<Float>) -> Buffer<Float> {
    probability > 0 ? output.buffer[0..<weight.count] : weight
  }

  /// Turns the gradient of the weights that were left into that of the weight, in place.
  ///
  /// - Parameter gradient: up to a whole vector.
  func backward(_ gradient: Buffer<Float>, _ gang: ThreadGang) {
    guard probability > 0 else { return }
    let matrix = Matrix(
      buffer: gradient, rows: output.rows, columns: output.columns, stride: output.stride)
    gang.dropoutBackward(matrix, batch: 1, probability: probability, mask: mask, into: matrix)
  }
}
