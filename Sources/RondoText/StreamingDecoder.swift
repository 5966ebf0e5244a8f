/// Decodes token ids one by one, for text that is shown while it is made.
///
/// What it returns is always whole characters, as a reader counts them: extended grapheme clusters (UAX #29). The last
/// one is held back until the next ids show that it is complete, so most text comes one token late; a line feed comes
/// at once. A cluster has no longest length, and is held however long it grows.
///
/// Bytes that can never become UTF-8 are replaced by U+FFFD, one for each ill-formed sequence (Unicode Standard,
/// section 3.9). For ids that decode to valid UTF-8 the pieces together are what `Tokenizer.decode` returns.
public struct StreamingDecoder: Sendable {
  private var scalars: ScalarDecoder
  private var clusters: ClusterBuffer

  /// Begins after a text that has been shown already, such as a prompt; empty: at the start of a text.
  ///
  /// - Parameter text: as `Tokenizer.normalize` returns it.
  public init(_ tokenizer: Tokenizer, after text: [UInt8] = []) {
    scalars = ScalarDecoder(tokenizer, after: text)
    clusters = ClusterBuffer(after: text)
  }

  /// Takes the next id and returns the characters that are complete now, maybe none.
  ///
  /// Traps where `id` is not below the tokenizer's `vocabularySize`.
  public mutating func append(_ id: UInt32) -> [UInt8] { clusters.append(scalars.append(id)) }

  /// Ends the text and returns what was held back, an incomplete code point as U+FFFD. The decoder then is at the
  /// start of a new text.
  public mutating func finish() -> [UInt8] { clusters.append(scalars.finish()) + clusters.finish() }
}
