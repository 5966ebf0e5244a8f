import RondoText

/// A tokenizer as a `tokenizer.json` of the Python package `tokenizers`, with the same ids for every text. `docs/text.md`
/// has the lists of what can be read and written.
extension Tokenizer {
  /// Reads a `tokenizer.json`. A file has no counts: those of all entries are 0.
  ///
  /// A special token that is not the unknown one becomes `<boundary>`, and keeps its id; where a file for characters or
  /// subwords has none, `<boundary>` gets the id after the last.
  ///
  /// - Throws: `TokenizerFileError` where the file cannot be read, is damaged, or has anything that would give other ids.
  public init(huggingFace path: String) throws(TokenizerFileError) {
    let bytes: [UInt8]
    do {
      let file = try InputFile(path: path)
      bytes = try file.read(count: file.size, at: 0).array
    } catch .fileNotFound {
      throw .notFound(path: path)
    } catch .unreadable(_, let reason), .ioFailed(_, let reason) {
      throw .unreadable(path: path, reason: reason)
    } catch {
      throw .unreadable(path: path, reason: "it changes while it is read")
    }
    try self.init(huggingFace: bytes, path: path)
  }

  /// Reads the bytes of a `tokenizer.json`, as `init(huggingFace:)` does.
  ///
  /// - Parameter path: what messages call the file.
  public init(
    huggingFace json: [UInt8], path: String = "tokenizer.json"
  ) throws(TokenizerFileError) {
    let value: JSONValue
    do {
      let mark: [UInt8] = json.starts(with: ByteOrderMark.utf8) ? ByteOrderMark.utf8 : []
      value = try JSONValue(parsing: Array(json[mark.count...]))
    } catch {
      throw .notJSON(path: path, reason: error.reason, offset: error.offset)
    }
    self = try TokenizerFileReader(path: path).tokenizer(value)
  }

  /// The tokenizer as a `tokenizer.json`, in UTF-8. Counts and versions of Unicode are not in it.
  ///
  /// - Throws: `TokenizerFileError.notExportable` for a `word` or `byte` tokenizer, one of characters that spells
  ///   with bytes, and one that folds case.
  public func huggingFaceJSON() throws(TokenizerFileError) -> [UInt8] {
    var text: [UInt8] = []
    try TokenizerFileWriter(self).file().write(to: &text)
    return text
  }

  /// Writes `huggingFaceJSON()` into a file, which appears all at once.
  ///
  /// - Throws: `TokenizerFileError.notExportable`; `CheckpointError` where the file cannot be written.
  public func saveHuggingFace(to path: String) throws {
    let json = try huggingFaceJSON()
    var file = try AtomicFile(replacing: path)
    try unsafe file.append(json.span.bytes)
    try file.commit()
  }
}
