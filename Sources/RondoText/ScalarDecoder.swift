/// Decodes token ids one by one into whole code points.
///
/// Bytes of a code point that is not complete yet are held back, and bytes that can never become one are replaced by
/// U+FFFD, one for each ill-formed sequence (Unicode Standard, section 3.9). For ids that decode to valid UTF-8 the
/// pieces together are what `Tokenizer.decode` returns.
package struct ScalarDecoder: Sendable {
  private let tokenizer: Tokenizer
  private var heldBack: [UInt8] = []
  private var atLineStart: Bool

  /// Begins after a text, which must be normalized.
  package init(_ tokenizer: Tokenizer, after text: [UInt8] = []) {
    self.tokenizer = tokenizer
    atLineStart = type(of: tokenizer.scheme).isAtLineStart(after: text)
  }

  /// Takes the next id and returns the code points that are whole now, maybe none.
  ///
  /// Traps where `id` is not below the tokenizer's `vocabularySize`.
  ///
  /// - Parameter known: how many of the id's first bytes are left out, because a prompt has them.
  package mutating func append(_ id: UInt32, droppingFirst known: Int = 0) -> [UInt8] {
    let start = heldBack.count
    tokenizer.scheme.append(id, to: &heldBack, atLineStart: &atLineStart)
    heldBack.removeSubrange(start..<start + known)
    return takeWholeScalars(isLast: false)
  }

  /// Ends the text and returns what was held back, an incomplete code point as U+FFFD. The decoder then is at the
  /// start of a new text.
  package mutating func finish() -> [UInt8] {
    atLineStart = true
    return takeWholeScalars(isLast: true)
  }

  private mutating func takeWholeScalars(isLast: Bool) -> [UInt8] {
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
