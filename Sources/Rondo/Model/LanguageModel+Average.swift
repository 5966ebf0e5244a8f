import RondoNN

extension LanguageModel {
  /// A model whose every parameter is the mean of those of several, in fp32.
  ///
  /// It is a good one where they lie near each other, as those of one run do; models trained from different seeds do not,
  /// and are to be averaged in what they predict (`Evaluator`). What it says of its training is the first model's, but for
  /// the command and the losses, which were not its own.
  ///
  /// - Throws: `ConfigurationError` where sizes or tokenizers differ.
  /// - Precondition: there is at least one model.
  public static func average(_ models: [LanguageModel]) throws(ConfigurationError) -> LanguageModel {
    let first = models[0]
    for (index, model) in models.enumerated() {
      guard model.network.withoutRegularization == first.network.withoutRegularization else {
        throw ConfigurationError("model \(index + 1) has other sizes than the first: they cannot be averaged")
      }
      guard model.tokenizer == first.tokenizer else {
        throw ConfigurationError(
          "model \(index + 1) has another vocabulary than the first: they cannot be averaged")
      }
    }
    let mean = ParameterStore(first.network)
    let all = models.map(\.parameters.values)
    for index in 0..<mean.values.count {
      var sum = 0.0
      for values in all { sum += Double(values[index]) }
      mean.values[index] = Float(sum / Double(all.count))
    }
    var training = first.training
    training?.command = nil
    training?.progress.bestValidationLoss = nil
    training?.progress.bestStep = nil
    training?.progress.validationLoss = nil
    return LanguageModel(
      configuration: first.configuration, tokenizer: first.tokenizer, training: training, parameters: mean)
  }
}
