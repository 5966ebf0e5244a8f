/// How the next token is chosen from a model's logits.
///
/// The steps apply in this order, each to what the one before it left:
///
/// 1. the repetition penalty, on the logits;
/// 2. the temperature, by which the logits are divided;
/// 3. top-k;
/// 4. top-p, on the probabilities among the tokens still there;
/// 5. min-p.
///
/// Every filter keeps the likeliest tokens; of equally likely ones it keeps those with the lower ids. So at
/// least one token always stays, and a filter that removes nothing changes nothing.
public struct SamplerSettings: Sendable, Equatable, Codable {
  /// What the logits are divided by: below 1 favours what is likely anyway, above 1 evens it out.
  ///
  /// 0 takes the likeliest token each time, of equally likely ones that with the lowest id. Must be finite.
  public var temperature: Double

  /// Keeps this many of the likeliest tokens; 0 keeps all.
  public var topK: Int

  /// Keeps the smallest number of the likeliest tokens whose probabilities add up to this or more; 1 keeps
  /// all.
  ///
  /// Nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751. More than 0, at most 1.
  public var topP: Double

  /// Keeps the tokens that are at least this fraction as likely as the likeliest; 0 keeps all.
  ///
  /// Nguyen et al. 2024, arXiv:2407.01082. In 0 ... 1.
  public var minP: Double

  /// What the logit of a token seen in the last ``repetitionWindow`` tokens is divided by where it is
  /// positive, and multiplied by where it is negative; 1 changes nothing, more than 1 makes repetition rarer.
  ///
  /// The penalized sampling of CTRL, Keskar et al. 2019, arXiv:1909.05858; a token seen twice is penalized
  /// once. With an adaptive softmax or a neural cache logits are the logarithms of probabilities, so that it
  /// always multiplies. More than 0 and finite.
  public var repetitionPenalty: Double

  /// How many tokens back ``repetitionPenalty`` looks; 0 turns it off.
  public var repetitionWindow: Int

  /// Settings; what is not named is off, but for a temperature of 0.8.
  public init(
    temperature: Double = 0.8, topK: Int = 0, topP: Double = 1, minP: Double = 0,
    repetitionPenalty: Double = 1,
    repetitionWindow: Int = 64
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.repetitionWindow = repetitionWindow
  }

  /// Checks every value against its range.
  /// - Throws: the first that is out of it, in the order of the properties.
  public func validate() throws(SamplerError) {
    // Written so that NaN fails.
    guard temperature >= 0, temperature.isFinite else { throw .temperature(temperature) }
    guard topK >= 0 else { throw .topK(topK) }
    guard topP > 0, topP <= 1 else { throw .topP(topP) }
    guard minP >= 0, minP <= 1 else { throw .minP(minP) }
    guard repetitionPenalty > 0, repetitionPenalty.isFinite else {
      throw .repetitionPenalty(repetitionPenalty)
    }
    guard repetitionWindow >= 0 else { throw .repetitionWindow(repetitionWindow) }
  }
}

/// Why no token can be chosen.
public enum SamplerError: Error, Equatable, CustomStringConvertible {
  /// The temperature is negative, infinite or no number.
  case temperature(Double)
  /// Top-k is negative.
  case topK(Int)
  /// Top-p is not in 0 ... 1, or is 0.
  case topP(Double)
  /// Min-p is not in 0 ... 1.
  case minP(Double)
  /// The repetition penalty is 0, negative, infinite or no number.
  case repetitionPenalty(Double)
  /// The repetition window is negative.
  case repetitionWindow(Int)
  /// Every token that may be drawn has a logit of minus infinity or NaN.
  case noCandidate

  /// What is wrong, in one line.
  public var description: String {
    switch self {
    case .temperature(let value): "temperature must be 0 or more and finite, not \(value)"
    case .topK(let value): "top-k must be 0 (off) or more, not \(value)"
    case .topP(let value): "top-p must be more than 0 and at most 1 (off), not \(value)"
    case .minP(let value): "min-p must be between 0 (off) and 1, not \(value)"
    case .repetitionPenalty(let value): "repetition penalty must be more than 0 and finite, not \(value)"
    case .repetitionWindow(let value): "repetition window must be 0 (off) or more, not \(value)"
    case .noCandidate: "the model gives no token a probability; its weights are damaged, train it again"
    }
  }
}
