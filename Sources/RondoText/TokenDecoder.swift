/// Decodes token ids part by part into the bytes that `Tokenizer.decode` gives for all of them: also such as are not UTF-8,
/// and at once. For text that is shown while it is made there is `StreamingDecoder`.
package struct TokenDecoder: Sendable {
  private let scheme: any TokenizerScheme
  private var atLineStart = true

  /// Begins at the start of a text.
  package init(_ tokenizer: Tokenizer) {
    scheme = tokenizer.scheme
  }

  /// The bytes of the next ids. Traps where an id is not below the tokenizer's `vocabularySize`.
  package mutating func append(_ ids: some Sequence<UInt32>) -> [UInt8] {
    Self.decode(ids, by: scheme, &atLineStart)
  }

  /// The scheme is opened once, and not for each id.
  private static func decode(
    _ ids: some Sequence<UInt32>, by scheme: some TokenizerScheme, _ atLineStart: inout Bool
  ) -> [UInt8] {
    var text: [UInt8] = []
    for id in ids { scheme.append(id, to: &text, atLineStart: &atLineStart) }
    return text
  }
}
