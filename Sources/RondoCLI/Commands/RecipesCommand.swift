import ArgumentParser
import Rondo

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "List the settings that rondo train knows by name.",
    discussion: """
      The time is an estimate for this machine and the text that the setting was published for, from its matrix products \
      and how fast a product is here.

      Examples:
        rondo recipes zaremba-small
        rondo train train.txt --validation valid.txt --recipe zaremba-small
      """)

  @Argument(help: "Print the file of this recipe.")
  var name: String?

  func run() throws {
    if let name { return Console.print(try Recipe.named(name).text.trimmed) }
    let speed = try measuredOperationsPerSecond()
    for (index, recipe) in Recipe.all.enumerated() {
      if index > 0 { Console.print("") }
      Console.print("\(recipe.name): \(recipe.summary)")
      if let source = recipe.source { Console.print("  source      \(source)") }
      let request = try recipe.request
      if let time = recipe.seconds(request, operationsPerSecond: speed) {
        Console.print("  time here   about \(Format.time(time))")
      }
      if let published = recipe.published { Console.print("  published   \(published)") }
      Console.print("  here        \(recipe.run.map { "run: \($0)" } ?? "not run")")
    }
  }
}

extension String {
  /// Without the newline at its end, which printing adds.
  fileprivate var trimmed: String { hasSuffix("\n") ? String(dropLast()) : self }
}

extension Recipe {
  /// What its options ask for.
  var request: TrainingRequest {
    get throws {
      let command = try TrainCommand.parse(options.flatMap(\.self) + ["text"])
      var request = TrainingRequest()
      command.model.fill(&request)
      command.training.fill(&request)
      return request
    }
  }

  /// Seconds to train so on the text it was published for; nil where the recipe does not say how long that is.
  func seconds(_ request: TrainingRequest, operationsPerSecond: Double) -> Double? {
    if let seconds = request.seconds { return seconds }
    guard let tokens, let vocabulary, let epochs = request.epochs, let hidden = request.hiddenSize else {
      return nil
    }
    let model = ModelConfiguration(
      cell: request.cell ?? .lstm, mogrifierRounds: request.mogrifierRounds,
      mogrifierRank: request.mogrifierRank, layerCount: request.layerCount ?? 2, hiddenSize: hidden,
      lastHiddenSize: request.lastHiddenSize,
      embeddingSize: request.oneHot == true ? 0 : request.embeddingSize ?? hidden,
      tied: request.tied ?? false,
      oneHot: request.oneHot ?? false)
    // Beside the products are the cells, the softmax, and what is bound by memory: a quarter more at zaremba-medium's
    // sizes, row e of docs/performance.md; small models take longer than that.
    let operations = model.trainingOperationsPerToken(vocabularySize: vocabulary)
    return 1.25 * operations * Double(tokens) * Double(epochs) / operationsPerSecond
  }
}
