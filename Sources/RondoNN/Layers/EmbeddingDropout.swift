/// Dropout of whole rows of the encoder: a token that is dropped is dropped wherever the window has it, and the others
/// are scaled by 1 / (1 − p) (Gal & Ghahramani 2016, arXiv:1512.05287; Merity et al. 2018, arXiv:1708.02182, §4.3).
struct EmbeddingDropout: Sendable {
  private let probability: Float
  /// [T·B]: what each token's vector is multiplied by.
  private let factors: Buffer<Float>

  init(probability: Float, rows: Int) {
    self.probability = probability
    factors = Buffer(count: probability > 0 ? rows : 0)
  }

  /// The factors of a window's tokens; nil where dropout is off or nothing is being trained (`key` nil).
  func draw(for ids: Buffer<Int32>, key: DropoutKey?) -> Buffer<Float>? {
    guard probability > 0, let key else { return nil }
    let random = CounterRandom(seed: key.seed, purpose: .embeddingDropout)
    let drop = Double(probability), kept = 1 / (1 - probability)
    for row in 0..<ids.count {
      factors[row] = random.unit(key.step, stream: UInt32(ids[row])) < drop ? 0 : kept
    }
    return latest(ids.count)
  }

  /// What the last `draw` of a training step gave.
  func latest(_ rows: Int) -> Buffer<Float>? { probability > 0 ? factors[0..<rows] : nil }
}
