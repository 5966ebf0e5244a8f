import Rondo
import RondoText

/// Says on standard error what is odd about texts and a vocabulary.
func reportWarnings(_ warnings: [TextWarning]) {
  for warning in warnings { Console.error("rondo: warning: \(warning)") }
}

/// Says on standard error what was left out: in a line, by its reasons where it is much; and of each file that somebody
/// may miss, since its content cannot be decoded, in a line of its own.
func reportSkipped(_ skipped: [Corpus.Skipped]) {
  for line in skippedLines(skipped) { Console.error(line) }
}

func skippedLines(_ skipped: [Corpus.Skipped]) -> [String] {
  var lines: [String] = []
  let named = 5, alarming = 20
  let rest = skipped.filter { $0.reason.alarm == nil }
  if !rest.isEmpty, rest.count <= named {
    lines.append("skipped: " + rest.map { "\(OneLine.text($0.name)) (\($0.reason))" }.joined(separator: ", "))
  } else if !rest.isEmpty {
    let groups = Dictionary(grouping: rest, by: \.reason.group).mapValues(\.count)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    lines.append(
      "skipped \(Format.grouped(rest.count)): "
        + groups.map { "\(Format.grouped($0.value)) \($0.key)" }.joined(separator: ", "))
  }
  let alarms = skipped.compactMap(\.reason.alarm)
  lines += alarms.prefix(alarming).map { "rondo: warning: skipped: \($0); --strict stops here" }
  if alarms.count > alarming {
    lines.append(
      "rondo: warning: skipped \(Format.grouped(alarms.count - alarming)) files more that cannot be read")
  }
  return lines
}

extension Corpus.Skipped.Reason {
  /// What is wrong with a file that one would expect to be read.
  fileprivate var alarm: String? {
    if case .undecodable(let error) = self { error.description } else { nil }
  }

  /// What many have in common.
  fileprivate var group: String {
    switch self {
    case .noExtension, .otherExtension: "with other extensions (--include takes them)"
    case .linkToFolder, .brokenLink: "links"
    case .tooShort: "too short"
    default: description
    }
  }
}
