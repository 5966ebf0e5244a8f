import RondoNN
import RondoText

/// A model that scores texts one after the other, with batch 1. It owns the memory for that and the weights as they are
/// packed, once for all texts; `LanguageModel.evaluator` makes it.
public final class Evaluator {
  private let tokenizer: Tokenizer
  private let network: InferenceNetwork
  private let threadCount: Int

  /// Tokens that are read in one go.
  private static let window = 256

  init(_ model: LanguageModel, threadCount: Int, precision: InferencePrecision) throws {
    tokenizer = model.tokenizer
    self.threadCount = threadCount
    let gang = try ThreadGang(threadCount: threadCount)
    network = InferenceNetwork(
      try model.weights(precision, gang), gang: gang, maximumBatch: 1, maximumRows: Self.window, scores: true)
  }

  /// Scores a text, which need not be in memory as a whole. It begins with a zero state, whatever was scored before.
  ///
  /// - Parameters:
  ///   - onToken: told of each predicted token and the logarithm of its probability, in order.
  ///   - read: gives further bytes, at most as many as asked for, and none at the end alone.
  /// - Throws: `TextError`; `CorpusError.tooShort` where there is nothing to predict; what `read` throws.
  public func evaluate(
    onToken: (UInt32, Double) -> Void = { _, _ in }, reading read: (Int) throws -> [UInt8]
  ) throws -> Evaluation {
    network.resetState()
    var result = Evaluation()
    /// What has been read and not been both input and target.
    var stream = tokenizer.boundaryID.map { [Int32($0)] } ?? []
    func score(atLeast least: Int) {
      var start = 0
      while stream.count - 1 - start >= least {
        let end = min(start + Self.window, stream.count - 1)
        result.predictions += end - start
        result.nats += network.score(
          inputs: stream[start..<end], targets: stream[start + 1..<end + 1], batch: 1)
        let losses = network.rowLosses(end - start)
        for row in 0..<losses.count { onToken(UInt32(stream[start + 1 + row]), -losses[row]) }
        start = end
      }
      stream.removeFirst(start)
    }
    let unknownID = tokenizer.unknownID
    try tokenizer.encode(threadCount: threadCount, keepsClusters: true, reading: read) {
      ($0, bytes: $1.count, characters: clusterCount($1))
    } receiving: { encoding, bytes, characters in
      result.tokens += encoding.ids.count
      result.bytes += bytes
      result.characters += characters
      result.unknown += unknownID.map { id in encoding.ids.count { $0 == id } } ?? 0
      stream += encoding.ids.lazy.map { Int32($0) }
      score(atLeast: Self.window)
    }
    score(atLeast: 1)
    guard result.predictions > 0 else { throw CorpusError.tooShort(tokenCount: stream.count, batchSize: 1) }
    return result
  }
}
