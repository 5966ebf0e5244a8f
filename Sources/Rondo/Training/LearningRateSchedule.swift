import RondoNN

/// How the learning rate changes with the step (for `epochs` with the passes, for `plateau` with the validations): a factor of 1 or less.
public enum LearningRateSchedule: Sendable, Equatable, Codable {
  /// Always 1.
  case constant
  /// Half a cosine from 1 down to 0.01 at the last step (Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts).
  case cosine
  /// Times `factor` after every `every` steps.
  case step(every: Int, factor: Double)
  /// Times `factor` for each pass through the text that begins after the first `after` passes: these have the full rate,
  /// the next one `factor` of it, the one after that `factor`².
  ///
  /// So Zaremba et al. 2014 (arXiv:1409.2329) describe theirs, with `after` 4 and 6 for the small and medium model, and
  /// so TensorFlow's ptb_word_lm has it. (Their own Lua code begins a pass later.) char-rnn's is after 10 with 0.97.
  case epochs(after: Int, factor: Double)
  /// Times `factor` after each validation that did not improve.
  case plateau(factor: Double)

  private static let finalFraction = 0.01

  /// The factor at a step (counted from 0), warm-up included.
  ///
  /// - Parameters:
  ///   - epoch: passes done.
  ///   - plateauFactor: the product of the factors that validations have called for so far.
  func factor(step: Int, of steps: Int, epoch: Int, warmupSteps: Int, plateauFactor: Double) -> Double {
    if step < warmupSteps { return Double(step + 1) / Double(warmupSteps) }
    switch self {
    case .constant: return 1
    case .cosine:
      let done = min(1, Double(step - warmupSteps) / Double(max(1, steps - warmupSteps)))
      return Self.finalFraction + (1 - Self.finalFraction) * 0.5 * (1 + ExactMath.cosPi(done))
    case .step(let every, let factor):
      return Self.power(factor, step / every)
    case .epochs(let after, let factor):
      return Self.power(factor, max(0, epoch + 1 - after))
    case .plateau: return plateauFactor
    }
  }

  /// factorⁿ by squaring, in multiplications alone: the same on every machine, which `pow` is not.
  private static func power(_ factor: Double, _ exponent: Int) -> Double {
    var product = 1.0, square = factor, rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { product *= square }
      square *= square
      rest >>= 1
    }
    return product
  }

  func validate() throws(ConfigurationError) {
    switch self {
    case .constant, .cosine: return
    case .step(let every, let factor):
      try require("schedule step's number of steps", every, in: 1...1_000_000_000)
      try Self.validate(factor)
    case .epochs(let after, let factor):
      try require("schedule epochs' number of passes", after, in: 0...1_000_000_000)
      try Self.validate(factor)
    case .plateau(let factor): try Self.validate(factor)
    }
  }

  private static func validate(_ factor: Double) throws(ConfigurationError) {
    guard factor > 0, factor < 1 else {
      throw ConfigurationError("the schedule's factor is \(factor): it must be more than 0 and less than 1")
    }
  }
}

extension LearningRateSchedule: LosslessStringConvertible {
  /// `constant`, `cosine`, `step:EVERY:FACTOR`, `epochs:AFTER:FACTOR` or `plateau:FACTOR`, as on the command line.
  public var description: String {
    switch self {
    case .constant: "constant"
    case .cosine: "cosine"
    case .step(let every, let factor): "step:\(every):\(factor)"
    case .epochs(let after, let factor): "epochs:\(after):\(factor)"
    case .plateau(let factor): "plateau:\(factor)"
    }
  }

  /// The schedule that `description` names; `plateau` alone means `plateau:0.5`.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("constant", 1): self = .constant
    case ("cosine", 1): self = .cosine
    case ("plateau", 1): self = .plateau(factor: 0.5)
    case ("plateau", 2):
      guard let factor = Double(parts[1]) else { return nil }
      self = .plateau(factor: factor)
    case ("step", 3):
      guard let every = Int(parts[1]), let factor = Double(parts[2]) else { return nil }
      self = .step(every: every, factor: factor)
    case ("epochs", 3):
      guard let after = Int(parts[1]), let factor = Double(parts[2]) else { return nil }
      self = .epochs(after: after, factor: factor)
    default: return nil
    }
  }

  /// A string, as on the command line.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let schedule = Self(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no schedule")
    }
    self = schedule
  }
}
