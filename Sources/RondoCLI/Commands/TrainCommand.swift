import ArgumentParser
import Rondo
import RondoText

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on your text.",
    discussion: """
      With no options the sizes follow from the text, and training takes about three minutes. All that is chosen \
      is printed as a full command, which gives the same model again.

      Example: rondo train my-notes/ --max-time 10m
      """)

  @Argument(help: "Files or folders; - is standard input.")
  var corpus: [String] = []
  @Option(
    name: .long,
    help: "Take the options that 'rondo recipes' lists under this name, except those given here.")
  var recipe: String?
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Text") var text: TokenizerOptions
  @OptionGroup(title: "Held-out text") var heldOut: HeldOutOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Training") var training: TrainingOptions

  @Option(name: .long, help: ArgumentHelp("The run's folder; runs/NAME if not given.", valueName: "folder"))
  var out: String?
  @Option(name: .long, help: ArgumentHelp("Go on with this run where it stopped.", valueName: "run"))
  var resume: String?
  @Option(
    name: .long,
    help: ArgumentHelp("Begin with the parameters of this model (fine-tuning).", valueName: "model"))
  var from: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Keep the text's token ids in this folder, and take them from there the next time.", valueName: "folder"
    ))
  var cache: String?
  @Flag(
    name: .long,
    help: "Try rising learning rates on a model that is thrown away, show the losses and suggest a rate.")
  var findLearningRate = false
  @Option(
    name: .long, parsing: .unconditional, help: "Show a sample after every so many validations; 0: none.")
  var sampleEvery = 1
  @Option(
    name: .long, parsing: .unconditional, help: "Threads; all cores if not given. The result is the same.")
  var threads: Int?
  @Flag(name: .long, help: "Progress as lines of JSON on standard output.")
  var json = false
  @Flag(name: .long, help: "Say nothing but errors.")
  var quiet = false

  func run() throws {
    try ThreadError.check(threads)
    guard sampleEvery >= 0 else {
      throw Failure("sample-every is \(sampleEvery): it must be at least 0", code: Failure.usage)
    }
    guard cache != "" else { throw Failure("--cache needs the name of a folder", code: Failure.usage) }
    if findLearningRate { return try searchLearningRate() }
    guard let (trainer, folder) = try resume.map(resumed) ?? started(), !trainer.isOver else {
      return say("nothing is left to train. Write with it: rondo generate \(Format.shell(resume ?? ""))")
    }
    Interrupts.watch()
    say("writing to \(Format.shell(folder.path + "/")); Ctrl-C stops and saves")
    let display = TrainingDisplay(
      isQuiet: quiet, writesJSON: json, sampleEvery: sampleEvery, firstStep: trainer.progress.step,
      threadCount: threads ?? availableThreads())
    let outcome: TrainingOutcome
    var isLate = false
    do {
      outcome = try trainer.run(savingTo: folder) { event, trainer in
        try display.show(event, trainer)
        if Interrupts.signal != nil || Console.outputFailure != nil { return .stop }
        isLate = isLate || training.maxTime.map { display.elapsed > $0.seconds } ?? false
        return isLate ? .validateAndStop : .proceed
      }
    } catch {
      display.endLine()
      if resume == nil { folder.removeUnlessBegun() }
      throw error
    }
    display.endLine()
    try finish(outcome, of: trainer.plan.settings.steps, folder, display.elapsed, isLate: isLate)
    if let failure = Console.outputFailure { throw failure }
  }

  func say(_ line: String) {
    if !quiet { Console.error(line) }
  }

  // MARK: The text

  func data(
    _ texts: Corpus, validation: String?, _ options: CorpusOptions, _ source: TrainingData.TokenizerSource,
    validationFraction: Double?
  ) throws -> TrainingData {
    let heldOut = try validation.map {
      try ReadingDisplay.corpus([$0], options, anyBytes: source.takesAnyBytes, isQuiet: quiet)
    }
    let data = try ReadingDisplay.during(isQuiet: quiet) {
      try TrainingData(
        texts, validation: heldOut, tokenizer: source, validationFraction: validationFraction,
        threadCount: threads ?? availableThreads(), cache: cache.map(TokenCache.init), onProgress: $0)
    }
    if let outcome = data.cacheOutcome { describe(outcome) }
    return data
  }

  private func describe(_ outcome: TokenCache.Outcome) {
    for path in outcome.damaged {
      say("rondo: warning: \(Format.shell(path)) is damaged; nothing was taken from it, and it was removed")
    }
    let what = outcome.origin == .made ? "the tokens are kept in" : "the tokens come from"
    say("cache: \(what) \(Format.shell(outcome.path))")
  }

  // MARK: The end

  private func finish(
    _ outcome: TrainingOutcome, of steps: Int, _ folder: RunFolder, _ seconds: Double, isLate: Bool
  ) throws {
    let name = Format.shell(folder.path)
    // Standard input does not come back, so its text has to be named.
    let sources = try? folder.sources()
    let file = sources?.corpus.contains("-") == true ? "FILE " : ""
    let validation = sources?.validation == "-" ? " --validation FILE" : ""
    let goOn = "Go on with: rondo train \(file)--resume \(name)\(validation)"
    let best = outcome.bestValidationLoss.map {
      ": best validation loss \(Format.fixed($0, 4)), perplexity \(Format.fixed(perplexity($0), 2))"
        + (outcome.bestStep.map { " at step \(Format.grouped($0))" } ?? "")
    }
    switch outcome.reason {
    case .interrupted where isLate && Interrupts.signal == nil && Console.outputFailure == nil:
      say("the time is over at step \(Format.grouped(outcome.step)) of \(Format.grouped(steps))\(best ?? "")")
      say("saved. \(goOn)")
      say("write with it: rondo generate \(name)")
    case .interrupted:
      say("stopped at step \(Format.grouped(outcome.step)), saved. \(goOn)")
      if let signal = Interrupts.signal { throw ExitCode(128 + signal) }
    case .finished, .stoppedEarly:
      let how = outcome.reason == .finished ? "done" : "stopped early, validation no longer improves"
      say("\(how) in \(Format.time(seconds))\(best ?? "")")
      say("write with it: rondo generate \(name)")
    }
  }
}
