#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `metrics.jsonl`: a line of JSON for every 10 steps and every validation, without times, so that equal runs have
/// equal files. A resumed run drops what lies behind its checkpoint and goes on: no gap, no double.
struct MetricsLog: ~Copyable {
  static let interval = 10

  struct Line: Codable {
    var step: Int
    var epochs: Double?
    var loss: Double?
    var learningRate: Double?
    var gradientNorm: Double?
    var validationLoss: Double?

    private enum CodingKeys: String, CodingKey {
      case step, epochs, loss
      case learningRate = "learning_rate"
      case gradientNorm = "gradient_norm"
      case validationLoss = "validation_loss"
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
    }
  }

  private let file: AppendingFile

  /// Opens the file, keeping the lines up to `step`.
  init(continuing path: String, after step: Int) throws(CheckpointError) {
    var kept = ""
    if step > 0, let data = FileManager.default.contents(atPath: path) {
      for text in String(decoding: data, as: UTF8.self).split(separator: "\n") {
        guard let line = try? JSONText.decode(Line.self, from: String(text)), line.step <= step else { break }
        kept += text + "\n"
      }
    }
    var rewritten = try AtomicFile(replacing: path)
    try unsafe rewritten.append(Array(kept.utf8).span.bytes)
    try rewritten.commit()
    file = try AppendingFile(path: path)
  }

  func append(_ line: Line) throws(CheckpointError) {
    try file.append(JSONText.encode(line) + "\n")
  }
}
