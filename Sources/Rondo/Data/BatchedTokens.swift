/// A stream of token ids laid out for training as B parallel streams, read window by window.
///
/// n + 1 tokens are n predictions: of each token but the first, from those before it. Stream b (of B) has the L = n / B
/// predictions from b · L on, so that a network that carries its state from window to window reads each stream without a
/// gap. Each token but the first is a target at most once; the last n mod B are left out.
public struct BatchedTokens: Sendable {
  /// The number of parallel streams, B.
  public let batchSize: Int
  /// The number of predictions in each stream, L; at least 1.
  public let streamLength: Int

  private let tokens: TokenStream
  /// What was read ahead: of each stream the `ahead` tokens from `start` on, one stream after the other.
  private var buffer: [Int32] = []
  private var ahead = 0
  private var start = 0
  private var scratch: [UInt8] = []

  /// Tokens that are read ahead of all streams together, as long as each has its window.
  private static let readAhead = 1 << 18

  /// Lays out a stream of tokens, with whatever stands between documents already in it.
  ///
  /// - Throws: ``CorpusError/tooShort(tokenCount:batchSize:)`` if there are fewer than `batchSize` + 1 tokens.
  /// - Precondition: `batchSize >= 1`.
  public init(_ tokens: TokenStream, batchSize: Int) throws(CorpusError) {
    precondition(batchSize >= 1, "at least one stream")
    guard tokens.count > batchSize else { throw .tooShort(tokenCount: tokens.count, batchSize: batchSize) }
    self.tokens = tokens
    self.batchSize = batchSize
    streamLength = (tokens.count - 1) / batchSize
  }

  /// How many steps a window at this position has: `length`, or what is left of the streams.
  ///
  /// - Precondition: `0 <= position < streamLength` and `length >= 1`.
  public func windowLength(at position: Int, length: Int) -> Int {
    precondition(position >= 0 && position < streamLength, "the window begins outside the streams")
    precondition(length >= 1, "a window has at least one step")
    return min(length, streamLength - position)
  }

  /// Writes a window in the order `[T, B]`: step t of stream b is at `t * batchSize + b`, and its target is the token
  /// after it. What is after the window in the arrays stays as it is.
  ///
  /// The streams are read ahead, some thousand tokens of each at once. Nothing is allocated where no window before was
  /// shorter.
  ///
  /// - Parameters:
  ///   - position: the window's first step in each stream; window i of an epoch is at i · `length`.
  ///   - length: how many steps it has, T; the last of an epoch has fewer if the streams end before.
  ///   - inputs: at least T · B elements.
  ///   - targets: at least T · B elements.
  /// - Returns: T, the number of steps written, as ``windowLength(at:length:)`` says.
  /// - Throws: ``CorpusError/temporaryFile(folder:reason:)`` where the tokens cannot be read.
  /// - Precondition: as there, and the arrays are large enough.
  @discardableResult
  public mutating func copyWindow(
    at position: Int, length: Int, inputs: inout [Int32], targets: inout [Int32]
  ) throws(CorpusError) -> Int {
    let steps = windowLength(at: position, length: length)
    precondition(inputs.count >= steps * batchSize && targets.count >= steps * batchSize, "arrays too small")
    if position < start || position + steps >= start + ahead { try fill(from: position, steps: steps) }
    for step in 0..<steps {
      let row = step * batchSize
      var index = position + step - start
      for stream in 0..<batchSize {
        inputs[row + stream] = buffer[index]
        targets[row + stream] = buffer[index + 1]
        index += ahead
      }
    }
    return steps
  }

  /// Reads of each stream the tokens from `position` on, those of `steps` steps at least.
  private mutating func fill(from position: Int, steps: Int) throws(CorpusError) {
    // The last target of a stream is the first input of the next.
    let length = min(max(steps + 1, Self.readAhead / batchSize), streamLength + 1)
    if buffer.count < length * batchSize { buffer = [Int32](repeating: 0, count: length * batchSize) }
    let count = min(length, streamLength + 1 - position)
    ahead = 0
    for stream in 0..<batchSize {
      let first = stream * streamLength + position
      try tokens.read(first..<first + count, into: &buffer, at: stream * length, scratch: &scratch)
    }
    (start, ahead) = (position, length)
  }
}
