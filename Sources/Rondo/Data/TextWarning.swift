import RondoText

/// What makes one think that a text is not as it should be. It can be trained on all the same.
public enum TextWarning: Sendable, Equatable, CustomStringConvertible {
  /// A document has many U+FFFD; so have others that were looked at.
  case replacementCharacters(document: String, count: Int, characterCount: Int, otherDocuments: Int)
  /// A document is UTF-8 that was read as Latin-1 or Windows-1252 and written as UTF-8 again; so are others.
  case doublyEncoded(document: String, count: Int, characterCount: Int, otherDocuments: Int)
  /// A vocabulary of characters has more entries than a language needs.
  case largeVocabulary(entryCount: Int, characterCount: Int)

  /// One line: what is odd, where, and what to do.
  public var description: String {
    switch self {
    case .replacementCharacters(let document, let count, let characterCount, let others):
      "\(OneLine.quoted(document))\(Self.and(others)) was decoded wrongly: U+FFFD stands \(count) times in its first "
        + "\(characterCount) characters; make it again from the original"
    case .doublyEncoded(let document, let count, let characterCount, let others):
      "\(OneLine.quoted(document))\(Self.and(others)) looks like UTF-8 that was read as Windows-1252, with \(count) "
        + "sequences such as 'Ã¼' and 'â€™' in its first \(characterCount) characters; check --encoding, or mend it with "
        + "iconv -f UTF-8 -t WINDOWS-1252"
    case .largeVocabulary(let entryCount, let characterCount):
      "a vocabulary of \(entryCount) entries is large for \(characterCount) characters; check the encoding of the text, "
        + "or make it smaller with --minimum-count or --vocabulary-size"
    }
  }

  private static func and(_ others: Int) -> String {
    others == 0 ? "" : " (and \(others) other\(others == 1 ? "" : "s"))"
  }

  /// Looks at the beginnings of documents: 64 KB of each, of 256 documents at most, which lie evenly among all.
  ///
  /// - Throws: what `Corpus.Document.reader` throws.
  public static func all(of corpus: Corpus) throws(CorpusError) -> [TextWarning] {
    let documents = corpus.documents
    let lookedAt = min(documents.count, 256)
    var replaced: [(name: String, signs: DecodingSigns)] = []
    var doubled = replaced
    for number in 0..<lookedAt {
      let document = documents[number * documents.count / lookedAt]
      var reader = try document.reader()
      let signs = DecodingSigns(String(decoding: try reader.read(1 << 16), as: UTF8.self).unicodeScalars)
      if signs.showsReplacements { replaced.append((document.name, signs)) }
      if signs.showsDoubleEncoding { doubled.append((document.name, signs)) }
    }
    var warnings: [TextWarning] = []
    if let (name, signs) = replaced.first {
      warnings.append(
        .replacementCharacters(
          document: name, count: signs.replacementCount, characterCount: signs.characterCount,
          otherDocuments: replaced.count - 1))
    }
    if let (name, signs) = doubled.first {
      warnings.append(
        .doublyEncoded(
          document: name, count: signs.doublyEncodedCount, characterCount: signs.characterCount,
          otherDocuments: doubled.count - 1))
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
