import RondoNN

/// How long the window of each step is: always `base`, or random, so that over the passes each token is met at different
/// distances from a window's start (Merity, Keskar & Socher 2017, arXiv:1708.02182, section 5).
///
/// Random lengths are drawn by counter, as a function of (seed, step) alone: with probability 0.95 the mean is `base`, else
/// half of it; the length is a normal number of that mean and a deviation of 5, its fraction dropped, at least 5 and at
/// most `longest`. So the paper and its code have it, but for the cap: the code has none that counts.
struct WindowLengths: Sendable {
  private let base: Int
  private let random: CounterRandom?

  private static let deviation = 5.0
  private static let shortest = 5
  private static let wholeProbability = 0.95

  init(_ settings: TrainingSettings) {
    base = settings.windowLength
    random =
      settings.randomWindow ? CounterRandom(seed: settings.seed, purpose: .windowLength) : nil
  }

  /// The longest there may be, which memory is taken for. Random ones go 20 above the base, four deviations, which cuts
  /// one of 30 000.
  var longest: Int { random == nil ? base : base + 20 }

  /// The length of a step's window, steps counted from 0; what is left of the text may be shorter.
  func length(step: Int) -> Int {
    guard let random else { return base }
    func unit(_ stream: UInt32) -> Double { random.unit(UInt64(step), stream: stream) }
    let mean = unit(0) < Self.wholeProbability ? Double(base) : Double(base) / 2
    // Box & Muller 1958, doi:10.1214/aoms/1177706645: a radius, and the cosine of an angle, 2 π times a half and its mirror.
    let radius = (-2 * ExactMath.log(1 - unit(1))).squareRoot()
    let angle = 2 * unit(2)
    let normal = radius * ExactMath.cosPi(angle <= 1 ? angle : 2 - angle)
    return min(max(Self.shortest, Int(mean + Self.deviation * normal)), longest)
  }

  /// The factor of the learning rate for a window of so many steps: a longer one is the mean of more losses, so that each
  /// token would else count for less.
  func rateFactor(steps: Int) -> Double { random == nil ? 1 : Double(steps) / Double(base) }

  /// How many steps so many passes take through streams of `streamLength` predictions, by playing them through.
  func steps(forEpochs epochs: Int, streamLength: Int) -> Int {
    guard random != nil else { return epochs * ((streamLength - 1) / base + 1) }
    var step = 0
    for epoch in 0..<epochs {
      // No run has as many, and to play them through would take minutes.
      if epoch == 1, step * epochs > 2_000_000_000 { return step * epochs }
      var position = 0
      while position < streamLength {
        position += length(step: step)
        step += 1
      }
    }
    return step
  }
}
