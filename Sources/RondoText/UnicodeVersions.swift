/// The versions of Unicode a tokenizer was made with; another version may cut or compose a text in another way.
public struct UnicodeVersions: Sendable, Codable, Equatable {
  /// The version that normalization follows, such as `"14.0.0"`.
  public var normalization: String
  /// The version that grapheme clusters follow.
  public var clusters: String
  /// The version that word boundaries follow; nil in a tokenizer that was made before there were any.
  public var words: String?

  /// Names the versions of a tokenizer.
  public init(normalization: String, clusters: String, words: String? = nil) {
    self.normalization = normalization
    self.clusters = clusters
    self.words = words
  }

  /// The versions this process works with: those of the library that is loaded, and that of Rondo's own table of words.
  public static var current: UnicodeVersions {
    UnicodeVersions(
      normalization: UTF8Proc.unicodeVersion, clusters: UTF8Proc.unicodeVersion,
      words: WordBreakTable.unicodeVersion)
  }
}
