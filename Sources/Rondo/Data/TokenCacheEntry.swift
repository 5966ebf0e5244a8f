import RondoNN
import RondoText

/// What a cache knows of texts that were encoded. The token ids are in a file beside it.
struct TokenCacheEntry: Codable {
  /// To be raised where the same tokenizer makes other ids of a text than it did, or where the form changes.
  static let currentVersion = 2

  var version = currentVersion
  /// The versions of Unicode by which the texts were cut.
  var unicodeVersions = UnicodeVersions.current
  /// What the vocabulary was built with; nil for a tokenizer that was there already.
  var settings: TokenizerSettings?
  var tokenizer: Tokenizer
  /// The documents of each corpus.
  var corpora: [[Document]]
  var unknownCount: Int
  /// The CRC-32C of the token ids.
  var checksum: UInt32

  /// A document that was encoded.
  struct Document: Codable {
    var byteCount: Int
    var tokenCount: Int
    /// `XXH64` of the text.
    var digest: UInt64
    /// What it shows of having been decoded wrongly; nil where that is nothing.
    var findings: DecodingCheck.Findings?
    /// The file that had it; nil where the text was kept.
    var file: File?
  }

  /// By what a file is found again without being read.
  struct File: Codable, Equatable {
    var device: UInt64
    var inode: UInt64
    var byteCount: Int
    /// When it was written last.
    var seconds: Int
    var nanoseconds: Int

    /// - Returns: nil where the file system does not number its files.
    init?(_ status: FileStatus) {
      guard let identity = status.identity else { return nil }
      (device, inode) = (identity.device, identity.number)
      byteCount = status.byteCount
      (seconds, nanoseconds) = (status.modified[0], status.modified[1])
    }
  }

  /// Texts that were just encoded.
  init(_ texts: EncodedTexts, of corpora: [Corpus], _ source: TrainingData.TokenizerSource) {
    if case .built(let settings) = source { self.settings = settings }
    tokenizer = texts.tokenizer
    var number = 0
    self.corpora = zip(corpora, texts.sections).map { corpus, section in
      zip(corpus.documents, section.tokenCounts).map { document, count in
        defer { number += 1 }
        let findings = texts.findings[number]
        return Document(
          byteCount: document.byteCount, tokenCount: count, digest: texts.digests[number],
          findings: findings == DecodingCheck.Findings() ? nil : findings,
          file: document.fileStatus.flatMap(File.init))
      }
    }
    unknownCount = texts.unknownCount
    checksum = texts.checksum
  }

  /// The bytes that a token id takes.
  var width: TokenWidth { TokenWidth(vocabularySize: tokenizer.vocabularySize) }

  /// Where the tokens of each corpus are.
  var sections: [CorpusEncoder.Section] {
    var start = 0
    return corpora.map { documents in
      let section = CorpusEncoder.Section(
        start: start, tokenCounts: documents.map(\.tokenCount),
        hasBoundaries: tokenizer.boundaryID != nil)
      start = section.end
      return section
    }
  }

  /// How many bytes the token ids have.
  var tokenByteCount: Int { (sections.last?.end ?? 0) * width.rawValue }

  /// Whether its texts have the sizes of those of some corpora, so that they may be the same, and its tokens are those
  /// that a source would make of them.
  func suits(_ wanted: [Corpus], _ source: TrainingData.TokenizerSource) -> Bool {
    guard version == Self.currentVersion, unicodeVersions == .current,
      corpora.map({ $0.map(\.byteCount) }) == wanted.map({ $0.documents.map(\.byteCount) })
    else { return false }
    switch source {
    case .built(let settings): return settings == self.settings
    case .existing(let tokenizer): return tokenizer == self.tokenizer
    }
  }
}

/// An entry's file: a line of JSON, and a line with its checksum.
extension TokenCacheEntry {
  /// The file is not what was written.
  struct Damage: Error {}

  /// - Returns: nil for an entry of another version. Its counts are such that tokens can be counted in an `Int`.
  /// - Throws: ``Damage``.
  static func read(_ file: [UInt8]) throws(Damage) -> TokenCacheEntry? {
    guard let end = file.dropLast().lastIndex(of: UInt8(ascii: "\n")) else { throw Damage() }
    let json = Array(file[..<end])
    guard Array(file[end...]) == Array(checksumLine(json).utf8) else { throw Damage() }
    let text = String(decoding: json, as: UTF8.self)
    guard (try? JSONText.decode(Version.self, from: text))?.version == currentVersion else { return nil }
    guard let entry = try? JSONText.decode(TokenCacheEntry.self, from: text), entry.hasPossibleCounts else {
      throw Damage()
    }
    return entry
  }

  /// Whether no count is negative, and the bytes of all tokens, boundaries too, can be counted.
  private var hasPossibleCounts: Bool {
    var room = Int.max / 8
    for document in corpora.joined() {
      guard document.byteCount >= 0, 0...room ~= document.tokenCount else { return false }
      let signs = [document.findings?.replaced, document.findings?.doublyEncoded].compactMap(\.self)
      guard signs.allSatisfy({ $0.arePossible(in: document.byteCount) }) else { return false }
      room -= document.tokenCount
    }
    return unknownCount >= 0
  }

  /// The bytes of the file.
  var file: [UInt8] {
    let json = Array(JSONText.encode(self).utf8)
    return json + Array(Self.checksumLine(json).utf8)
  }

  private static func checksumLine(_ json: [UInt8]) -> String {
    unsafe "\ncrc32c:\(CRC32C.checksum(of: json.span.bytes).hexadecimal)\n"
  }

  private struct Version: Codable {
    var version: Int
  }
}
