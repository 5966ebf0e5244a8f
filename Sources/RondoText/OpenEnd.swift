/// The end of a prompt that may lie inside a token, and the tokens that can stand there: those that begin with what is
/// left of it, and those that are a part of it which others can complete.
package struct OpenEnd: Sendable {
  /// The end of the prompt.
  package let text: [UInt8]
  /// Whether several tokens may share it.
  package let joinsTokens: Bool
  private let vocabulary: Vocabulary
  /// For each offset in `text` whether tokens can be found for what is after it.
  private let isCompletable: [Bool]
  private var offset = 0

  /// Nil where no tokens can stand there. Special tokens never do.
  ///
  /// - Parameters:
  ///   - text: the end of the prompt; at least a byte.
  ///   - joinsTokens: whether several tokens may share it.
  init?(_ text: [UInt8], _ vocabulary: Vocabulary, joinsTokens: Bool) {
    self.text = text
    self.joinsTokens = joinsTokens
    self.vocabulary = vocabulary
    // First those places at which a single token can complete the text.
    var isCompletable = [Bool](repeating: false, count: text.count)
    var longest = 0
    for entry in vocabulary.entries {
      guard case .bytes(let bytes) = entry.token else { continue }
      longest = max(longest, bytes.count)
      for start in joinsTokens ? max(0, text.count - bytes.count)..<text.count : 0..<1
      where bytes.starts(with: text[start...]) {
        isCompletable[start] = true
      }
    }
    if joinsTokens {
      for start in text.indices.reversed() where !isCompletable[start] {
        isCompletable[start] = (start + 1..<min(text.count, start + longest + 1)).contains { end in
          isCompletable[end] && vocabulary.id(of: text, in: start..<end) != Vocabulary.none
        }
      }
    }
    guard isCompletable[0] else { return nil }
    self.isCompletable = isCompletable
  }

  /// Whether tokens have been taken for all of it.
  package var isComplete: Bool { offset == text.count }

  /// The ids that can come next, ascending; at least one, unless it is complete.
  package var candidates: [UInt32] {
    guard !isComplete else { return [] }
    let rest = text[offset...]
    return vocabulary.entries.indices.compactMap { id in
      guard case .bytes(let bytes) = vocabulary.entries[id].token else { return nil }
      let isCandidate =
        bytes.count < rest.count
        ? isCompletable[offset + bytes.count] && rest.starts(with: bytes) : bytes.starts(with: rest)
      return isCandidate ? UInt32(id) : nil
    }
  }

  /// Takes one of the candidates.
  ///
  /// - Returns: how many of its bytes, from the first on, the prompt has, and whether it has more.
  package mutating func take(_ id: UInt32) -> (known: Int, isNew: Bool) {
    let count = vocabulary.bytes(of: id).count
    let known = min(count, text.count - offset)
    offset += known
    return (known, count > known)
  }
}
