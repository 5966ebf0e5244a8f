import RondoNN

extension Trainer {
  /// The model as it is now, with averaged weights where they are used; later steps do not change it.
  public var model: LanguageModel {
    let copy = ParameterStore(network.configuration)
    copy.values.copy(from: evaluated.values)
    return LanguageModel(configuration: plan.model, tokenizer: tokenizer, training: record, parameters: copy)
  }

  /// Saves all that resuming needs.
  ///
  /// - Precondition: not while a validation is being done, from `TrainingEvent.validating`: the network's state is then
  ///   the validation's.
  /// - Throws: `CheckpointError`.
  public func save(to path: String) throws(CheckpointError) {
    precondition(!isValidating, "nothing can be saved in the middle of a validation")
    try checkpointToResume.write(to: path)
  }

  /// All that resuming needs, as it is in memory: later steps do change it.
  var checkpointToResume: Checkpoint {
    let streams = (0..<plan.settings.batchSize).map { network.state(stream: $0) }
    let resumption = Checkpoint.Resumption(
      optimizer: optimizer, streams: streams, average: record.usesAverage ? average : nil)
    return checkpoint(network.parameters, resumption)
  }

  /// Saves the model alone, with averaged weights where they are used.
  func saveModel(to path: String) throws(CheckpointError) {
    try checkpoint(evaluated, nil).write(to: path)
  }

  private func checkpoint(_ parameters: ParameterStore, _ resumption: Checkpoint.Resumption?) -> Checkpoint {
    Checkpoint(
      model: plan.model, tokenizer: tokenizer, training: record, parameters: parameters,
      resumption: resumption)
  }

  /// The parameters that are the model.
  private var evaluated: ParameterStore {
    // While it validates, the average is where the network's parameters are.
    guard let average, record.usesAverage, !isValidating else { return network.parameters }
    return average
  }
}
