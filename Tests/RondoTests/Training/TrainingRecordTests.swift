import Testing

@testable import Rondo

struct TrainingRecordTests {
  @Test func throughJSONAndBack() throws {
    var progress = TrainingRecord.Progress()
    progress.step = 17
    progress.bestValidationLoss = 0.1 + 0.2
    progress.bestStep = 15
    progress.betaPower1 = 0.9 * 0.9 * 0.9
    progress.lossSum = 1.0 / 3
    progress.lossCount = 7
    let record = TrainingRecord(
      command: "rondo train \"a b\"", settings: TrainingSettings(steps: 20), corpus: ["寓言.txt"],
      corpusDigest: "0123", trainingTokens: 5, validationTokens: 6, trainingDocuments: 1, progress: progress)
    let json = JSONText.encode(record)
    #expect(try JSONText.decode(TrainingRecord.self, from: json) == record)
    for key in [
      "corpus_digest", "training_tokens", "training_documents", "best_validation_loss", "beta_power_1",
      "loss_sum",
    ] {
      #expect(json.contains("\"\(key)\":"))
    }
  }

  @Test func thingsThatAreNotYet() throws {
    let record = TrainingRecord(
      command: nil, settings: TrainingSettings(steps: 20), corpus: [], corpusDigest: "", trainingTokens: 0,
      validationTokens: 0, progress: .init())
    let json = JSONText.encode(record)
    #expect(!json.contains("command"))
    #expect(!json.contains("best_step"))
    #expect(!json.contains("training_documents"))
    #expect(try JSONText.decode(TrainingRecord.self, from: json) == record)
  }
}
