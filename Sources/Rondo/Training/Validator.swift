import RondoNN

/// The held-out text, cut into streams as the training text is.
struct Validator {
  private var tokens: BatchedTokens

  /// As many streams as in training, fewer where the text is short.
  init(_ stream: TokenStream, batchSize: Int) throws(CorpusError) {
    // A stream begins without context, so each should be long.
    tokens = try BatchedTokens(stream, batchSize: max(1, min(batchSize, (stream.count - 1) / 512)))
  }

  /// The mean loss in nats, from a zero state that is carried from window to window. The network's own state is put
  /// back afterwards.
  ///
  /// - Parameter goesOn: told after each window how many tokens are scored and how many there are; false ends it.
  /// - Returns: nil where `goesOn` ended it.
  /// - Throws: `CorpusError.temporaryFile` where the tokens cannot be read; what `goesOn` throws.
  mutating func meanLoss(
    _ network: RecurrentNetwork, windowLength: Int, goesOn: (_ tokens: Int, _ totalTokens: Int) throws -> Bool
  ) throws -> Double? {
    let carried = (0..<network.maximumBatch).map { network.state(stream: $0) }
    defer { for (stream, state) in carried.enumerated() { network.setState(state, stream: stream) } }
    network.resetState()
    var inputs = [Int32](repeating: 0, count: windowLength * tokens.batchSize), targets = inputs
    let totalCount = tokens.streamLength * tokens.batchSize
    var sum = 0.0, position = 0
    while position < tokens.streamLength {
      let steps = try tokens.copyWindow(
        at: position, length: windowLength, inputs: &inputs, targets: &targets)
      let rows = steps * tokens.batchSize
      sum += network.score(inputs: inputs[..<rows], targets: targets[..<rows], batch: tokens.batchSize)
      position += steps
      guard try goesOn(position * tokens.batchSize, totalCount) else { return nil }
    }
    return sum / Double(totalCount)
  }
}
