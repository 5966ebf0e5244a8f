import Testing

@testable import Rondo

struct MetricsLogTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path(of: "metrics.jsonl") }

  init() throws { folder = try TemporaryFolder() }

  private let ten = MetricsLog.Line(step: 10, epochs: 0.5, loss: 2.25, learningRate: 0.01, gradientNorm: 1.5)
  private let twenty = MetricsLog.Line(step: 20, epochs: 1, loss: 2, learningRate: 0.02, gradientNorm: 1)
  private let validation = MetricsLog.Line(
    TrainingEvent.Validation(step: 10, loss: 3, isBest: true, bestLoss: 3, bestStep: 10))
  private let tenText =
    #"{"epochs":0.5,"gradient_norm":1.5,"learning_rate":0.01,"loss":2.25,"step":10}"# + "\n"
  private let twentyText =
    #"{"epochs":1,"gradient_norm":1,"learning_rate":0.02,"loss":2,"step":20}"# + "\n"
  private let validationText = #"{"step":10,"validation_loss":3}"# + "\n"

  @Test func lines() throws {
    let log = try MetricsLog(continuing: path, after: 0)
    #expect(try folder.text(of: "metrics.jsonl").isEmpty)
    try log.append(ten)
    try log.append(validation)
    #expect(try folder.text(of: "metrics.jsonl") == tenText + validationText, "each line is there at once")
    try log.append(twenty)
    #expect(try folder.text(of: "metrics.jsonl") == tenText + validationText + twentyText)
  }

  /// A process that was killed between the line of a validation and the checkpoint that counts on it.
  @Test func aValidationStillToComeHasNoLine() throws {
    try folder.write("metrics.jsonl", tenText + validationText)
    _ = try MetricsLog(continuing: path, after: 10, validationIsPending: true)
    #expect(try folder.text(of: "metrics.jsonl") == tenText)
    try folder.write("metrics.jsonl", tenText + validationText + twentyText)
    _ = try MetricsLog(continuing: path, after: 20, validationIsPending: true)
    #expect(try folder.text(of: "metrics.jsonl") == tenText + validationText + twentyText)
  }

  @Test(arguments: [
    (after: 20, kept: 3), (after: 19, kept: 2), (after: 10, kept: 2), (after: 9, kept: 0),
    (after: 0, kept: 0),
  ])
  func continuingKeepsWhatTheCheckpointHas(after: Int, kept: Int) throws {
    let lines = [tenText, validationText, twentyText]
    try folder.write("metrics.jsonl", lines.joined())
    let log = try MetricsLog(continuing: path, after: after)
    #expect(try folder.text(of: "metrics.jsonl") == lines.prefix(kept).joined())
    try log.append(twenty)
    #expect(try folder.text(of: "metrics.jsonl") == lines.prefix(kept).joined() + twentyText)
  }

  @Test(arguments: [#"{"step":1"#, "", "nonsense", #"{"loss":3}"#, "\u{0}"])
  func tornLineIsDropped(_ torn: String) throws {
    try folder.write("metrics.jsonl", tenText + torn)
    _ = try MetricsLog(continuing: path, after: 100)
    #expect(try folder.text(of: "metrics.jsonl") == tenText)
  }

  @Test(arguments: ["{", #"{"epochs":0.5,"gradient_norm":1"#, "\u{0}\u{0}", "\u{FFFD}"])
  func damagedLineIsLeftOutAndTheOldFileKept(_ damage: String) throws {
    let old = tenText + damage + "\n" + validationText + twentyText
    try folder.write("metrics.jsonl", old)
    let log = try MetricsLog(continuing: path, after: 10)
    #expect(try folder.text(of: "metrics.jsonl") == tenText + validationText)
    #expect(try folder.text(of: "metrics.jsonl.bak") == old)
    #expect(folder.names == ["metrics.jsonl", "metrics.jsonl.bak"])
    try log.append(twenty)
    // What is whole again stays so.
    _ = try MetricsLog(continuing: path, after: 10)
    #expect(try folder.text(of: "metrics.jsonl.bak") == old)
  }

  @Test func damageAfterTheCheckpointIsDroppedWithTheRest() throws {
    try folder.write("metrics.jsonl", tenText + twentyText + "{\n" + twentyText)
    _ = try MetricsLog(continuing: path, after: 10)
    #expect(try folder.text(of: "metrics.jsonl") == tenText)
    #expect(folder.names == ["metrics.jsonl"])
  }

  @Test func fileThatCannotBeReadIsNotReplaced() throws {
    try folder.write("metrics.jsonl/file", "a folder has the name")
    #expect(
      checkpointError { _ = try MetricsLog(continuing: path, after: 10) }
        == .unreadable(path: path, reason: "Is a directory"))
    #expect(try folder.text(of: "metrics.jsonl/file") == "a folder has the name")
  }

  @Test func missingFileIsBegunAnew() throws {
    _ = try MetricsLog(continuing: path, after: 10)
    #expect(try folder.text(of: "metrics.jsonl").isEmpty)
  }

  @Test func linesAreWhereTheyCanBeSynced() throws {
    let log = try MetricsLog(continuing: path, after: 0)
    try log.append(ten)
    try log.sync()
    #expect(try folder.text(of: "metrics.jsonl") == tenText)
  }

  @Test func firstRunDropsWhatLiesThere() throws {
    try folder.write("metrics.jsonl", tenText)
    _ = try MetricsLog(continuing: path, after: 0)
    #expect(try folder.text(of: "metrics.jsonl").isEmpty)
    #expect(folder.names == ["metrics.jsonl"], "no temporary file is left")
  }

  @Test func missingFolderIsAnError() {
    #expect(throws: CheckpointError.self) {
      _ = try MetricsLog(continuing: folder.path(of: "no/metrics.jsonl"), after: 0)
    }
  }

  /// After a roll-back steps come again: a checkpoint that knows of it has all lines before it.
  @Test(arguments: [
    (after: 20, rollBacks: 1, kept: 5), (after: 10, rollBacks: 1, kept: 4), (after: 0, rollBacks: 1, kept: 3),
    (after: 20, rollBacks: 0, kept: 2), (after: 10, rollBacks: 0, kept: 1), (after: 0, rollBacks: 0, kept: 0),
  ])
  func linesBeforeARollBackAreKept(after: Int, rollBacks: Int, kept: Int) throws {
    let back = MetricsLog.Line(
      TrainingEvent.RollBack(
        step: 23, backTo: 0, rateFactor: 0.5, cause: .lossRanAway(step: 23, learningRate: 1, clip: 1)))
    let backText = #"{"learning_rate_factor":0.5,"rolled_back_to":0,"step":23}"# + "\n"
    let lines = [tenText, twentyText, backText, tenText, twentyText]
    let log = try MetricsLog(continuing: path, after: 0)
    for line in [ten, twenty, back, ten, twenty] { try log.append(line) }
    #expect(try folder.text(of: "metrics.jsonl") == lines.joined())
    _ = try MetricsLog(continuing: path, after: after, rollBacks: rollBacks)
    #expect(try folder.text(of: "metrics.jsonl") == lines.prefix(kept).joined())
  }
}
