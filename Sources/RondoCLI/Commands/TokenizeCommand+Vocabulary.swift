import ArgumentParser
import Rondo
import RondoText

extension TokenizeCommand {
  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Build a vocabulary and print it: a line for each entry, its count and its text.",
      discussion: """
        What is worth a look in it goes to standard error: how much of the text it knows, rare entries, invisible ones, \
        and those that look alike.
        """)

    @Argument(help: "Files or folders; - is standard input.") var texts: [String]
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var text: TokenizerOptions
    @Option(
      name: .long,
      help: "A file or folder: say how much of it the vocabulary knows; may be given several times.")
    var heldOut: [String] = []
    @OptionGroup var printing: VocabularyPrinting

    func run() throws {
      try printing.check()
      let settings = try text.settings()
      let corpus = try reading.corpus(texts, anyBytes: settings.takesAnyBytes)
      let heldOutCorpus =
        heldOut.isEmpty ? nil : try reading.corpus(heldOut, anyBytes: settings.takesAnyBytes)
      let (tokenizer, own, held) = try ReadingDisplay.during(isQuiet: false) { onProgress in
        let threads = availableThreads()
        let tokenizer = try corpus.tokenizer(settings, threadCount: threads, onProgress: onProgress)
        return (
          tokenizer, try corpus.coverage(by: tokenizer, threadCount: threads, onProgress: onProgress),
          try heldOutCorpus?.coverage(by: tokenizer, threadCount: threads, onProgress: onProgress)
        )
      }
      reportWarnings(
        own.warnings + (held?.warnings ?? []) + [TextWarning.about(tokenizer)].compactMap(\.self))
      printing.print(tokenizer.vocabulary)
      printing.report(tokenizer.vocabulary, coverage: own.coverage, heldOut: held?.coverage)
    }
  }

  struct VocabularyOfModel: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "vocabulary",
      abstract: "Print a model's vocabulary as build does, and how much of texts it knows.")

    @Argument(help: "A .safetensors file, a run folder or a tokenizer.json.") var model: String
    @Argument(help: "Files or folders; - is standard input.") var texts: [String] = []
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var printing: VocabularyPrinting

    func run() throws {
      try printing.check()
      guard !texts.isEmpty || reading.given.isEmpty else {
        throw Failure(
          "\(reading.given.joined(separator: ", ")) says how texts are read: name some, or leave it out",
          code: Failure.usage)
      }
      let tokenizer = try loadTokenizer(at: model)
      let corpus = texts.isEmpty ? nil : try reading.corpus(texts, anyBytes: tokenizer.takesAnyBytes)
      let found = try ReadingDisplay.during(isQuiet: false) {
        try corpus?.coverage(by: tokenizer, threadCount: availableThreads(), onProgress: $0)
      }
      reportWarnings(found?.warnings ?? [])
      printing.print(tokenizer.vocabulary)
      printing.report(tokenizer.vocabulary, coverage: found?.coverage)
    }
  }
}

/// How a vocabulary is printed.
struct VocabularyPrinting: ParsableArguments {
  @Flag(name: .long, help: "A line of JSON for each entry.") var json = false
  @Option(
    name: .long, parsing: .unconditional,
    help: "The most that each list of the report shows: unknown, rarest, invisible, confusable.")
  var report = 10

  /// - Throws: a failure where an option has no sense.
  func check() throws {
    if report < 0 { throw Failure("report is \(report): it must be at least 0", code: Failure.usage) }
  }

  /// Writes the entries to standard output in the order of their ids.
  func print(_ vocabulary: Vocabulary) {
    for (id, entry) in vocabulary.entries.enumerated() {
      Console.print(
        json ? JSONText.encode(EntryLine(id: id, entry: entry)) : "\(entry.count)\t\(entry.token.name)")
    }
  }

  /// Writes what is worth a look to standard error.
  ///
  /// - Parameters:
  ///   - coverage: how much of a text the vocabulary knows, if there is one.
  ///   - heldOut: the same of a text that it was not built from.
  func report(_ vocabulary: Vocabulary, coverage: TextCoverage?, heldOut: TextCoverage? = nil) {
    line("entries", Format.grouped(vocabulary.count))
    for (label, coverage) in [("coverage", coverage), ("held out", heldOut)] {
      guard let coverage else { continue }
      line(
        label,
        "\(Format.percent(coverage.knownCount, of: coverage.characterCount)) of "
          + Format.count(coverage.characterCount, "character"))
      list("unknown", coverage.unknown.map { named(VocabularyEntry(.bytes($0.bytes), count: $0.count)) })
    }
    let report = VocabularyReport(vocabulary)
    func entry(_ id: UInt32) -> String { named(vocabulary.entries[Int(id)]) }
    list("rarest", report.rarest.map(entry))
    lines("invisible", report.invisible) { found in
      "\(entry(found.id)): \(found.scalars.map(\.codePointName).joined(separator: ", "))"
    }
    lines("confusable", report.confusable) { ids in
      zip(ids, distinctive(ids.map(vocabulary.bytes))).map { id, scalars in
        entry(id) + (scalars.isEmpty ? "" : ": " + scalars.map(\.codePointName).joined(separator: ", "))
      }.joined(separator: "; ")
    }
  }

  private func named(_ entry: VocabularyEntry) -> String {
    // A run of one character may be an entry.
    "\(OneLine.text(entry.token.name, limit: 40)) \(Format.grouped(entry.count))"
  }

  private func line(_ label: String, _ text: String) {
    Console.error(label + String(repeating: " ", count: 12 - label.count) + text)
  }

  /// A list on one line.
  private func list(_ label: String, _ items: [String]) {
    guard !items.isEmpty, report > 0 else { return }
    let more = items.count > report ? " and \(Format.grouped(items.count - report)) more" : ""
    line(label, items.prefix(report).joined(separator: ", ") + more)
  }

  /// A list of a line for each.
  private func lines<Item>(_ label: String, _ items: [Item], text: (Item) -> String) {
    guard report > 0 else { return }
    for (index, item) in items.prefix(report).enumerated() { line(index == 0 ? label : "", text(item)) }
    if items.count > report { line("", "and \(Format.grouped(items.count - report)) more") }
  }

  /// Of each text the code points that not all of them have.
  private func distinctive(_ texts: [[UInt8]]) -> [[Unicode.Scalar]] {
    let scalars = texts.map { Array(String(decoding: $0, as: UTF8.self).unicodeScalars) }
    let common = scalars.dropFirst().reduce(Set(scalars[0])) { $0.intersection($1) }
    return scalars.map { $0.filter { !common.contains($0) } }
  }
}

/// An entry as a line of JSON: its id and what a checkpoint has of it.
private struct EntryLine: Encodable {
  var id: Int
  var entry: VocabularyEntry

  private enum CodingKeys: String, CodingKey {
    case id
  }

  func encode(to encoder: any Encoder) throws {
    try entry.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
  }
}
