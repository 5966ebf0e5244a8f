import ArgumentParser
import Rondo
import RondoText

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on your text.",
    discussion: """
      With no option the sizes follow from the text, and training takes about three minutes. What was chosen is said \
      as a full command, which gives the same model again.

      Example: rondo train my-notes/ --max-time 10m
      """)

  @Argument(help: "Files or folders; - is standard input.")
  var corpus: [String] = []
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

  private func say(_ line: String) {
    if !quiet { Console.error(line) }
  }

  // MARK: A new run

  private func started() throws -> (Trainer, RunFolder) {
    guard !corpus.isEmpty else {
      throw Failure(
        "no text given: name files or folders, for example 'rondo train my-notes/'", code: Failure.usage)
    }
    let base = try from.map { try loadModel(at: $0, isQuiet: quiet) }
    if let base {
      if let from, !quiet { warnOfUntrained(base, from) }
      let fixed = model.given.filter { !$0.hasPrefix("--dropout") }
      if !fixed.isEmpty {
        throw Failure(
          "\(fixed.joined(separator: ", ")) cannot be given with --from: the model has its sizes",
          code: Failure.usage)
      }
    }
    var request = TrainingRequest()
    model.fill(&request)
    training.fill(&request)
    try checkOptions(request)

    if corpus.contains("-"), heldOut.validation == "-" { throw CorpusError.standardInputTwice }
    let source = try text.source(from: base)
    if let base { try FineTuning.check(base, for: source) }
    let options = try reading.options()
    let texts = try ReadingDisplay.corpus(
      corpus, options, anyBytes: source.takesAnyBytes, isQuiet: quiet)
    if !quiet { reportSkipped(texts) }
    let validation = heldOut.validation
    let data: TrainingData
    do {
      data = try self.data(
        texts, validation: validation, options, source,
        validationFraction: heldOut.validationFraction)
    } catch let error as CorpusError where text.tokenizer?.kind == .byte {
      guard case .notUTF8 = error else { throw error }
      throw Failure(
        "\(error), or take the bytes as they are with --normalization none", code: Failure.badData)
    }
    if !quiet { reportWarnings(data.warnings) }
    describe(texts, data)
    let tuning = try base.map { try FineTuning($0, for: data.tokenizer) }
    if let tuning {
      say(
        "fine-tuning: \(tuning.sharedCount) entries taken over, \(tuning.newCount) new, \(tuning.droppedCount) of the "
          + "model not in this text")
    }
    let plan = try TrainingPlan(
      request, for: data, from: base?.configuration, threadCount: threads ?? availableThreads())
    for note in plan.notes { say("note: \(note)") }
    let trainer = try Trainer(plan: plan, data: data, base: tuning, threadCount: threads)
    trainer.command = fullCommand(
      plan, corpus: corpus.map(baseName), validation: validation.map(baseName), options, tokenizer: source,
      tokenizerFile: text.tokenizer?.file.map(baseName), from: from.map(baseName))
    // The last that can fail before training begins, so that nothing else leaves a folder behind.
    let folder = try out.map { try RunFolder(creating: $0) } ?? RunFolder(named: texts.name)
    do {
      try folder.write(.init(corpus: corpus, validation: validation, options: options))
    } catch {
      folder.removeUnlessBegun()
      throw error
    }
    say(
      "model: \(plan.model.layerCount) × \(plan.model.hiddenSize) \(plan.model.cell.rawValue), "
        + "\(Format.grouped(trainer.parameterCount)) parameters; \(Format.count(plan.settings.steps, "step")) of "
        + "\(plan.settings.batchSize) × \(plan.settings.windowLength) tokens")
    say(
      "the same again: "
        + fullCommand(
          plan, corpus: corpus, validation: validation, options, tokenizer: source,
          tokenizerFile: text.tokenizer?.file, from: from))
    return (trainer, folder)
  }

  /// What is wrong with the options alone is said before a large corpus is read.
  private func checkOptions(_ request: TrainingRequest) throws {
    var probe = ModelConfiguration(layerCount: 1, hiddenSize: 1, embeddingSize: 1)
    probe.layerCount = request.layerCount ?? 1
    probe.hiddenSize = request.hiddenSize ?? 1
    probe.embeddingSize = request.embeddingSize ?? 1
    probe.inputDropout = request.inputDropout ?? 0
    probe.dropout = request.dropout ?? 0
    probe.outputDropout = request.outputDropout ?? 0
    try probe.validate()
    if let out { try RunFolder.checkCanBeMade(out) }
    if let fraction = heldOut.validationFraction, heldOut.validation != nil {
      throw Failure(
        "--validation-fraction \(fraction) cannot be given with --validation: choose one", code: Failure.usage
      )
    }
    if let steps = request.steps, let epochs = request.epochs {
      throw Failure(
        "--steps \(steps) and --epochs \(epochs) cannot be given together: choose one", code: Failure.usage)
    }
    if request.momentum != nil, request.optimizer != .sgd {
      throw Failure("--momentum is for --optimizer sgd: leave it out", code: Failure.usage)
    }
    if heldOut.validationFraction == 0 {
      if let patience = request.patience, patience > 0 {
        throw Failure(
          "--patience needs a text to validate on: leave --validation-fraction 0 out", code: Failure.usage)
      }
      if case .plateau = request.schedule {
        throw Failure(
          "a plateau schedule needs a text to validate on: leave --validation-fraction 0 out",
          code: Failure.usage)
      }
    }
    if let epochs = request.epochs, epochs < 1 {
      throw Failure("epochs is \(epochs): it must be at least 1", code: Failure.usage)
    }
    if let seconds = request.seconds, !(seconds > 0 && seconds.isFinite) {
      throw Failure("max-time is \(seconds) seconds: it must be more than 0", code: Failure.usage)
    }
    try TrainingSettings(
      batchSize: request.batchSize ?? 1, windowLength: request.windowLength ?? 1, steps: request.steps ?? 1,
      momentum: request.momentum ?? 0, learningRate: request.learningRate ?? 1,
      schedule: request.schedule ?? .constant, warmupSteps: request.warmupSteps ?? 0, clip: request.clip ?? 1,
      weightDecay: request.weightDecay ?? 0, validateEvery: request.validateEvery ?? 1,
      patience: request.patience ?? 0, validationFraction: heldOut.validationFraction ?? 0
    ).validate()
  }

  private func describe(_ texts: Corpus, _ data: TrainingData) {
    let unit = data.tokenizer.kind == .whitespace ? "word" : "token"
    say(
      "corpus: \(Format.count(texts.documents.count, "file")), \(Format.count(texts.byteCount, "byte")), "
        + "\(Format.count(data.training.count, unit)) to train on, "
        + "\(Format.grouped(data.validation.count)) held out, vocabulary \(Format.grouped(data.tokenizer.vocabularySize))"
        + (data.unknownCount > 0 ? ", \(Format.grouped(data.unknownCount)) unknown" : ""))
  }

  // MARK: An old run

  /// - Returns: nil where nothing is left to do and the text was not named: it need not be here then.
  private func resumed(_ path: String) throws -> (Trainer, RunFolder)? {
    let folder = RunFolder(existing: path)
    // Where the file with the names is lost, how the text is read has to be said again too.
    let isKept = (try? folder.sources()) != nil
    let fixed =
      (isKept ? reading.given : []) + text.given + heldOut.given.filter { $0 != "--validation" } + model.given
      + training.given
      + (from == nil ? [] : ["--from"])
      + (out == nil ? [] : ["--out"])
    guard fixed.isEmpty else {
      throw Failure(
        "\(fixed.joined(separator: ", ")) cannot be given with --resume: the run keeps its settings; only --validation, "
          + "--cache, --threads, what is printed and, with a constant schedule, --steps can change",
        code: Failure.usage)
    }
    if path.hasSuffix(".safetensors") {
      throw Failure(
        "\(OneLine.quoted(path)) is a file: --resume goes on with a run folder; to begin with a model use --from",
        code: Failure.usage)
    }
    let saved = try loadModel(at: folder.lastPath, isQuiet: quiet)
    guard let record = saved.training else {
      throw Failure(
        "\(Format.shell(path)) was not saved by training, so it cannot be resumed", code: Failure.badData)
    }
    func sayWhere(_ step: Int, _ steps: Int) {
      say("resuming \(Format.shell(path)) at step \(Format.grouped(step)) of \(Format.grouped(steps))")
    }
    if record.isOver, corpus.isEmpty, heldOut.validation == nil, training.steps == nil {
      sayWhere(record.progress.step, record.settings.steps)
      return nil
    }
    // Before the text is read and anything is said of training.
    try folder.checkIsFree()
    // Who names the text does not need the names that were kept.
    let kept = try corpus.isEmpty ? folder.sources() : try? folder.sources()
    var sources = try kept ?? .init(corpus: corpus, options: reading.options())
    if let kept, kept.validation == nil, heldOut.validation != nil {
      throw Failure(
        "--validation cannot be given with --resume: the run held out a part of its text", code: Failure.usage
      )
    }
    if !corpus.isEmpty { sources.corpus = corpus }
    if let validation = heldOut.validation { sources.validation = validation }
    guard !sources.corpus.contains("-"), sources.validation != "-" else {
      let validation = sources.validation == "-" ? " --validation FILE" : ""
      throw Failure(
        "the run read standard input, which is gone: give the same text as a file, "
          + "'rondo train \(sources.corpus.contains("-") ? "FILE " : "")--resume \(Format.shell(path))\(validation)'",
        code: Failure.noInput)
    }
    let source = TrainingData.TokenizerSource.existing(saved.tokenizer)
    let data: TrainingData
    do {
      data = try self.data(
        ReadingDisplay.corpus(
          sources.corpus, sources.options, anyBytes: source.takesAnyBytes, isQuiet: quiet),
        validation: sources.validation, sources.options, source,
        validationFraction: record.settings.validationFraction)
    } catch CorpusError.notFound(let missing) where corpus.isEmpty {
      throw Failure(
        "the run's text \(OneLine.quoted(missing)) is not here; name it: rondo train FILE --resume \(Format.shell(path))",
        code: Failure.noInput)
    }
    let trainer = try Trainer(
      resuming: folder.lastPath, data: data, steps: training.steps, threadCount: threads)
    if sources != kept { try folder.write(sources) }
    sayWhere(trainer.progress.step, trainer.plan.settings.steps)
    return (trainer, folder)
  }

  // MARK: The text

  private func data(
    _ texts: Corpus, validation: String?, _ options: CorpusOptions, _ source: TrainingData.TokenizerSource,
    validationFraction: Double?
  ) throws -> TrainingData {
    let heldOut = try validation.map {
      try ReadingDisplay.corpus([$0], options, anyBytes: source.takesAnyBytes, isQuiet: quiet)
    }
    if let heldOut, !quiet { reportSkipped(heldOut) }
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

private func baseName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
