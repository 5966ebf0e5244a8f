/// A prompt as a model reads it: up to the last place where its tokens are certain.
///
/// What is after that, such as the beginning of a word for a model whose tokens are words, would be another token than
/// that of the whole word, or none. So it is not read; the tokens that are drawn first are held to it instead.
package struct Prompt: Sendable {
  /// The whole prompt, normalized.
  package let text: [UInt8]
  /// What is read: the text in front of the open end.
  package let closedText: [UInt8]
  /// The tokens of `closedText`.
  package let encoding: Tokenizer.Encoding
  /// What the first tokens after `encoding` must begin with; nil where everything is read.
  package let openEnd: OpenEnd?
}

extension Tokenizer {
  /// Encodes a prompt. Where no token can stand at its end, that is read as it is, as `encode` has it.
  ///
  /// - Throws: `TextError.invalidUTF8`. A byte tokenizer that normalizes nothing takes any bytes.
  package func prompt(_ utf8: [UInt8]) throws(TextError) -> Prompt {
    let text = try normalize(utf8)
    let start = scheme.startOfOpenEnd(text)
    let openEnd =
      start < text.count
      ? OpenEnd(Array(text[start...]), vocabulary, joinsTokens: type(of: scheme).joinsTokens) : nil
    let closedText = openEnd == nil ? text : Array(text[..<start])
    return Prompt(
      text: text, closedText: closedText, encoding: encodeNormalized(closedText), openEnd: openEnd)
  }
}
