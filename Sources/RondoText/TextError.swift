/// What can be wrong with a text, or with a tokenizer that is read from a file.
public enum TextError: Error, Equatable, Sendable {
  /// The text is not UTF-8. `offset` counts bytes from 0 to where the first ill-formed sequence begins, so
  /// everything before it is well-formed.
  case invalidUTF8(offset: Int)
  /// A text has no place to cut it in so many bytes from `offset` on, counted from 0: no unit of text is so long.
  case noPlaceToCut(offset: Int, byteCount: Int)
  /// A vocabulary of this size has no room for one entry beside the special tokens; `minimum` has.
  case vocabularySizeTooSmall(size: Int, minimum: Int)
  /// The kind of tokenizer has one vocabulary, of size `fixed`, and another size was asked for.
  case vocabularySizeIsFixed(size: Int, fixed: Int)
  /// No unit of the text occurs often enough, or there is no text.
  case noEntries
  /// A vocabulary has the same entry twice.
  case duplicateEntry(name: String)
  /// A vocabulary has an entry without a character.
  case emptyEntry(id: Int)
  /// A vocabulary has an entry with a negative count.
  case negativeCount(id: Int)
  /// A vocabulary of characters or words has an entry that is not UTF-8.
  case entryIsNotUTF8(id: Int)
  /// A vocabulary has other special tokens than this kind of tokenizer.
  case wrongSpecialTokens(kind: TokenizerKind)
  /// A vocabulary that spells what it does not have lacks this byte.
  case missingByte(UInt8)
  /// A tokenizer of this kind cannot do this with what its vocabulary does not have.
  case wrongUnknownPolicy(UnknownPolicy, kind: TokenizerKind)
  /// The vocabulary of a byte tokenizer is not the 256 bytes and its special token.
  case wrongByteVocabulary
  /// Merge number `index`, from 0, is of a token that is no entry, or is no text.
  case mergeOfAbsentToken(index: Int, id: UInt32)
  /// What merge number `index` makes is no entry.
  case mergeWithoutEntry(index: Int, name: String)
  /// Merge number `index` is of two tokens that an earlier one merges.
  case duplicateMerge(index: Int)
  /// A tokenizer of this kind has no merges.
  case mergesNotPossible(kind: TokenizerKind)
}

extension TextError: CustomStringConvertible {
  /// One line: what is wrong and where.
  public var description: String {
    switch self {
    case .invalidUTF8(let offset):
      "invalid UTF-8 at byte \(offset)"
    case .noPlaceToCut(let offset, let byteCount):
      "no place to cut the text in \(byteCount) bytes from byte \(offset) on"
    case .vocabularySizeTooSmall(let size, let minimum):
      "a vocabulary size of \(size) is too small: it must be at least \(minimum)"
    case .vocabularySizeIsFixed(let size, let fixed):
      "a vocabulary size of \(size) is not possible: this tokenizer always has \(fixed) entries"
    case .noEntries:
      "no entry is left for the vocabulary: the text is empty, or the minimum count is above every count"
    case .duplicateEntry(let name):
      "the vocabulary has the entry \(name) twice"
    case .emptyEntry(let id):
      "entry \(id) of the vocabulary is empty"
    case .negativeCount(let id):
      "entry \(id) of the vocabulary has a negative count"
    case .entryIsNotUTF8(let id):
      "entry \(id) of the vocabulary is not UTF-8"
    case .wrongSpecialTokens(let kind):
      "the vocabulary does not have the special tokens of the \(kind.rawValue) tokenizer, or has others"
    case .missingByte(let byte):
      "the vocabulary has no entry for the byte \(byte), as spelling with bytes needs"
    case .wrongUnknownPolicy(let policy, let kind):
      "a \(kind.rawValue) tokenizer cannot have unknown \"\(policy.rawValue)\"; it has "
        + kind.unknownPolicies.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
    case .wrongByteVocabulary:
      "the vocabulary of the byte tokenizer is not the 256 bytes and <boundary>"
    case .mergeOfAbsentToken(let index, let id):
      "merge \(index) of the tokenizer names \(id), which is no entry of text in its vocabulary"
    case .mergeWithoutEntry(let index, let name):
      "merge \(index) of the tokenizer makes \(name), which is no entry of its vocabulary"
    case .duplicateMerge(let index):
      "merge \(index) of the tokenizer is there twice"
    case .mergesNotPossible(let kind):
      "a \(kind.rawValue) tokenizer cannot have merges"
    }
  }
}
