import ArgumentParser
import Rondo
import RondoText

/// Which files of folders are read, and how.
struct ReadingOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Extensions by which files in folders count, such as txt,html; '*' takes all that are not binary. If not given: "
        + "\(Corpus.textExtensions.joined(separator: ",")).", valueName: "extensions"))
  var include: [String] = []
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The encoding of texts without a byte-order mark, by a name that 'iconv -l' lists; UTF-8 if not given.",
      valueName: "name"))
  var encoding: String?
  @Flag(name: .long, help: "Stop at a file in a folder that cannot be decoded, instead of leaving it out.")
  var strict = false

  /// What was asked for.
  ///
  /// - Parameter anyBytes: whether the tokenizer takes bytes that are not UTF-8.
  func options(anyBytes: Bool) throws -> CorpusOptions {
    if let encoding, anyBytes {
      throw Failure(
        "--encoding \(OneLine.text(encoding)) is not for bytes that are taken as they are: leave it out, or "
          + "--normalization none", code: Failure.usage)
    }
    var options = CorpusOptions(encoding: encoding, isStrict: strict)
    if !include.isEmpty {
      options.extensions = include.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map
      {
        // "txt", ".txt" or "*.txt"
        String($0.hasPrefix("*.") ? $0.dropFirst(2) : $0.hasPrefix(".") ? $0.dropFirst() : $0)
      }
      guard !options.extensions.contains(where: { $0.isEmpty || $0.contains("/") }) else {
        throw Failure(
          "--include takes extensions, such as txt or txt,html, or '*' for all files", code: Failure.usage)
      }
    }
    return options
  }

  /// The texts at some paths; what is skipped of them is said.
  ///
  /// - Parameter anyBytes: whether the tokenizer takes bytes that are not UTF-8.
  func corpus(_ paths: [String], anyBytes: Bool) throws -> Corpus {
    try ReadingDisplay.corpus(paths, options(anyBytes: anyBytes), anyBytes: anyBytes)
  }

  var given: [String] {
    namesOfGiven([("--include", !include.isEmpty), ("--encoding", encoding != nil), ("--strict", strict)])
  }

  /// The words that ask for the same, none for what is usual.
  static func words(_ options: CorpusOptions) -> [String] {
    let usual = CorpusOptions()
    var words: [String] = []
    if options.extensions != usual.extensions {
      words += ["--include", options.extensions.joined(separator: ",")]
    }
    if let encoding = options.encoding { words += ["--encoding", encoding] }
    if options.isStrict { words.append("--strict") }
    return words
  }
}
