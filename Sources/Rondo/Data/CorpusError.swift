import RondoText

/// Why a corpus could not be read, in one line: what is wrong, where, and what to do.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// No path was given.
  case noPaths
  /// `-` was given more than once.
  case standardInputTwice
  /// Nothing has this path.
  case notFound(String)
  /// A file or folder that is there but may not be opened, or is too large for this machine.
  case unreadable(String, reason: String)
  /// Reading began and then failed.
  case readFailed(String, reason: String)
  /// A file that is no longer what it was when it was looked at first.
  case changed(String)
  /// A temporary file in this folder, for text from a pipe or for token ids, cannot be made, written or read.
  case temporaryFile(folder: String, reason: String)
  /// A folder in which no file ends in one of the extensions.
  case noText(String, extensions: [String])
  /// Everything given is empty; the path is the first one.
  case empty(String)
  /// A document has bytes that are not UTF-8. Offset and line are those of the file: the offset counts from 0 and
  /// includes a byte-order mark, the line counts from 1. Made by ``Corpus/notUTF8(at:inDocument:)``.
  case notUTF8(name: String, offset: Int, line: Int)
  /// The text has fewer predictions than there are parallel streams.
  case tooShort(tokenCount: Int, batchSize: Int)

  /// The families that a program answers in different ways, for instance with its exit code.
  public enum Kind: Sendable, Equatable {
    /// The input is not there or may not be read (sysexits 66).
    case noInput
    /// The input is there, and there is nothing to be made of it (sysexits 65).
    case badData
    /// The machine failed while reading (sysexits 74).
    case io
  }

  /// The family this error belongs to.
  public var kind: Kind {
    switch self {
    case .noPaths, .standardInputTwice, .notFound, .unreadable, .noText: .noInput
    case .empty, .notUTF8, .tooShort: .badData
    case .readFailed, .changed, .temporaryFile: .io
    }
  }

  /// One line: what is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .noPaths:
      "no text given; name files or folders, or - for standard input"
    case .standardInputTwice:
      "standard input (-) is named twice but can be read only once; leave one out"
    case .notFound(let path):
      "no such file or folder: \(OneLine.quoted(path)); check the spelling"
    case .unreadable(let path, let reason):
      "cannot open \(OneLine.quoted(path)): \(reason); make it readable or leave it out"
    case .readFailed(let path, let reason):
      "reading \(OneLine.quoted(path)) failed: \(reason); check where it comes from and try again"
    case .changed(let path):
      "\(OneLine.quoted(path)) changed while it was read; wait until nobody writes to it, or take a copy"
    case .temporaryFile(let folder, let reason):
      "a temporary file in \(OneLine.quoted(folder)) failed: \(reason); make room there, or name another folder in TMPDIR"
    case .noText(let path, let extensions):
      "no text in folder \(OneLine.quoted(path)): files count that end in "
        + extensions.map { "." + $0 }.joined(separator: " ") + "; to read others, name them one by one"
    case .empty(let path):
      "\(path == "-" ? "standard input" : OneLine.quoted(path)) is empty; give a file that has text in it"
    case .notUTF8(let name, let offset, let line):
      "\(OneLine.quoted(name)) is not UTF-8 at byte \(offset) (line \(line)); convert it, for example with iconv -t UTF-8"
    case .tooShort(let tokenCount, let batchSize):
      "a text of \(tokenCount) \(tokenCount == 1 ? "token" : "tokens") is too short for \(batchSize) parallel "
        + "\(batchSize == 1 ? "stream" : "streams"); give more text or a smaller batch size"
    }
  }
}
