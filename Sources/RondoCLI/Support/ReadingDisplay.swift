import Rondo

/// Says how far the reading of a large text is, how fast it goes and how long it will take: nothing for the first seconds,
/// then a live line on a terminal, plain lines now and then elsewhere.
final class ReadingDisplay {
  private let isQuiet: Bool
  private var next = ContinuousClock.now + patience
  /// What is being done, since when, and how far it was then.
  private var phase: (name: TrainingData.Progress.Phase, start: ContinuousClock.Instant, bytes: Int)?
  private var lineIsLive = false

  private static let patience = Duration.seconds(3)
  private static let liveInterval = Duration.milliseconds(200)
  private static let plainInterval = Duration.seconds(10)

  private init(isQuiet: Bool) { self.isQuiet = isQuiet }

  /// Calls `body` with what is to be told of the progress, and takes the live line away after it.
  static func during<Result>(
    isQuiet: Bool, _ body: (_ onProgress: (TrainingData.Progress) -> Void) throws -> Result
  ) rethrows -> Result {
    let display = ReadingDisplay(isQuiet: isQuiet)
    defer { if display.lineIsLive { Console.errorText("\r\u{1B}[K") } }
    return try body(display.show)
  }

  /// The texts at some paths; what is skipped of them is said.
  ///
  /// - Parameters:
  ///   - anyBytes: whether the tokenizer takes bytes that are not UTF-8.
  ///   - saysSkipped: false where it was said before.
  static func corpus(
    _ paths: [String], _ options: CorpusOptions, anyBytes: Bool, isQuiet: Bool = false,
    saysSkipped: Bool = true
  ) throws -> Corpus {
    let corpus = try during(isQuiet: isQuiet) {
      try Corpus(paths: paths, options: options, anyBytes: anyBytes, onProgress: $0)
    }
    if saysSkipped, !isQuiet { reportSkipped(corpus.skipped) }
    return corpus
  }

  private func show(_ progress: TrainingData.Progress) {
    let now = ContinuousClock.now
    if phase?.name != progress.phase { phase = (progress.phase, now, progress.bytes) }
    guard !isQuiet, let phase, now >= next else { return }
    next = now + (Console.errorIsTerminal ? Self.liveInterval : Self.plainInterval)
    let what =
      switch progress.phase {
      case .preparing: "looking through the files"
      case .receiving: "reading the input"
      case .counting: "reading the text for its vocabulary"
      case .encoding: "turning the text into tokens"
      case .comparing: "comparing the text with those in the cache"
      case .checking: "checking the tokens in the cache"
      }
    let share = progress.totalBytes.map { "\(min(progress.bytes, $0) * 100 / max(1, $0)) %" }
    var line = "\(what): \(share ?? "\(progress.bytes / 1_000_000) MB")"
    let speed = Double(progress.bytes - phase.bytes) / ((now - phase.start) / .seconds(1))
    if speed > 0, speed.isFinite {
      line += ", \(Format.fixed(speed / 1e6, speed < 1e7 ? 1 : 0)) MB/s"
      if let total = progress.totalBytes {
        line += ", \(Format.time(Double(total - progress.bytes) / speed)) left"
      }
    }
    if Console.errorIsTerminal {
      Console.errorText("\r" + line.prefix(max(0, Console.width - 1)) + "\u{1B}[K")
      lineIsLive = true
    } else {
      Console.error(line)
    }
  }
}
