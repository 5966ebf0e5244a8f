/// Inverted dropout at one place of the network, with the mask kept for the way back. A probability of 0 costs
/// neither time nor memory.
///
/// Where it is locked, a stream has one mask for all steps of a window (Gal & Ghahramani 2016, arXiv:1512.05287).
struct Dropout: Sendable {
  /// Which of the network's masks this is: part of what its random numbers are drawn for.
  let place: Int
  let probability: Float
  private let isLocked: Bool
  private let output: Matrix
  private let mask: Buffer<UInt8>

  init(place: Int, probability: Float, isLocked: Bool, rows: Int, columns: Int) {
    self.place = place
    self.probability = probability
    self.isLocked = isLocked
    output = Matrix(rows: probability > 0 ? rows : 0, columns: columns)
    mask = Buffer(count: output.rows * output.stride)
  }

  var isOn: Bool { probability > 0 }

  /// The input itself where dropout is off or nothing is being trained (`key` nil).
  func forward(_ input: Matrix, batch: Int, key: DropoutKey?, _ gang: ThreadGang) -> Matrix {
    guard isOn, let key else { return input }
    let result = output.rows(0..<input.rows)
    gang.dropoutForward(
      input, batch: batch, isLocked: isLocked, probability: probability, place: place, key: key, mask: mask,
      into: result)
    return result
  }

  /// What the last `forward` of a training step gave for this input.
  func latest(_ input: Matrix) -> Matrix { isOn ? output.rows(0..<input.rows) : input }

  /// Turns the gradient of the output into that of the input, in place.
  func backward(_ gradient: Matrix, batch: Int, _ gang: ThreadGang) {
    guard isOn else { return }
    gang.dropoutBackward(gradient, batch: batch, probability: probability, mask: mask, into: gradient)
  }
}
