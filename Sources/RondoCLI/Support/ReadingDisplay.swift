import Rondo

/// Says how far the reading of a large text is, how fast it goes and how long it will take: nothing for the first seconds,
/// then a live line on a terminal, plain lines now and then elsewhere.
final class ReadingDisplay {
  private let isQuiet: Bool
  private var next = ContinuousClock.now + patience
  /// What is being done, and since when.
  private var phase: (name: TrainingData.Progress.Phase, start: ContinuousClock.Instant)?
  private var lineIsLive = false

  private static let patience = Duration.seconds(3)
  private static let liveInterval = Duration.milliseconds(200)
  private static let plainInterval = Duration.seconds(10)

  private init(isQuiet: Bool) { self.isQuiet = isQuiet }

  /// Calls `body` with what is to be told of the progress, and takes the live line away behind it.
  static func during<Result>(
    isQuiet: Bool, _ body: (_ onProgress: (TrainingData.Progress) -> Void) throws -> Result
  ) rethrows -> Result {
    let display = ReadingDisplay(isQuiet: isQuiet)
    defer { if display.lineIsLive { Console.errorText("\r\u{1B}[K") } }
    return try body(display.show)
  }

  private func show(_ progress: TrainingData.Progress) {
    let now = ContinuousClock.now
    if phase?.name != progress.phase { phase = (progress.phase, now) }
    guard !isQuiet, let phase, now >= next else { return }
    next = now + (Console.errorIsTerminal ? Self.liveInterval : Self.plainInterval)
    let what =
      switch progress.phase {
      case .counting: "reading the text for its vocabulary"
      case .encoding: "turning the text into tokens"
      case .comparing: "comparing the text with those in the cache"
      case .checking: "checking the tokens in the cache"
      }
    var line = "\(what): \(progress.bytes * 100 / max(1, progress.totalBytes)) %"
    let speed = Double(progress.bytes) / ((now - phase.start) / .seconds(1))
    if speed > 0, speed.isFinite {
      line += ", \(Format.fixed(speed / 1e6, speed < 1e7 ? 1 : 0)) MB/s"
      line += ", \(Format.time(Double(progress.totalBytes - progress.bytes) / speed)) left"
    }
    if Console.errorIsTerminal {
      Console.errorText("\r" + line + "\u{1B}[K")
      lineIsLive = true
    } else {
      Console.error(line)
    }
  }
}
