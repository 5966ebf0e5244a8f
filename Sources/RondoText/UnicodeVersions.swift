/// The versions of Unicode a tokenizer was made with; another version may cut or compose a text in another way.
public struct UnicodeVersions: Sendable, Codable, Equatable {
  /// The version that normalization follows, such as `"14.0.0"`.
  public var normalization: String
  /// The version that grapheme clusters follow.
  public var clusters: String

  /// Names the versions of a tokenizer.
  public init(normalization: String, clusters: String) {
    self.normalization = normalization
    self.clusters = clusters
  }

  /// The versions this process works with, asked of the library that is loaded.
  public static var current: UnicodeVersions {
    UnicodeVersions(normalization: UTF8Proc.unicodeVersion, clusters: UTF8Proc.unicodeVersion)
  }
}
