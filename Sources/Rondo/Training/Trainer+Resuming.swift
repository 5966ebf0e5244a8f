import RondoNN
import RondoText

extension Trainer {
  /// A trainer that goes on where a checkpoint stands.
  ///
  /// - Parameters:
  ///   - path: a `last.safetensors`.
  ///   - data: the same text, encoded with the checkpoint's tokenizer.
  ///   - steps: a longer total, with a constant schedule.
  /// - Throws: `CheckpointError`, `TrainingError.cannotResume`, `ConfigurationError` where memory is too small.
  public convenience init(
    resuming path: String, data: TrainingData, steps: Int? = nil, threadCount: Int? = nil
  ) throws {
    let checkpoint = try Checkpoint(resumingFrom: path)
    guard var record = checkpoint.training, let resumption = checkpoint.resumption else {
      throw TrainingError.cannotResume("the checkpoint has no training state")
    }
    guard record.corpusDigest == data.digest else {
      throw TrainingError.cannotResume(
        "the text is not the one the run was started with (\(OneLine.text(record.corpus.joined(separator: ", ")))); "
          + "to go on with another text use --from")
    }
    guard checkpoint.tokenizer == data.tokenizer else {
      throw TrainingError.cannotResume(
        "the text was not encoded with the checkpoint's tokenizer: make the data with .existing(tokenizer)")
    }
    if let steps, steps != record.settings.steps {
      guard record.settings.schedule == .constant else {
        throw TrainingError.cannotResume(
          "the number of steps can be changed with --schedule constant alone; this run's is "
            + "\(record.settings.schedule), made for \(record.settings.steps) steps")
      }
      guard steps >= record.progress.step else {
        throw TrainingError.cannotResume("\(record.progress.step) steps are done, more than \(steps)")
      }
      // An option always follows: the seed is the last.
      record.command = record.command?.replacing(
        "--steps \(record.settings.steps) ", with: "--steps \(steps) ")
      record.settings.steps = steps
    }
    let plan = TrainingPlan(model: checkpoint.model, settings: record.settings)
    try plan.checkMemory(vocabularySize: data.tokenizer.vocabularySize)
    try self.init(
      plan: plan, data: data, parameters: checkpoint.parameters, record: record,
      optimizer: resumption.optimizer, average: resumption.average, threadCount: threadCount)
    guard progress.step >= 0, progress.position >= 0, progress.position < tokens.streamLength else {
      throw TrainingError.cannotResume(
        "the checkpoint says that it stands at step \(progress.step), token \(progress.position) of a stream, "
          + "which this text does not have")
    }
    for (stream, state) in resumption.streams.enumerated() { network.setState(state, stream: stream) }
  }
}
