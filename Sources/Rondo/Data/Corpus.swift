import RondoText

/// The text to learn from or to score: one or more documents in a fixed order.
///
/// A document is the content of one file, byte for byte, without the byte-order mark (EF BB BF) it may begin with. Files
/// stay where they are and are read when they are needed, as often as they are; that they have not changed since is
/// checked each time. What comes from a pipe is kept in memory, or where it is much in a temporary file.
/// Whether the bytes are UTF-8 is not looked at here; who finds that they are not makes the error with
/// ``notUTF8(at:inDocument:)``.
public struct Corpus: Sendable {
  /// Something that was met on the way and not read.
  public struct Skipped: Sendable, Equatable {
    /// A name as documents have it; that of a folder ends in a slash.
    public let name: String
    /// Why, in a few words.
    public let reason: String

    /// A thing that was left out, and why.
    public init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }

  /// The documents: in the order of the paths, and inside a folder by the bytes of their paths in it.
  public let documents: [Document]
  /// What was met and not read, in the order in which it would have been.
  public let skipped: [Skipped]
  /// What to call the corpus: from the first path, a file's base name without extension, the folder's name, or "stdin".
  /// Never empty, without slashes and without a dot at its start; "corpus" where nothing else is left.
  public let name: String

  /// How many bytes the documents have together.
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
  /// - A folder is walked to the bottom. Its files whose extension is among ``textExtensions`` are read, sorted by the
  ///   bytes of their paths inside the folder (`a.txt` before `a/b.txt`, `Z.txt` before `a.txt`): the same order on
  ///   every machine. Skipped are what begins with a dot, other extensions, empty files, links to folders (a cycle
  ///   would never end), links that lead nowhere, and what is neither file nor folder. Links to files are followed.
  /// - `-` is standard input, read to its end, at most once. A file of that name is `./-`.
  /// - A file met a second time, by another path or through a link, is skipped: a copy of a training text among the
  ///   held-out texts would make the score of those worthless.
  ///
  /// All paths are looked at before any is read, so that a misspelt one is known at once.
  ///
  /// - Throws: ``CorpusError/noPaths``, ``CorpusError/standardInputTwice``, ``CorpusError/notFound(_:)``,
  ///   ``CorpusError/unreadable(_:reason:)`` (inside a folder too: a text that silently is not there would change the
  ///   model), ``CorpusError/readFailed(_:reason:)``, ``CorpusError/temporaryFile(folder:reason:)`` where a pipe gives
  ///   more than fits, ``CorpusError/noText(_:extensions:)`` for a folder in which nothing has a text's extension,
  ///   ``CorpusError/empty(_:)`` if no byte of text is left.
  public init(paths: [String]) throws(CorpusError) {
    try self.init(paths: paths, standardInput: 0)
  }

  /// The same with another descriptor as standard input, and a bound on the bytes of a pipe that are kept in memory.
  package init(
    paths: [String], standardInput: Int32, memoryLimit: Int = SpoolWriter.usualMemoryLimit
  ) throws(CorpusError) {
    guard let first = paths.first else { throw .noPaths }
    guard paths.count(where: { $0 == "-" }) <= 1 else { throw .standardInputTwice }
    var survey = CorpusSurvey()
    for path in paths {
      try survey.add(path)
    }

    var documents: [Document] = []
    var skipped: [Skipped] = []
    for item in survey.items {
      let document: Document
      switch item.finding {
      case .skipped(let reason):
        skipped.append(Skipped(name: item.name, reason: reason))
        continue
      case .file(let path):
        document = try Document(
          name: item.name, path: path, pathText: item.pathText, memoryLimit: memoryLimit)
      case .standardInput:
        document = try Document(
          name: item.name, pathText: item.pathText, descriptor: standardInput, memoryLimit: memoryLimit)
      }
      if document.byteCount == 0 {
        skipped.append(Skipped(name: item.name, reason: "empty"))
      } else {
        documents.append(document)
      }
    }
    guard !documents.isEmpty else { throw .empty(first) }
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
        skipped.append(Skipped(name: name, reason: "empty"))
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
    /// The byte of the file, from 0; it counts a byte-order mark.
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

  /// The error for bytes that are not UTF-8, found at an offset of one document.
  ///
  /// - Throws: what ``Document/bytes()`` throws.
  public func notUTF8(at offset: Int, inDocument document: Int) throws(CorpusError) -> CorpusError {
    let place = try location(ofByte: offset, inDocument: document)
    return .notUTF8(name: place.name, offset: place.fileOffset, line: place.line)
  }

  /// What `body` makes of each document, in their order.
  ///
  /// - Throws: what `body` throws, but a `TextError.invalidUTF8` as the error that names the document and the line.
  package func mapDocuments<Result>(_ body: (Document) throws -> Result) throws -> [Result] {
    try documents.enumerated().map { number, document in
      do {
        return try body(document)
      } catch TextError.invalidUTF8(let offset) {
        throw try notUTF8(at: offset, inDocument: number)
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
