import Rondo
import RondoText

extension TrainCommand {
  /// Reads the text of a run again and takes it up where it stopped.
  ///
  /// - Returns: nil where nothing is left to do and the text was not named: it need not be here then.
  func resumed(_ path: String) throws -> (Trainer, RunFolder)? {
    let folder = RunFolder(existing: path)
    // Where the file with the names is lost, how the text is read has to be said again too.
    let isKept = (try? folder.sources()) != nil
    let fixed =
      (isKept ? reading.given : []) + text.given + heldOut.given.filter { $0 != "--validation" } + model.given
      + training.given
      + namesOfGiven([("--from", from != nil), ("--recipe", recipe != nil), ("--out", out != nil)])
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
    var sources =
      try kept ?? .init(corpus: corpus, options: reading.options(anyBytes: saved.tokenizer.takesAnyBytes))
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
          sources.corpus, sources.options, anyBytes: source.takesAnyBytes, isQuiet: quiet, saysSkipped: false),
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
}
