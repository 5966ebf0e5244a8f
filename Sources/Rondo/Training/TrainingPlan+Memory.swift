import RondoNN

extension TrainingPlan {
  /// Checks that this machine's memory holds what training takes. Without that the system would end the process, at
  /// the start or in the middle.
  ///
  /// - Throws: `ConfigurationError` that says what is needed for what, and which settings to lower.
  func checkMemory(
    vocabularySize: Int, available: Int = FileReading.memoryByteCount
  ) throws(ConfigurationError) {
    let needed = RecurrentNetwork.memory(
      model.network(vocabularySize: vocabularySize), steps: WindowLengths(settings).longest,
      batch: settings.batchSize,
      moments: settings.rule.momentNames.count + (settings.averages ? 1 : 0))
    guard needed.total > available else { return }
    let causes =
      needed.parameters > needed.activations
      ? "hidden-size (\(model.hiddenSize)), layers (\(model.layerCount)) or vocabulary-size (\(vocabularySize))"
      : "batch-size (\(settings.batchSize)) or window (\(settings.windowLength))"
    throw ConfigurationError(
      "training needs \(gigabytes(needed.total)) of memory, \(gigabytes(needed.parameters)) for the parameters and "
        + "\(gigabytes(needed.activations)) for a window, but this machine has \(gigabytes(available)): "
        + "lower \(causes)")
  }
}
