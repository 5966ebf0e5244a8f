import Rondo
import RondoText

/// Encodes a text, or builds its vocabulary, in memory, and prints megabytes a second as a line of JSON.
///
///     rondo-bench encode|vocabulary FILE --tokenizer character|whitespace|subword --threads N
///
/// Reading the file is not counted, nor, for `encode`, building the vocabulary. That is of the first eight
/// megabytes: Benchmarks/corpora.py makes texts of which every unit occurs there.
@main
struct RondoBench {
  private static let sampleSize = 8_000_000

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 7, arguments[3] == "--tokenizer", arguments[5] == "--threads",
      let kind = TokenizerKind(rawValue: arguments[4]), let threads = Int(arguments[6])
    else {
      print("usage: rondo-bench encode|vocabulary FILE --tokenizer character|whitespace|subword --threads N")
      return
    }
    let document = try Corpus(paths: [arguments[2]]).documents[0]
    let text = try document.bytes()
    let duration: Duration
    switch arguments[1] {
    case "vocabulary":
      duration = try ContinuousClock().measure { _ = try vocabulary(of: text, kind, threads: threads) }
    default:
      // Not within a line: a cut there could go through a unit.
      let end = text[..<min(text.count, sampleSize)].lastIndex(of: 0x0A) ?? text.count
      let tokenizer = try vocabulary(of: Array(text[..<end]), kind, threads: threads)
      var unknownCount = 0
      var reader = try document.reader()
      duration = try ContinuousClock().measure {
        try tokenizer.encode(threadCount: threads) {
          try reader.read($0)
        } receiving: {
          unknownCount += $0.unknownCount
        }
      }
      precondition(unknownCount == 0, "a unit of the text is not in its first megabytes")
    }
    print("{\"megabytes_per_second\": \(Double(text.count) / 1e6 / (duration / .seconds(1)))}")
  }

  private static func vocabulary(of text: [UInt8], _ kind: TokenizerKind, threads: Int) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(kind: kind, normalizer: Normalizer()), from: CollectionOfOne(text),
      threadCount: threads)
  }
}
