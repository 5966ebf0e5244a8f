/// Turns text into token ids and back: a normalizer, a way to cut, and a vocabulary.
///
/// For every text of which the vocabulary has all units, `decode(encode(x).ids) == normalize(x)`. A whitespace
/// tokenizer gives back the papers' normal form of it: one space between the words of a line, none at its
/// start or end.
public struct Tokenizer: Sendable {
  /// How a text is cut.
  public let kind: TokenizerKind
  /// What is done to a text before it is cut.
  public let normalizer: Normalizer
  /// What becomes of a unit that the vocabulary does not have.
  public let unknown: UnknownPolicy
  /// The versions of Unicode the vocabulary was built with. `entriesNoLongerOneUnit` tells what has changed since.
  public let unicodeVersions: UnicodeVersions
  let scheme: any TokenizerScheme

  /// Whether any bytes can be encoded, also such as are not UTF-8.
  public var takesAnyBytes: Bool { kind.takesAnyBytes(normalizer) }

  /// Makes a tokenizer of a vocabulary that is there already.
  ///
  /// - Parameters:
  ///   - kind: how a text is cut.
  ///   - normalizer: what is done to a text before.
  ///   - vocabulary: the special tokens of this kind, anywhere: `<unk>` and `<boundary>` for `character` and `word`,
  ///     `<unk>` and `<eos>` for `whitespace`; the 256 bytes and then `<boundary>` for `byte`. Where the unknown is spelled
  ///     with bytes, and for `subword`, there is no `<unk>`, and each of the 256 bytes is an entry.
  ///   - merges: for `subword` the merges in the order they are made; for the others none.
  ///   - unknown: what becomes of what the vocabulary does not have; nil: what is usual for this kind.
  ///   - unicodeVersions: the versions the vocabulary was built with.
  /// - Throws: `TextError` where the vocabulary or the merges are not of this kind.
  public init(
    kind: TokenizerKind, normalizer: Normalizer, vocabulary: Vocabulary, merges: [SubwordMerge] = [],
    unknown: UnknownPolicy? = nil, unicodeVersions: UnicodeVersions = .current
  ) throws(TextError) {
    let unknown = unknown ?? kind.unknownPolicies[0]
    try kind.require(unknown)
    guard kind == .subword || merges.isEmpty else { throw .mergesNotPossible(kind: kind) }
    self.unknown = unknown
    self.kind = kind
    self.normalizer = normalizer
    self.unicodeVersions = unicodeVersions
    scheme = try kind.scheme.init(vocabulary: vocabulary, merges: merges, unknown: unknown)
  }

  /// Makes a tokenizer of what was counted.
  init(_ settings: TokenizerSettings, _ counts: UnitCounts) throws(TextError) {
    try settings.kind.require(settings.unknown)
    kind = settings.kind
    normalizer = settings.normalizer
    unknown = settings.unknown
    unicodeVersions = .current
    scheme = try settings.kind.scheme.make(of: counts, settings)
  }

  /// Builds a tokenizer with the vocabulary of some documents, as `TokenizerBuilder` does of texts of any length.
  ///
  /// - Parameters:
  ///   - settings: how texts are cut and what becomes an entry.
  ///   - documents: texts in UTF-8; they are gone through once.
  ///   - threadCount: threads that count; at least 1.
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut` (the offset counts inside the document), `.vocabularySizeTooSmall`,
  ///   `.vocabularySizeIsFixed`, `.wrongUnknownPolicy`, or `.noEntries` where nothing but special tokens is left.
  public static func build(
    _ settings: TokenizerSettings, from documents: some Sequence<[UInt8]>, threadCount: Int = 1
  ) throws(TextError) -> Tokenizer {
    let builder = TokenizerBuilder(settings, threadCount: threadCount)
    for document in documents { try builder.add(document) }
    return try rethrowingTextError(builder.tokenizer)
  }

  /// All entries and their ids.
  public var vocabulary: Vocabulary { scheme.vocabulary }
  /// The merges of a `subword` tokenizer, in the order they are made; for the others none.
  public var merges: [SubwordMerge] { scheme.merges }
  /// The number of ids, special tokens included (V).
  public var vocabularySize: Int { vocabulary.count }
  /// The id for units the vocabulary does not have; nil where they are spelled with bytes.
  public var unknownID: UInt32? { vocabulary.id(of: .unknown) }
  /// The id that the caller places between documents; nil for `whitespace`, whose `<eos>` comes with each newline.
  public var boundaryID: UInt32? { vocabulary.id(of: .boundary) }
  /// The id to feed a model before an empty prompt: `<boundary>`, or `<eos>` for `whitespace`.
  public var startID: UInt32 { scheme.startID }
  /// How many tokens a text of a paragraph or two has, some 500 bytes: 500 characters or bytes, 120 words, 200 subwords.
  public var usualLength: Int { type(of: scheme).usualLength }

  /// The names of the entries that the present version of Unicode cuts into several units, or normalizes to
  /// something else: no text can contain them any more. Empty where the versions are the same.
  public var entriesNoLongerOneUnit: [String] {
    vocabulary.entries.compactMap { entry in
      guard case .bytes(let bytes) = entry.token, !(unknown == .bytes && bytes.count == 1) else { return nil }
      // A subword may begin or end inside a character, which no normalizer takes.
      let isNormal = !isValidUTF8(bytes) || (try? normalizer.normalize(bytes)) == bytes
      let isStable = isNormal && scheme.isOneUnit(bytes)
      return isStable ? nil : entry.token.name
    }
  }

  /// The text as the tokenizer cuts it, which is what `decode` gives back.
  ///
  /// - Throws: `TextError.invalidUTF8`. A byte tokenizer that normalizes nothing takes any bytes.
  public func normalize(_ utf8: [UInt8]) throws(TextError) -> [UInt8] {
    try kind.normalize(utf8, normalizer)
  }

  /// Token ids of a text, with an account of what the vocabulary did not have.
  public struct Encoding: Sendable, Equatable {
    /// The ids, in the order of the text.
    public var ids: [UInt32]
    /// How many of the ids stand for a unit the vocabulary does not have. The word `<unk>` in a text for
    /// `whitespace` is not counted.
    public var unknownCount: Int
    /// The first ten different units the vocabulary does not have, in UTF-8, for messages.
    public var unknownPieces: [[UInt8]]

    init(ids: [UInt32], _ unknown: UnknownPieces) {
      self.ids = ids
      unknownCount = unknown.count
      unknownPieces = unknown.first
    }
  }

  /// Normalizes a text and turns it into ids. No special token comes out, but for `<unk>` where the vocabulary does
  /// not have a unit, and `<eos>` for each newline of a `whitespace` text.
  ///
  /// - Throws: `TextError.invalidUTF8`. A byte tokenizer that normalizes nothing takes any bytes.
  public func encode(_ utf8: [UInt8]) throws(TextError) -> Encoding {
    encodeNormalized(try normalize(utf8))
  }

  func encodeNormalized(_ text: [UInt8]) -> Encoding {
    var scratch = EncodingScratch()
    return scheme.encode(text, &scratch)
  }

  /// Turns ids into text. `<boundary>` is nothing; `<unk>` is U+FFFD for `character` and the word `<unk>` for
  /// `whitespace`, which puts one space between the words of a line. The bytes of a `byte` tokenizer come as they
  /// are, valid UTF-8 or not.
  ///
  /// Traps where an id is not below `vocabularySize`.
  public func decode(_ ids: some Sequence<UInt32>) -> [UInt8] {
    var decoder = TokenDecoder(self)
    return decoder.append(ids)
  }
}

extension Tokenizer: Equatable {
  /// Tokenizers are equal when they write the same into a checkpoint.
  public static func == (left: Tokenizer, right: Tokenizer) -> Bool {
    left.kind == right.kind && left.normalizer == right.normalizer && left.unknown == right.unknown
      && left.unicodeVersions == right.unicodeVersions && left.vocabulary == right.vocabulary
      && left.merges == right.merges
  }
}
