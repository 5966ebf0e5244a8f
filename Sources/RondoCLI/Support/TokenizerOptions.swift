import ArgumentParser
import Rondo
import RondoText

/// How a corpus is cut into tokens.
struct TokenizerOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "character (grapheme clusters), word (UAX #29, others spelled), whitespace (corpora already cut into words), byte, or subword (byte-pair encoding); or the tokenizer of a tokenizer.json; character if not given."
  )
  var tokenizer: TokenizerArgument?
  @Option(
    name: .long,
    help:
      "none, nfc, nfd, or nfkc or nfkd (which lose differences of form), each with +casefold to lose capitals too; nfc if not given."
  )
  var normalization: NormalizationArgument?
  @Option(
    name: .long,
    help:
      "What the vocabulary does not have becomes unk (one token, lost) or bytes (spelled, nothing lost); bytes for words and unk for characters if not given."
  )
  var unknown: UnknownPolicy?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "How many entries the vocabulary has at most, special tokens included; 10000 for words and 4096 for subwords if not given."
  )
  var vocabularySize: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: "How often an entry occurs at least; 2 for words and subwords, else 1 if not given.")
  var minimumCount: Int?

  /// - Parameter base: the model to go on from, whose tokenizer counts where nothing is given. One of subwords spells
  ///   every text, so it is taken as it is.
  func source(from base: LanguageModel? = nil) throws -> TrainingData.TokenizerSource {
    if let file = tokenizer?.file {
      let others = given.filter { $0 != "--tokenizer" }
      guard others.isEmpty else {
        throw Failure(
          "\(others.joined(separator: ", ")) cannot be given with --tokenizer \(Format.shell(file)): the file says it",
          code: Failure.usage)
      }
      return .existing(try Tokenizer(huggingFace: file))
    }
    let settings = try settings(from: base)
    if let base, settings.kind == .subword, settings.normalizer == base.tokenizer.normalizer,
      vocabularySize == nil, minimumCount == nil
    {
      return .existing(base.tokenizer)
    }
    return .built(settings)
  }

  /// How a vocabulary is built.
  ///
  /// - Parameter base: as for `source`.
  func settings(from base: LanguageModel? = nil) throws -> TokenizerSettings {
    if let minimumCount, minimumCount < 1 {
      throw Failure("minimum-count is \(minimumCount): it must be at least 1", code: Failure.usage)
    }
    if let file = tokenizer?.file {
      throw Failure(
        "--tokenizer \(Format.shell(file)) has a vocabulary already: 'rondo tokenize vocabulary' prints it",
        code: Failure.usage)
    }
    let kind = tokenizer?.kind ?? base?.tokenizer.kind ?? .character
    if kind == .byte, minimumCount != nil {
      throw Failure("--minimum-count is not for bytes: their vocabulary is fixed", code: Failure.usage)
    }
    if let unknown, !kind.unknownPolicies.contains(unknown) {
      throw Failure("\(TextError.wrongUnknownPolicy(unknown, kind: kind))", code: Failure.usage)
    }
    return TokenizerSettings(
      kind: kind, normalizer: normalization?.normalizer ?? base?.tokenizer.normalizer ?? Normalizer(),
      unknown: unknown ?? base?.tokenizer.unknown, vocabularySize: vocabularySize,
      minimumCount: minimumCount)
  }

  var given: [String] {
    namesOfGiven([
      ("--tokenizer", tokenizer != nil), ("--normalization", normalization != nil),
      ("--unknown", unknown != nil), ("--vocabulary-size", vocabularySize != nil),
      ("--minimum-count", minimumCount != nil),
    ])
  }
}
