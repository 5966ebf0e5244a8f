import RondoNN
import RondoText

/// How well a model predicts a text: the state is zero at its beginning and carried to its end.
public struct Evaluation: Sendable, Equatable {
  /// Tokens of the text.
  public var tokens = 0
  /// Tokens that were predicted: all of them behind a boundary token, all but the first for `whitespace`.
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
  /// Scores a text with batch 1.
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
    try evaluate(
      threadCount: threadCount, precision: precision, onToken: onToken, reading: readingParts(of: utf8))
  }

  /// Scores a text that need not be in memory as a whole.
  ///
  /// - Parameters:
  ///   - threadCount: threads to use.
  ///   - precision: of the weights.
  ///   - onToken: told of each predicted token and the logarithm of its probability, in order.
  ///   - read: gives further bytes, at most as many as asked for, and none at the end alone.
  /// - Throws: as `evaluate(_:threadCount:precision:onToken:)`, and what `read` throws.
  public func evaluate(
    threadCount: Int = 1, precision: InferencePrecision = .f32,
    onToken: (UInt32, Double) -> Void = { _, _ in }, reading read: (Int) throws -> [UInt8]
  ) throws -> Evaluation {
    let window = 256
    let gang = try ThreadGang(threadCount: threadCount)
    let network = InferenceNetwork(
      weights(precision, gang), gang: gang, maximumBatch: 1, maximumRows: window, scores: true)
    var result = Evaluation()
    /// What has been read and not been both input and target.
    var stream = tokenizer.boundaryID.map { [Int32($0)] } ?? []
    func score(atLeast least: Int) {
      var start = 0
      while stream.count - 1 - start >= least {
        let end = min(start + window, stream.count - 1)
        result.predictions += end - start
        result.nats += network.score(
          inputs: stream[start..<end], targets: stream[start + 1..<end + 1], batch: 1)
        let losses = network.rowLosses(end - start)
        for row in 0..<losses.count { onToken(UInt32(stream[start + 1 + row]), -losses[row]) }
        start = end
      }
      stream.removeFirst(start)
    }
    try tokenizer.encode(threadCount: threadCount, keepsClusters: true, reading: read) {
      ($0, bytes: $1.count, characters: clusterCount($1))
    } receiving: { encoding, bytes, characters in
      result.tokens += encoding.ids.count
      result.bytes += bytes
      result.characters += characters
      result.unknown += tokenizer.unknownID.map { id in encoding.ids.count { $0 == id } } ?? 0
      stream += encoding.ids.lazy.map { Int32($0) }
      score(atLeast: window)
    }
    score(atLeast: 1)
    guard result.predictions > 0 else { throw CorpusError.tooShort(tokenCount: stream.count, batchSize: 1) }
    return result
  }
}
