import RondoText

/// The text to learn from or to score: one or more documents in a fixed order.
///
/// A document is the content of one file in UTF-8, without the byte-order mark it may begin with, or any bytes where that
/// is asked for. Files that are in UTF-8 stay where they are and are read when they are needed, as often as they are; that they have not changed since is
/// checked each time. What is in another encoding is converted once. That, and what comes from a pipe, is kept in memory,
/// or where it is much in a temporary file.
///
/// Whether bytes are UTF-8 is looked at here for files that were found in folders alone. Who finds that others are not
/// makes the error with ``locating(_:inDocument:)``.
public struct Corpus: Sendable {
  /// The documents: in the order of the paths, and inside a folder by the bytes of their paths in it.
  public let documents: [Document]
  /// What was met and not read, in the order in which it would have been.
  public let skipped: [Skipped]
  /// What to call the corpus: from the first path, a file's base name without extension, the folder's name, or "stdin".
  /// Never empty, without slashes and without a dot at its start; "corpus" where nothing else is left.
  public let name: String

  /// How many bytes of UTF-8 the documents have together.
  public var byteCount: Int { documents.reduce(0) { $0 + $1.byteCount } }

  /// The extensions by which a file in a folder is taken for text, in lower case; a file may have them in any case.
  ///
  /// They are the usual ones of prose (plain text, Markdown, reStructuredText, AsciiDoc, Org, TeX) and that of
  /// tokenized corpora such as WikiText. Markup made by machines and program source are not among them: name such
  /// files one by one.
  public static let textExtensions: [String] = [
    "txt", "text", "md", "markdown", "rst", "adoc", "asciidoc", "org", "tex", "tokens",
  ]

  /// Reads files, folders and standard input, in the order given.
  ///
  /// - A file named here is read whatever its extension; a pipe or a device is read to its end. If it is empty it is
  ///   skipped.
  /// - A folder is walked to the bottom. Its files whose extension is among those of the options are read, sorted by the
  ///   bytes of their paths inside the folder (`a.txt` before `a/b.txt`, `Z.txt` before `a.txt`): the same order on
  ///   every machine. Skipped are what begins with a dot, other extensions, empty and binary files, links to folders (a
  ///   cycle would never end), links that lead nowhere, and what is neither file nor folder. Links to files are followed.
  /// - A file in a folder that cannot be decoded is skipped too, unless the options are strict. To know that, its bytes
  ///   are read once here.
  /// - `-` is standard input, read to its end, at most once. A file of that name is `./-`.
  /// - A file met a second time, by another path or through a link, is skipped: a copy of a training text among the
  ///   held-out texts would make the score of those worthless.
  /// - What begins with a byte-order mark of UTF-16 or UTF-32 is converted from that, all else from the encoding of the
  ///   options, if they name one.
  ///
  /// All paths are looked at before any is read, so that a misspelt one is known at once.
  ///
  /// - Parameters:
  ///   - anyBytes: whether bytes are taken as they are, for a tokenizer that needs no text: nothing is then decoded, a
  ///     byte-order mark is three bytes like others, and no file is found to be binary. What is compressed is unpacked.
  ///   - onProgress: told now and then how far it is, where something is read here.
  /// - Throws: ``CorpusError/noPaths``, ``CorpusError/standardInputTwice``, ``CorpusError/unknownEncoding(_:)``,
  ///   ``CorpusError/notFound(_:)``, ``CorpusError/unreadable(_:reason:)`` (inside a folder too: a text that silently is
  ///   not there would change the model), ``CorpusError/readFailed(_:reason:)``,
  ///   ``CorpusError/temporaryFile(folder:reason:)`` where more is kept than fits,
  ///   ``CorpusError/undecodable(name:encoding:offset:)``, ``CorpusError/noText(_:extensions:)`` for a folder in which
  ///   nothing has a text's extension, ``CorpusError/binary(_:)`` and ``CorpusError/empty(_:)`` if no byte of text is
  ///   left.
  public init(
    paths: [String], options: CorpusOptions = CorpusOptions(), anyBytes: Bool = false,
    onProgress: (TrainingData.Progress) -> Void = { _ in }
  ) throws(CorpusError) {
    try self.init(
      paths: paths, options: options, anyBytes: anyBytes, standardInput: 0, onProgress: onProgress)
  }

  /// The same with another descriptor as standard input, and a bound on the bytes that are kept in memory.
  package init(
    paths: [String], options: CorpusOptions = CorpusOptions(), anyBytes: Bool = false, standardInput: Int32,
    memoryLimit: Int = SpoolWriter.usualMemoryLimit, onProgress: (TrainingData.Progress) -> Void = { _ in }
  ) throws(CorpusError) {
    guard let first = paths.first else { throw .noPaths }
    guard paths.count(where: { $0 == "-" }) <= 1 else { throw .standardInputTwice }
    var intake = try CorpusIntake(options, anyBytes: anyBytes, memoryLimit: memoryLimit)
    var survey = CorpusSurvey(options)
    for path in paths {
      try survey.add(path)
    }
    var progress = IntakeProgress(survey.items)
    for item in survey.items {
      try intake.add(item, standardInput: standardInput) { onProgress(progress.add($0, of: item)) }
      progress.finish(item)
    }
    let (documents, skipped) = try intake.finish()
    if documents.isEmpty {
      for case .undecodable(let error) in skipped.map(\.reason) { throw error }
      throw skipped.contains { $0.reason == .binary } ? .binary(first) : .empty(first)
    }
    self.init(documents: documents, skipped: skipped, name: survey.name)
  }

  /// A corpus of texts that are in memory already; empty ones are skipped. Its name is that of the first text, without
  /// extension.
  public init(texts: [(name: String, text: String)]) {
    var documents: [Document] = []
    var skipped: [Skipped] = []
    for (name, text) in texts {
      let document = Document(name: name, content: Array(text.utf8))
      if document.byteCount == 0 {
        skipped.append(Skipped(name: name, reason: .empty))
      } else {
        documents.append(document)
      }
    }
    self.init(documents: documents, skipped: skipped, name: FilePath(texts.first?.name ?? "").stem)
  }

  private init(documents: [Document], skipped: [Skipped], name: String) {
    self.documents = documents
    self.skipped = skipped
    let visible = String(name.unicodeScalars.drop { $0 == "." })
    self.name = visible.isEmpty ? "corpus" : visible
  }

  /// Whether there is a folder, or a link to one, at a path.
  package static func isFolder(_ path: String) -> Bool {
    (try? FileStatus(of: FilePath(path), followingLinks: true))?.kind == .folder
  }

  /// A place in a corpus, as an editor would show it.
  public struct Location: Sendable, Equatable {
    /// Which document.
    public let document: Int
    /// The document's name.
    public let name: String
    /// The byte of the file, from 0; it counts a byte-order mark. Of what was converted, the byte of its text in UTF-8.
    public let fileOffset: Int
    /// The line, from 1; lines end in LF.
    public let line: Int
  }

  /// Where a byte of one document is in its file. The document is read up to there.
  ///
  /// - Parameter offset: counted without a byte-order mark, as in ``Document/bytes()``.
  /// - Throws: what ``Document/bytes()`` throws.
  /// - Precondition: `0 <= offset <= documents[document].byteCount`.
  public func location(ofByte offset: Int, inDocument document: Int) throws(CorpusError) -> Location {
    let found = documents[document]
    var reader = try found.reader()
    var line = 1, rest = offset
    while rest > 0 {
      let part = try reader.read(min(rest, 1 << 16))
      line += part.count { $0 == UInt8(ascii: "\n") }
      rest -= part.count
    }
    return Location(document: document, name: found.name, fileOffset: found.fileOffset + offset, line: line)
  }

  /// What is wrong with a place in one document, as an error that names the document and the line; any other error as it
  /// is.
  ///
  /// - Throws: what ``Document/bytes()`` throws.
  public func locating(_ error: TextError, inDocument document: Int) throws(CorpusError) -> any Error {
    switch error {
    case .invalidUTF8(let offset):
      let place = try location(ofByte: offset, inDocument: document)
      return CorpusError.notUTF8(name: place.name, offset: place.fileOffset, line: place.line)
    case .noPlaceToCut(let offset, let byteCount):
      let place = try location(ofByte: offset, inDocument: document)
      return CorpusError.noPlaceToCut(
        name: place.name, byteCount: byteCount, offset: place.fileOffset, line: place.line)
    default:
      return error
    }
  }

  /// What `body` makes of each document, in their order.
  ///
  /// - Throws: what `body` throws, but a `TextError` of a place in it as the error that names the document and the line.
  package func mapDocuments<Result>(_ body: (Document) throws -> Result) throws -> [Result] {
    try documents.enumerated().map { number, document in
      do {
        return try body(document)
      } catch let error as TextError {
        throw try locating(error, inDocument: number)
      }
    }
  }
}

extension CorpusError {
  /// What the system said of a path, as an error of the corpus.
  init(_ failure: FileFailure, _ path: String) {
    if failure.isNotFound {
      self = .notFound(path)
    } else if failure.whileReading {
      self = .readFailed(path, reason: failure.reason)
    } else {
      self = .unreadable(path, reason: failure.reason)
    }
  }
}
