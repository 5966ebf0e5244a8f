/// `metrics.jsonl`: a line of JSON for every 10 steps, every validation and every roll-back, without times, so that equal runs have
/// equal files. A resumed run drops what lies after its checkpoint and goes on: no gap, no double.
///
/// A last line that was cut short by a crash is dropped as well. Where a line before it is damaged, the file as it was
/// is kept beside it as `metrics.jsonl.bak`.
struct MetricsLog: ~Copyable {
  static let interval = 10

  struct Line: Codable {
    var step: Int
    var epochs: Double?
    var loss: Double?
    var learningRate: Double?
    var gradientNorm: Double?
    var validationLoss: Double?
    var beginsAveraging: Bool?
    var rolledBackTo: Int?
    var learningRateFactor: Double?

    private enum CodingKeys: String, CodingKey {
      case step, epochs, loss
      case learningRate = "learning_rate"
      case gradientNorm = "gradient_norm"
      case validationLoss = "validation_loss"
      case beginsAveraging = "begins_averaging"
      case rolledBackTo = "rolled_back_to"
      case learningRateFactor = "learning_rate_factor"
    }

    init(step: Int, epochs: Double, loss: Double, learningRate: Double, gradientNorm: Double) {
      self.step = step
      self.epochs = epochs
      self.loss = loss
      self.learningRate = learningRate
      self.gradientNorm = gradientNorm
    }

    init(_ validation: TrainingEvent.Validation) {
      step = validation.step
      validationLoss = validation.loss
      beginsAveraging = validation.beginsAveraging ? true : nil
    }

    init(_ report: TrainingEvent.RollBack) {
      step = report.step
      rolledBackTo = report.backTo
      learningRateFactor = report.rateFactor
    }
  }

  private let file: AppendingFile

  /// Opens the file, keeping the lines up to `step`, without its validation where that is still to come.
  ///
  /// - Parameter rollBacks: how many the checkpoint knows of. All lines up to the last of them are kept: after a roll-back
  ///   steps come again.
  /// - Throws: `.unreadable` where a file is there that cannot be read; `.cannotCreate`, `.ioFailed`.
  init(
    continuing path: String, after step: Int, validationIsPending: Bool = false, rollBacks: Int = 0
  ) throws(CheckpointError) {
    var kept: [UInt8] = []
    if step > 0 || rollBacks > 0, let bytes = try Self.contents(of: path) {
      let newline = UInt8(ascii: "\n")
      let lines = bytes.split(separator: newline)
      var isDamaged = false, rollBacksToCome = rollBacks
      for (number, text) in lines.enumerated() {
        guard let line = try? JSONText.decode(Line.self, from: String(decoding: text, as: UTF8.self)) else {
          if number < lines.count - 1 { isDamaged = true }
          continue
        }
        if line.rolledBackTo != nil { rollBacksToCome -= 1 }
        guard rollBacksToCome >= 0 else { break }
        if rollBacksToCome == 0, line.rolledBackTo == nil {
          let isToCome = validationIsPending && line.step == step && line.validationLoss != nil
          guard line.step <= step, !isToCome else { break }
        }
        kept += text + [newline]
      }
      if isDamaged { try Self.replace(path + ".bak", with: bytes) }
    }
    try Self.replace(path, with: kept)
    file = try AppendingFile(path: path)
  }

  /// The bytes of the file; nil where there is none.
  private static func contents(of path: String) throws(CheckpointError) -> [UInt8]? {
    do {
      return try FileReading.contents(of: FilePath(path))
    } catch {
      if error.isNotFound { return nil }
      throw .unreadable(path: path, reason: error.reason)
    }
  }

  private static func replace(_ path: String, with bytes: [UInt8]) throws(CheckpointError) {
    var file = try AtomicFile(replacing: path)
    try unsafe file.append(bytes.span.bytes)
    try file.commit()
  }

  func append(_ line: Line) throws(CheckpointError) {
    try file.append(JSONText.encode(line) + "\n")
  }

  /// Waits until all lines are on the disk, so that a checkpoint that is written next never knows more than they do.
  ///
  /// - Throws: `.ioFailed`.
  func sync() throws(CheckpointError) { try file.sync() }
}
