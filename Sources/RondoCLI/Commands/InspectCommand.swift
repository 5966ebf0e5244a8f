import ArgumentParser
import Rondo
import RondoText

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Say what a model is and what it was trained on.")

  @OptionGroup var modelArgument: ModelArgument
  @Flag(name: .long, help: "Print the command that made it, and nothing else.")
  var command = false
  @Flag(name: .long, help: "Print everything as one line of JSON.")
  var json = false

  private struct Report: Encodable {
    var model: ModelConfiguration
    var parameters: Int
    var training: TrainingRecord?
    var vocabularySize: Int
    var tensors: [Tensor]

    struct Tensor: Encodable {
      var name: String
      var dtype: String
      var shape: [Int]
    }
  }

  func run() throws {
    // Without the warning: what it says is a part of the description.
    let path = try modelArgument.resolve()
    let model = try loadModel(at: path, isQuiet: true)
    if command {
      guard let text = model.training?.command else {
        throw Failure("\(Format.shell(path)) does not say which command made it", code: Failure.badData)
      }
      return Console.print(OneLine.text(text))
    }
    let tensors = try LanguageModel.tensors(at: path)
    if json {
      return Console.print(
        json: Report(
          model: model.configuration, parameters: model.parameterCount, training: model.training,
          vocabularySize: model.tokenizer.vocabularySize,
          tensors: tensors.map { .init(name: $0.name, dtype: $0.dtype, shape: $0.shape) }))
    }
    describe(model)
    Console.print("tensors")
    let names = tensors.map { OneLine.text($0.name) }
    let width = names.map(\.count).max() ?? 0
    for (name, tensor) in zip(names, tensors) {
      let padding = String(repeating: " ", count: width - name.count)
      Console.print(
        "  \(name)\(padding)  \(tensor.dtype)  \(tensor.shape.map(String.init).joined(separator: " × "))")
    }
  }

  private func names(_ all: [String]) -> String {
    let shown = all.prefix(10).map { OneLine.text($0) }.joined(separator: ", ")
    return all.count > 10 ? "\(shown) and \(all.count - 10) more" : shown
  }

  private func passes(_ training: TrainingRecord) -> Double {
    let streamLength = Double(max(1, training.trainingTokens / training.settings.batchSize))
    return Double(training.progress.epoch) + Double(training.progress.position) / streamLength
  }

  private func describe(_ model: LanguageModel) {
    let configuration = model.configuration, tokenizer = model.tokenizer
    Console.print(
      "model       \(configuration.cell.rawValue), \(configuration.layerCount) × \(configuration.hiddenSize)"
        + (configuration.lastHiddenSize.map { ", the last \($0)" } ?? "") + ", "
        + (configuration.oneHot ? "one-hot input" : "embedding \(configuration.embeddingSize)")
        + (configuration.cell.hasRounds
          ? ", \(configuration.rounds) rounds" + (configuration.mogrifierRank.map { " of rank \($0)" } ?? "")
          : "")
        + "\(configuration.tied ? ", tied" : "")\(configuration.projection ? ", projection" : "")"
        + "\(configuration.residual ? ", residual" : "")\(configuration.layerNorm ? ", layer normalization" : ""), "
        + (configuration.cutoffs.isEmpty
          ? "" : "adaptive softmax from \(configuration.cutoffs.map(String.init).joined(separator: ", ")), ")
        + "\(Format.grouped(model.parameterCount)) parameters")
    Console.print(
      "dropout     input \(configuration.inputDropout), between layers \(configuration.dropout), output "
        + "\(configuration.outputDropout)\(configuration.lockedDropout ? ", locked" : "")"
        + (configuration.embeddingDropout > 0 ? ", embeddings \(configuration.embeddingDropout)" : "")
        + (configuration.weightDrop > 0 ? ", recurrent weights \(configuration.weightDrop)" : ""))
    Console.print(
      "tokenizer   \(tokenizer.kind.rawValue), normalization \(NormalizationArgument.text(tokenizer.normalizer)), "
        + "\(Format.grouped(tokenizer.vocabularySize)) entries, of which "
        + tokenizer.vocabulary.specials.map(\.rawValue).joined(separator: " "))
    let versions = tokenizer.unicodeVersions
    Console.print(
      "Unicode     normalization \(OneLine.text(versions.normalization)), clusters \(OneLine.text(versions.clusters))"
        + (versions.words.map { ", words \(OneLine.text($0))" } ?? ""))
    let gone = tokenizer.entriesNoLongerOneUnit
    if !gone.isEmpty {
      Console.print("            no longer one unit here: \(gone.prefix(10).joined(separator: " "))")
    }
    guard let training = model.training else { return Console.print("training    not recorded") }
    let progress = training.progress
    Console.print(
      "corpus      \(names(training.corpus)): \(Format.count(training.trainingTokens, "token")), "
        + "\(Format.grouped(training.validationTokens)) held out")
    Console.print(
      "training    step \(Format.grouped(progress.step)) of \(Format.grouped(training.settings.steps)), "
        + "\(Format.fixed(passes(training), 2)) passes through the text")
    if let loss = progress.validationLoss, let best = progress.bestValidationLoss,
      let step = progress.bestStep
    {
      Console.print(
        "validation  \(Format.fixed(loss, 4)) nats per token; best \(Format.fixed(best, 4)) at step \(Format.grouped(step))"
      )
    }
    if let command = training.command { Console.print("command     \(OneLine.text(command))") }
  }
}
