import Rondo

/// Says on standard error which files of a folder were left out.
func reportSkipped(_ corpus: Corpus) { reportSkipped(corpus.skipped) }

/// Says on standard error what was left out.
func reportSkipped(_ skipped: [Corpus.Skipped]) {
  guard !skipped.isEmpty else { return }
  let shown = skipped.prefix(5).map { "\($0.name) (\($0.reason))" }
  let more = skipped.count > shown.count ? " and \(skipped.count - shown.count) more" : ""
  Console.error("skipped: \(shown.joined(separator: ", "))\(more)")
}
