import RondoText

extension Corpus {
  /// Something that was met on the way and not read.
  public struct Skipped: Sendable, Equatable {
    /// A name as documents have it; that of a folder ends in a slash.
    public let name: String
    /// Why.
    public let reason: Reason

    /// A thing that was left out, and why.
    public init(name: String, reason: Reason) {
      self.name = name
      self.reason = reason
    }

    /// Why something is not read.
    public enum Reason: Sendable, Equatable, CustomStringConvertible {
      /// Its name begins with a dot.
      case hidden
      /// It has a byte of zero among its first 8 192 and no byte-order mark: no text of a usual encoding has that.
      case binary
      /// It has no extension by which it could count.
      case noExtension
      /// Its extension, in lower case, is not among those that count.
      case otherExtension(String)
      /// It has no bytes, or a byte-order mark alone.
      case empty
      /// It cannot be decoded; the error says where and why.
      case undecodable(CorpusError)
      /// It has too few tokens for what it is meant for.
      case tooShort(tokenCount: Int)
      /// It was read already, by another path or through a link.
      case alreadyRead
      /// It is a link to a folder: a cycle would never end.
      case linkToFolder
      /// It is a link that leads nowhere.
      case brokenLink
      /// It is neither file nor folder.
      case special
      /// It was removed after the folder was listed.
      case gone

      /// The reason in a few words.
      public var description: String {
        switch self {
        case .hidden: "hidden"
        case .binary: "binary"
        case .noExtension: "no extension"
        case .otherExtension(let name): "extension \(OneLine.text(name)) is not taken for text"
        case .empty: "empty"
        case .undecodable(let error): error.description
        case .tooShort(let count): "too short: \(count) token\(count == 1 ? "" : "s")"
        case .alreadyRead: "already read"
        case .linkToFolder: "a link to a folder"
        case .brokenLink: "a link that leads nowhere"
        case .special: "neither file nor folder"
        case .gone: "gone"
        }
      }
    }
  }
}
