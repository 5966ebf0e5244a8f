/// Which files of a folder count as text, and how bytes become text.
public struct CorpusOptions: Sendable, Equatable, Codable {
  /// The extensions by which a file in a folder counts, without a dot; upper and lower case are the same. `"*"` among
  /// them takes every file that is not binary, also one without extension.
  public var extensions: [String]
  /// The encoding of texts that do not begin with a byte-order mark, by a name that iconv(3) knows; nil is UTF-8.
  public var encoding: String?
  /// Whether a file in a folder that cannot be decoded is an error; else it is skipped.
  public var isStrict: Bool

  /// What is usual: ``Corpus/textExtensions``, UTF-8, and what cannot be decoded is skipped.
  public init(
    extensions: [String] = Corpus.textExtensions, encoding: String? = nil, isStrict: Bool = false
  ) {
    self.extensions = extensions
    self.encoding = encoding
    self.isStrict = isStrict
  }

  private enum CodingKeys: String, CodingKey {
    case encoding
    case extensions = "include"
    case isStrict = "strict"
  }
}
