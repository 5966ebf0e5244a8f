import Rondo
import RondoText

/// What a person, or a program, sees of a training run: a live line on a terminal, plain lines now and then elsewhere,
/// JSON on standard output.
final class TrainingDisplay {
  private let isQuiet: Bool
  private let writesJSON: Bool
  private let sampleEvery: Int
  private let threadCount: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant
  private var lastReport: ContinuousClock.Instant
  private var tokensSinceReport = 0
  private var lastLine: ContinuousClock.Instant
  private var recentLoss: Double?
  private var rate = 0.0
  private var lastValidation: TrainingEvent.Validation?
  private var validations = 0
  private var validatingSince: (step: Int, start: ContinuousClock.Instant)?
  private var lineIsLive = false
  private let firstStep: Int

  private static let liveInterval = Duration.milliseconds(200)
  private static let jsonInterval = Duration.milliseconds(500)
  private static let plainInterval = Duration.seconds(10)
  private static let validationPatience = Duration.seconds(1)

  /// - Parameter threadCount: threads that samples are written with.
  init(isQuiet: Bool, writesJSON: Bool, sampleEvery: Int, firstStep: Int, threadCount: Int) {
    self.isQuiet = isQuiet
    self.writesJSON = writesJSON
    self.sampleEvery = sampleEvery
    self.firstStep = firstStep
    self.threadCount = threadCount
    start = clock.now
    lastShown = start
    lastReport = start
    lastLine = start
  }

  /// Seconds since the start.
  var elapsed: Double { seconds(clock.now - start) }

  func show(_ event: TrainingEvent, _ trainer: Trainer) throws {
    switch event {
    case .step(let step): show(step)
    case .validating(let validating): show(validating)
    case .validation(let validation): try show(validation, trainer)
    case .rollBack(let report): show(report)
    }
  }

  private func show(_ step: TrainingEvent.Step) {
    tokensSinceReport += step.tokens
    recentLoss = recentLoss.map { 0.95 * $0 + 0.05 * step.loss } ?? step.loss
    let now = clock.now
    let isLast = step.step == step.steps
    if writesJSON, now - lastLine >= Self.jsonInterval || isLast {
      lastLine = now
      Console.print(json: StepLine(step, tokensPerSecond: measureRate(now)))
    }
    guard isDue(now) || isLast && showsProgress else { return }
    lastShown = now
    _ = measureRate(now)
    let left = seconds(now - start) / Double(max(1, step.step - firstStep)) * Double(step.steps - step.step)
    let facts = [
      "step \(Format.grouped(step.step))/\(Format.grouped(step.steps))",
      "epoch \(Format.fixed(step.epochs, 2))",
      "loss \(Format.fixed(recentLoss ?? step.loss, 3))",
      lastValidation.map { "validation \(Format.fixed($0.loss, 3))" } ?? "", "\(Format.short(rate)) tokens/s",
      "\(Format.time(left)) left",
    ]
    if Console.errorIsTerminal {
      showLive(Self.line(facts, done: Double(step.step) / Double(step.steps), width: Console.width - 1))
    } else {
      Console.error(facts.filter { !$0.isEmpty }.joined(separator: "  "))
    }
  }

  /// Nothing of a validation that is soon over.
  private func show(_ validating: TrainingEvent.Validating) {
    let now = clock.now
    if validatingSince?.step != validating.step { validatingSince = (validating.step, now) }
    guard let validatingSince, now - validatingSince.start >= Self.validationPatience, isDue(now) else {
      return
    }
    lastShown = now
    let percent = validating.tokens * 100 / validating.totalTokens
    let line = "validating at step \(Format.grouped(validating.step)): \(percent) %"
    if Console.errorIsTerminal {
      showLive(String(line.prefix(Console.width - 1)))
    } else {
      Console.error(line)
    }
  }

  private var showsProgress: Bool { !isQuiet && !writesJSON }

  /// Whether it is time for another line.
  private func isDue(_ now: ContinuousClock.Instant) -> Bool {
    showsProgress && now - lastShown >= (Console.errorIsTerminal ? Self.liveInterval : Self.plainInterval)
  }

  private func showLive(_ line: String) {
    Console.errorText("\r" + line + "\u{1B}[K")
    lineIsLive = true
  }

  private func show(_ validation: TrainingEvent.Validation, _ trainer: Trainer) throws {
    lastValidation = validation
    validations += 1
    if writesJSON { Console.print(json: ValidationLine(validation)) }
    guard showsProgress else { return }
    endLine()
    Console.error(
      "validation at step \(Format.grouped(validation.step)): loss \(Format.fixed(validation.loss, 4)), perplexity "
        + Format.fixed(perplexity(validation.loss), 2)
        + (validation.isBest
          ? "  (best so far)"
          : "  (best \(Format.fixed(validation.bestLoss, 4)) at step \(Format.grouped(validation.bestStep)))")
    )
    if validation.beginsAveraging {
      Console.error(
        "averaging begins: this validation is worse than the best of those more than "
          + "\(trainer.plan.settings.nonMonotone) before it")
    }
    guard sampleEvery > 0, validations % sampleEvery == 0 else { return }
    try sample(trainer.model, seed: UInt64(validation.step))
  }

  private func show(_ report: TrainingEvent.RollBack) {
    recentLoss = nil
    if writesJSON { Console.print(json: RollBackLine(report)) }
    guard showsProgress else { return }
    endLine()
    let what =
      if case .lossRanAway = report.cause { "ran away" } else { "became NaN or infinite" }
    Console.error(
      "the loss \(what) at step \(Format.grouped(report.step)): back to step \(Format.grouped(report.backTo)), with "
        + "the learning rate times \(report.rateFactor) from now on")
  }

  private func sample(_ model: LanguageModel, seed: UInt64) throws {
    let length = model.tokenizer.usualLength / 3
    let settings = GenerationSettings(length: length, seed: seed)
    let generator = try TextGenerator(model, settings: settings, threadCount: threadCount)
    var text = ""
    while let piece = try generator.next()?.first { text += piece.text }
    for line in text.split(whereSeparator: \.isNewline) { Console.error("  │ \(OneLine.text(String(line)))") }
  }

  /// Leaves the live line, so that what follows stands on its own.
  func endLine() {
    guard lineIsLive else { return }
    Console.errorText("\n")
    lineIsLive = false
  }

  private func measureRate(_ now: ContinuousClock.Instant) -> Double {
    let passed = seconds(now - lastReport)
    guard passed > 0.05 || rate == 0 else { return rate }
    rate = Double(tokensSinceReport) / max(passed, 1e-9)
    tokensSinceReport = 0
    lastReport = now
    return rate
  }

  private func seconds(_ duration: Duration) -> Double {
    let (whole, fraction) = duration.components
    return Double(whole) + Double(fraction) * 1e-18
  }

  /// A line of a terminal: a bar of what room there is, and the facts; where there is little, loss and time are what is
  /// kept longest.
  private static func line(_ facts: [String], done: Double, width: Int) -> String {
    var facts = facts
    var text: String { facts.filter { !$0.isEmpty }.joined(separator: "  ") }
    for leastImportant in [1, 4, 0, 3] where text.count > width { facts[leastImportant] = "" }
    let room = min(20, width - text.count - 2)
    return (room >= 5 ? bar(done, width: room) + "  " : "") + text.prefix(max(0, width))
  }

  private static func bar(_ fraction: Double, width: Int) -> String {
    let filled = Int(fraction * Double(width))
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }

  private struct StepLine: Encodable {
    var step: Int
    var epochs, loss, learningRate, gradientNorm, tokensPerSecond: Double

    init(_ step: TrainingEvent.Step, tokensPerSecond: Double) {
      self.step = step.step
      epochs = step.epochs
      loss = step.loss
      learningRate = step.learningRate
      gradientNorm = step.gradientNorm
      self.tokensPerSecond = tokensPerSecond
    }
  }

  private struct RollBackLine: Encodable {
    var step, rolledBackTo: Int
    var learningRateFactor: Double

    init(_ report: TrainingEvent.RollBack) {
      step = report.step
      rolledBackTo = report.backTo
      learningRateFactor = report.rateFactor
    }
  }

  private struct ValidationLine: Encodable {
    var step: Int
    var validationLoss: Double
    var isBest: Bool
    var beginsAveraging: Bool?

    init(_ validation: TrainingEvent.Validation) {
      step = validation.step
      validationLoss = validation.loss
      isBest = validation.isBest
      beginsAveraging = validation.beginsAveraging ? true : nil
    }
  }
}
