import RondoText

/// What makes one think that a text is not as it should be. It can be trained on all the same.
public enum TextWarning: Sendable, Equatable, CustomStringConvertible {
  /// Documents have many U+FFFD: so many in the parts of 64 KB that show it, which have so many bytes.
  case replacementCharacters(documents: [String], count: Int, byteCount: Int)
  /// Documents are UTF-8 that was read as Latin-1 or Windows-1252 and written as UTF-8 again: so many characters in the
  /// parts of 64 KB that show it.
  case doublyEncoded(documents: [String], count: Int, byteCount: Int)
  /// A vocabulary of characters has more entries than a language needs.
  case largeVocabulary(entryCount: Int, characterCount: Int)

  /// One line: what is odd, where, and what to do.
  public var description: String {
    switch self {
    case .replacementCharacters(let documents, let count, let byteCount):
      "\(Self.list(documents)) \(documents.count == 1 ? "was" : "were") decoded wrongly: U+FFFD stands \(count) times in "
        + "\(byteCount) bytes; make \(documents.count == 1 ? "it" : "them") again from the original"
    case .doublyEncoded(let documents, let count, let byteCount):
      "\(Self.list(documents)) \(documents.count == 1 ? "looks" : "look") like UTF-8 that was read as Windows-1252, with "
        + "\(count) sequences such as 'Ã¼' and 'â€™' in \(byteCount) bytes; check --encoding, or mend "
        + "\(documents.count == 1 ? "it" : "them") with iconv -f UTF-8 -t WINDOWS-1252"
    case .largeVocabulary(let entryCount, let characterCount):
      "a vocabulary of \(entryCount) entries is large for \(characterCount) characters; check the encoding of the text, "
        + "or make it smaller with --minimum-count or --vocabulary-size"
    }
  }

  /// A few names, and how many more there are.
  private static func list(_ documents: [String]) -> String {
    let named = documents.prefix(3).map { OneLine.quoted($0) }.joined(separator: ", ")
    let others = documents.count - 3
    return others > 0 ? named + " and \(others) other\(others == 1 ? "" : "s")" : named
  }

  /// What was found in documents, in a warning of each kind.
  static func all(_ names: [String], _ findings: [DecodingCheck.Findings]) -> [TextWarning] {
    func gathered(
      _ signs: KeyPath<DecodingCheck.Findings, DecodingSigns?>
    ) -> (documents: [String], sum: DecodingSigns)? {
      var documents: [String] = []
      var sum = DecodingSigns()
      for (name, found) in zip(names, findings) {
        guard let signs = found[keyPath: signs] else { continue }
        documents.append(name)
        sum += signs
      }
      return documents.isEmpty ? nil : (documents, sum)
    }
    var warnings: [TextWarning] = []
    if let (documents, sum) = gathered(\.replaced) {
      warnings.append(
        .replacementCharacters(
          documents: documents, count: sum.replacementCount, byteCount: sum.byteCount))
    }
    if let (documents, sum) = gathered(\.doublyEncoded) {
      warnings.append(
        .doublyEncoded(documents: documents, count: sum.doublyEncodedCount, byteCount: sum.byteCount))
    }
    return warnings
  }

  /// Says of a vocabulary of characters whether it is too large: more than 20 000 entries, or more than one for each 20
  /// characters of a text that has more than 100 000. Chinese needs 3 000 to 8 000.
  public static func about(_ tokenizer: Tokenizer) -> TextWarning? {
    guard tokenizer.kind == .character else { return nil }
    let vocabulary = tokenizer.vocabulary
    // A file can say any counts.
    let characterCount = vocabulary.entries.reduce(0) { $0 + min($1.count, .max - $0) }
    let isMuch = characterCount > 100_000 && vocabulary.count * 20 > characterCount
    guard vocabulary.count > 20_000 || isMuch else { return nil }
    return .largeVocabulary(entryCount: vocabulary.count, characterCount: characterCount)
  }
}
