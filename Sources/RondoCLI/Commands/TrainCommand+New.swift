import Rondo

extension TrainCommand {
  /// A training that is planned, and what it was planned from.
  struct Preparation {
    var texts: Corpus
    var options: CorpusOptions
    var tokenizer: TrainingData.TokenizerSource
    var data: TrainingData
    var tuning: FineTuning?
    var plan: TrainingPlan
  }

  /// Reads the text and plans the training.
  func prepared() throws -> Preparation {
    guard !corpus.isEmpty else {
      throw Failure(
        "no text given: name files or folders, for example 'rondo train my-notes/'", code: Failure.usage)
    }
    let base = try from.map { try loadModel(at: $0, isQuiet: quiet) }
    if let base {
      if let from, !quiet { warnOfUntrained(base, from) }
      if !model.givenSizes.isEmpty {
        throw Failure(
          "\(model.givenSizes.joined(separator: ", ")) cannot be given with --from: the model has its sizes",
          code: Failure.usage)
      }
    }
    if base != nil, training.forgetBias != nil {
      throw Failure(
        "--forget-bias cannot be given with --from: the model has its biases", code: Failure.usage)
    }
    var request = TrainingRequest()
    model.fill(&request)
    training.fill(&request)
    try checkOptions(request)

    if corpus.contains("-"), heldOut.validation == "-" { throw CorpusError.standardInputTwice }
    let source = try text.source(from: base)
    if let base { try FineTuning.check(base, for: source) }
    let options = try reading.options(anyBytes: source.takesAnyBytes)
    let texts = try ReadingDisplay.corpus(
      corpus, options, anyBytes: source.takesAnyBytes, isQuiet: quiet)
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
    return Preparation(
      texts: texts, options: options, tokenizer: source, data: data, tuning: tuning, plan: plan)
  }

  /// Makes what trains, and the run's folder.
  func started() throws -> (Trainer, RunFolder) {
    let prepared = try prepared()
    let plan = prepared.plan, options = prepared.options, source = prepared.tokenizer
    let validation = heldOut.validation
    let trainer = try Trainer(
      plan: plan, data: prepared.data, base: prepared.tuning, threadCount: threads)
    trainer.command = fullCommand(
      plan, corpus: corpus.map(baseName), validation: validation.map(baseName), options, tokenizer: source,
      tokenizerFile: text.tokenizer?.file.map(baseName),
      vocabularySize: prepared.data.tokenizer.vocabularySize,
      from: from.map(baseName))
    // The last that can fail before training begins, so that nothing else leaves a folder behind.
    let folder = try out.map { try RunFolder(creating: $0) } ?? RunFolder(named: prepared.texts.name)
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
          tokenizerFile: text.tokenizer?.file, vocabularySize: prepared.data.tokenizer.vocabularySize,
          from: from))
    return (trainer, folder)
  }

  /// What is wrong with the options alone is said before a large corpus is read.
  private func checkOptions(_ request: TrainingRequest) throws {
    var probe = ModelConfiguration(layerCount: 1, hiddenSize: 1, embeddingSize: 1)
    probe.cell = request.cell ?? .lstm
    probe.mogrifierRounds = request.mogrifierRounds
    // How large it may be is said when the sizes are known.
    probe.mogrifierRank = request.mogrifierRank.map { min($0, 1) }
    probe.layerCount = request.layerCount ?? 1
    probe.hiddenSize = request.hiddenSize ?? 1
    if request.layerCount != nil { probe.lastHiddenSize = request.lastHiddenSize }
    probe.residual = request.residual == true && request.layerCount != nil
    probe.oneHot = request.oneHot ?? false
    probe.tied = probe.oneHot && request.tied == true
    if probe.oneHot, request.embeddingSize != nil {
      throw Failure(
        "--embedding-size cannot be given with --one-hot: there is no embedding", code: Failure.usage)
    }
    probe.embeddingSize = request.embeddingSize ?? (probe.oneHot ? 0 : 1)
    probe.inputDropout = request.inputDropout ?? 0
    probe.dropout = request.dropout ?? 0
    probe.outputDropout = request.outputDropout ?? 0
    probe.embeddingDropout = request.embeddingDropout ?? 0
    probe.weightDrop = request.weightDrop ?? 0
    probe.activationRegularization = request.activationRegularization ?? 0
    probe.temporalActivationRegularization = request.temporalActivationRegularization ?? 0
    try probe.validate()
    if request.softmax == .full, let cutoffs = model.cutoffs {
      throw Failure(
        "--cutoffs \(cutoffs) are for --softmax adaptive: leave one of them out", code: Failure.usage)
    }
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
    let ofOptimizers: [(String, Bool, TrainingSettings.OptimizerKind)] = [
      ("--momentum", request.momentum != nil, .sgd),
      ("--rmsprop-decay", request.rmspropDecay != nil, .rmsprop),
      ("--non-monotone", request.nonMonotone != nil, .ntASGD),
    ]
    for (name, isGiven, optimizer) in ofOptimizers where isGiven && request.optimizer != optimizer {
      throw Failure("\(name) is for --optimizer \(optimizer.rawValue): leave it out", code: Failure.usage)
    }
    let settings = request.settings(validationFraction: heldOut.validationFraction ?? 0)
    if heldOut.validationFraction == 0, let what = settings.needsHeldOutText {
      throw Failure(
        "\(what) a text to validate on: leave --validation-fraction 0 out", code: Failure.usage)
    }
    if let epochs = request.epochs, epochs < 1 {
      throw Failure("epochs is \(epochs): it must be at least 1", code: Failure.usage)
    }
    if let seconds = request.seconds, !(seconds > 0 && seconds.isFinite) {
      throw Failure("max-time is \(seconds) seconds: it must be more than 0", code: Failure.usage)
    }
    try settings.validate()
  }

  private func describe(_ texts: Corpus, _ data: TrainingData) {
    let unit = data.tokenizer.kind == .whitespace ? "word" : "token"
    say(
      "corpus: \(Format.count(texts.documents.count, "file")), \(Format.count(texts.byteCount, "byte")), "
        + "\(Format.count(data.training.count, unit)) to train on, "
        + "\(Format.grouped(data.validation.count)) held out, vocabulary \(Format.grouped(data.tokenizer.vocabularySize))"
        + (data.unknownCount > 0 ? ", \(Format.grouped(data.unknownCount)) unknown" : ""))
  }
}

private func baseName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
