/// What a checkpoint holds of a tokenizer: a JSON object of `kind`, `normalizer`, `unicode_versions` and
/// `vocabulary`, the list of its entries with their counts; `unknown`, where it is not what is usual for the kind; and
/// for `subword` the `merges`.
extension Tokenizer: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, normalizer, unknown, vocabulary, merges
    case unicodeVersions = "unicode_versions"
  }

  /// Writes the tokenizer.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(normalizer, forKey: .normalizer)
    if unknown != kind.unknownPolicies[0] { try container.encode(unknown, forKey: .unknown) }
    try container.encode(unicodeVersions, forKey: .unicodeVersions)
    try container.encode(vocabulary, forKey: .vocabulary)
    if kind == .subword { try container.encode(merges, forKey: .merges) }
  }

  /// Reads a tokenizer and checks it.
  ///
  /// - Throws: `DecodingError` where the shape is wrong, `TextError` where the vocabulary or the merges are not of
  ///   this kind.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(TokenizerKind.self, forKey: .kind)
    let merges =
      kind == .subword || container.contains(.merges)
      ? try container.decode([SubwordMerge].self, forKey: .merges) : []
    try self.init(
      kind: kind,
      normalizer: container.decode(Normalizer.self, forKey: .normalizer),
      vocabulary: container.decode(Vocabulary.self, forKey: .vocabulary), merges: merges,
      unknown: container.decodeIfPresent(UnknownPolicy.self, forKey: .unknown),
      unicodeVersions: container.decode(UnicodeVersions.self, forKey: .unicodeVersions))
  }
}
