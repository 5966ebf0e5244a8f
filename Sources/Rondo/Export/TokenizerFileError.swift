import RondoText

/// What can be wrong with a `tokenizer.json`, or with a tokenizer that is to become one.
///
/// `description` is one line. What comes out of a file is shown with control characters escaped, and cut where it is long.
public enum TokenizerFileError: Error, Equatable, Sendable {
  /// There is no file at `path`.
  case notFound(path: String)
  /// The file is there but cannot be read: no permission, a folder, a device.
  case unreadable(path: String, reason: String)
  /// The file is no JSON: it ends too early, is not UTF-8, or has a key twice, such as a token.
  case notJSON(path: String, reason: String, offset: Int)
  /// The file does not say version 1.0, but `found`, or nothing.
  case wrongVersion(path: String, found: String?)
  /// The file has something that no tokenizer of Rondo has, so that ids would be others. `instead` says what can be read.
  case unsupported(path: String, part: String, instead: String)
  /// The file contradicts itself, or lacks something.
  case damaged(path: String, reason: String)
  /// A `tokenizer.json` cannot say what this tokenizer does.
  case notExportable(reason: String)
}

extension TokenizerFileError: CustomStringConvertible {
  /// One line for a person.
  public var description: String {
    switch self {
    case .notFound(let path): "\(Self.quoted(path)): no such file"
    case .unreadable(let path, let reason): "\(Self.quoted(path)): cannot be read: \(reason)"
    case .notJSON(let path, let reason, let offset):
      "\(Self.quoted(path)): no sound JSON at byte \(offset): \(reason)"
    case .wrongVersion(let path, let found?):
      "\(Self.quoted(path)) has version \(Self.quoted(found)), which rondo does not read; it reads '1.0'"
    case .wrongVersion(let path, nil):
      "\(Self.quoted(path)) has no version, so it is no tokenizer.json; rondo reads version '1.0'"
    case .unsupported(let path, let part, let instead):
      "\(Self.quoted(path)) has \(Self.cut(part)), which rondo does not have; \(instead)"
    case .damaged(let path, let reason):
      "\(Self.quoted(path)): no sound tokenizer: \(Self.cut(reason))"
    case .notExportable(let reason): "cannot be a tokenizer.json: \(reason)"
    }
  }

  /// What may have many names in it, or long ones.
  private static func cut(_ text: String) -> String { OneLine.text(text, limit: 500) }

  /// A name out of a file, in quotation marks.
  static func quoted(_ text: String) -> String { OneLine.quoted(text, limit: 200) }
}
