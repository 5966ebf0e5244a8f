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
  /// The folder of a cache, or a file in it, cannot be made, written or read.
  case cache(folder: String, reason: String)
  /// The system's iconv knows no encoding of this name.
  case unknownEncoding(String)
  /// A folder in which no file ends in one of the extensions.
  case noText(String, extensions: [String])
  /// Everything given is empty; the path is the first one.
  case empty(String)
  /// A document has bytes that are not UTF-8. Offset and line are those of the file: the offset counts from 0 and
  /// includes a byte-order mark, the line counts from 1. Made by ``Corpus/locating(_:inDocument:)``.
  case notUTF8(name: String, offset: Int, line: Int)
  /// A document has no place to cut it in so many bytes: no word or character is so long. Offset and line are where they
  /// begin, counted as in ``notUTF8(name:offset:line:)``.
  case noPlaceToCut(name: String, byteCount: Int, offset: Int, line: Int)
  /// A document has bytes that are no text in its encoding, or ends in the middle of a character. The offset counts from
  /// 0 and includes a byte-order mark; of a compressed file it is that of the text inside.
  case undecodable(name: String, encoding: String, offset: Int)
  /// A folder in which what has a text's extension is binary.
  case binary(String)
  /// A compressed document that is cut short, or is not what it was when it was made.
  case damaged(name: String, reason: String)
  /// A compressed document, and the package was built without this trait, which it takes to read it.
  case needsTrait(String, name: String)
  /// The text has fewer predictions than there are parallel streams.
  case tooShort(tokenCount: Int, batchSize: Int)

  /// The families that a program answers in different ways, for instance with its exit code.
  public enum Kind: Sendable, Equatable {
    /// What was asked for does not exist (sysexits 64).
    case usage
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
    case .unknownEncoding: .usage
    case .noPaths, .standardInputTwice, .notFound, .unreadable, .noText: .noInput
    case .empty, .notUTF8, .noPlaceToCut, .undecodable, .binary, .damaged, .needsTrait, .tooShort: .badData
    case .readFailed, .changed, .temporaryFile, .cache: .io
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
    case .cache(let folder, let reason):
      "the cache in \(OneLine.quoted(folder)) failed: \(reason); name another folder, or leave --cache out"
    case .unknownEncoding(let name):
      "there is no encoding \(OneLine.quoted(name)) on this system; 'iconv -l' lists those there are"
    case .noText(let path, let extensions):
      extensions.contains("*")
        ? "no text in folder \(OneLine.quoted(path)): all that is in it is hidden; name files one by one"
        : "no text in folder \(OneLine.quoted(path)): files count that end in "
          + extensions.map { "." + $0 }.joined(separator: " ")
          + "; to read others, name their extensions with --include, or the files one by one"
    case .empty(let path):
      "\(path == "-" ? "standard input" : OneLine.quoted(path)) is empty; give a file that has text in it"
    case .notUTF8(let name, let offset, let line):
      "\(OneLine.quoted(name)) is not UTF-8 at byte \(offset) (line \(line)); convert it, for example with iconv -t UTF-8, "
        + "or name the encoding of all texts with --encoding"
    case .noPlaceToCut(let name, let byteCount, let offset, let line):
      "\(OneLine.quoted(name)) has a word or character of more than \(byteCount >> 20) MiB at byte \(offset) (line \(line)): "
        + "is it text? If so, take it with --tokenizer byte --normalization none"
    case .undecodable(let name, let encoding, let offset):
      "\(OneLine.quoted(name)) is not \(OneLine.text(encoding)) at byte \(offset); check its encoding, and whether it is whole"
    case .binary(let path):
      "no text in folder \(OneLine.quoted(path)): its files are binary, with bytes of zero; name a folder with text"
    case .damaged(let name, let reason):
      "\(OneLine.quoted(name)) cannot be unpacked: \(reason); use another copy"
    case .needsTrait(let trait, let name):
      "\(OneLine.quoted(name)) is compressed, and this rondo was built without the trait \(trait); build it with "
        + "--traits \(trait), or unpack the file"
    case .tooShort(let tokenCount, let batchSize):
      "a text of \(tokenCount) \(tokenCount == 1 ? "token" : "tokens") is too short for \(batchSize) parallel "
        + "\(batchSize == 1 ? "stream" : "streams"); give more text or a smaller batch size"
    }
  }
}
