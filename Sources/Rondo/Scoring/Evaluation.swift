import RondoNN
import RondoText

/// How well a model predicts a text: the state is zero at its beginning and carried to its end.
public struct Evaluation: Sendable, Equatable {
  /// Tokens of the text.
  public var tokens = 0
  /// Tokens that were predicted: all of them after a boundary token, all but the first for `whitespace`.
  public var predictions = 0
  /// The sum of the losses in nats.
  public var nats = 0.0
  /// Bytes of the normalized text.
  public var bytes = 0
  /// Its extended grapheme clusters.
  public var characters = 0
  /// Tokens that are `<unk>`. A score with any of them is not comparable with another vocabulary's.
  public var unknown = 0

  /// Nothing scored yet.
  public init() {}

  /// The mean loss in nats.
  public var natsPerToken: Double { nats / Double(predictions) }
  /// e to the mean loss.
  public var perplexity: Double { Rondo.perplexity(natsPerToken) }
  /// The loss in bits over the characters of the text.
  public var bitsPerCharacter: Double { nats / ExactMath.log(2) / Double(characters) }
  /// The loss in bits over the bytes of the text.
  public var bitsPerByte: Double { nats / ExactMath.log(2) / Double(bytes) }
  /// The part of the tokens that is `<unk>`.
  public var unknownRate: Double { Double(unknown) / Double(max(1, tokens)) }

  /// The score of several texts together.
  public static func + (left: Evaluation, right: Evaluation) -> Evaluation {
    var sum = left
    sum.tokens += right.tokens
    sum.predictions += right.predictions
    sum.nats += right.nats
    sum.bytes += right.bytes
    sum.characters += right.characters
    sum.unknown += right.unknown
    return sum
  }
}

/// e to a mean loss in nats: between how many equally likely tokens the model hesitates.
public func perplexity(_ meanLoss: Double) -> Double { ExactMath.exp(meanLoss) }

extension LanguageModel {
  /// Scores a text with batch 1. For several texts make an `evaluator`.
  ///
  /// - Parameters:
  ///   - threadCount: threads to use.
  ///   - precision: of the weights.
  ///   - onToken: told of each predicted token and the logarithm of its probability, in order.
  /// - Throws: `TextError`; `CorpusError.tooShort` where there is nothing to predict; `ThreadError`.
  public func evaluate(
    _ utf8: [UInt8], threadCount: Int = 1, precision: InferencePrecision = .f32,
    onToken: (UInt32, Double) -> Void = { _, _ in }
  ) throws -> Evaluation {
    try evaluator(threadCount: threadCount, precision: precision)
      .evaluate(onToken: onToken, reading: readingParts(of: utf8))
  }

  /// Makes an evaluator of this model alone.
  ///
  /// - Parameters:
  ///   - threadCount: threads to use.
  ///   - precision: of the weights.
  /// - Throws: `ConfigurationError` where the model's cell cannot be had at this precision; `ThreadError`.
  public func evaluator(threadCount: Int = 1, precision: InferencePrecision = .f32) throws -> Evaluator {
    try Evaluator([self], settings: EvaluationSettings(precision: precision), threadCount: threadCount)
  }
}
