/// Decodes token ids one by one, for text that is shown while it is made.
///
/// What it returns is always whole characters of UTF-8: bytes of one that is not complete yet are held back, and
/// bytes that can never become one are replaced by U+FFFD, one for each ill-formed sequence (Unicode Standard,
/// section 3.9). For ids that decode to valid UTF-8 the pieces together are what `Tokenizer.decode` returns.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private var heldBack: [UInt8] = []
  private var atLineStart = true

  /// Begins at the start of a text. To go on behind a prompt, feed the ids of the prompt first.
  public init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// Takes the next id and returns the bytes that are whole characters now, maybe none.
  ///
  /// Traps where `id` is not below the tokenizer's `vocabularySize`.
  public mutating func append(_ id: UInt32) -> [UInt8] {
    tokenizer.scheme.append(id, to: &heldBack, atLineStart: &atLineStart)
    return takeWholeCharacters(isLast: false)
  }

  /// Ends the text and returns what was held back, an incomplete character as U+FFFD. The decoder then is at the
  /// start of a new text.
  public mutating func finish() -> [UInt8] {
    atLineStart = true
    return takeWholeCharacters(isLast: true)
  }

  private mutating func takeWholeCharacters(isLast: Bool) -> [UInt8] {
    var whole: [UInt8] = []
    var position = 0
    while position < heldBack.count {
      let length = decodeScalar(heldBack, at: position).length
      if length > 0 {
        whole.append(contentsOf: heldBack[position..<position + length])
        position += length
        continue
      }
      let prefix = wellFormedPrefixLength(heldBack, at: position)
      if !isLast, prefix > 0, position + prefix == heldBack.count { break }
      whole.append(contentsOf: replacementCharacter)
      position += max(prefix, 1)
    }
    heldBack.removeFirst(position)
    return whole
  }
}
