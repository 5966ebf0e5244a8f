import RondoNN
import Testing

@testable import Rondo

struct LanguageModelAverageTests {
  @Test func everyParameterIsTheMean() throws {
    let models = try (1...3 as ClosedRange<UInt64>).map { try randomModel(seed: $0) }
    let mean = try LanguageModel.average(models).tensors, all = models.map(\.tensors)
    for (name, values) in mean {
      for (index, value) in values.enumerated() {
        let sum = all.reduce(0) { $0 + Double($1[name]?[index] ?? .nan) }
        #expect(value == Float(sum / 3), "\(name)")
      }
    }
    #expect(try LanguageModel.average([models[0]]).tensors == models[0].tensors)
    #expect(try LanguageModel.average([models[0], models[0]]).tensors == models[0].tensors)
  }

  /// What was dropped in training is no matter, and the mean has no command and no losses of its own.
  @Test func recordAndRegularization() throws {
    var record = TrainingRecord(
      command: "rondo train a.txt", settings: TrainingSettings(steps: 10), corpus: ["a.txt"],
      corpusDigest: "0", trainingTokens: 5, validationTokens: 6, trainingDocuments: 30, progress: .init())
    (record.progress.step, record.progress.validationLoss) = (10, 2)
    (record.progress.bestStep, record.progress.bestValidationLoss) = (7, 1)
    let model = try randomModel(training: record)
    var regularized = model.configuration
    (regularized.lockedDropout, regularized.dropout, regularized.embeddingDropout) = (true, 0.5, 0.1)
    (regularized.weightDrop, regularized.activationRegularization) = (0.2, 1)
    let other = LanguageModel(
      configuration: regularized, tokenizer: model.tokenizer, training: nil, parameters: model.parameters)
    let mean = try LanguageModel.average([model, other])
    #expect(mean.tensors == model.tensors)
    (record.command, record.progress.validationLoss) = (nil, nil)
    (record.progress.bestStep, record.progress.bestValidationLoss) = (nil, nil)
    #expect(mean.training == record)
  }

  @Test func modelsMustBeAlike() throws {
    let model = try randomModel()
    #expect(
      thrown(ConfigurationError.self) { _ = try LanguageModel.average([model, randomModel("another text")]) }
        != nil)
    let wider = LanguageModel(
      configuration: ModelConfiguration(layerCount: 1, hiddenSize: 8, embeddingSize: 4),
      tokenizer: model.tokenizer, training: nil,
      parameters: ParameterStore(
        ModelConfiguration(layerCount: 1, hiddenSize: 8, embeddingSize: 4).network(
          vocabularySize: model.tokenizer.vocabularySize)))
    #expect(
      thrown(ConfigurationError.self) { _ = try LanguageModel.average([model, wider]) }?.description
        == "model 2 has other sizes than the first: they cannot be averaged")
  }
}
