import ArgumentParser
import Rondo

struct AverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average", abstract: "Save the mean of several models' parameters as a model.",
    discussion: """
      The models must have the same sizes and the same vocabulary, and should come from one another, as several of one \
      run do. To average what models of different seeds predict, name them all to rondo evaluate.

      Example: rondo average a.safetensors b.safetensors -o mean.safetensors
      """)

  @Argument(help: ".safetensors files or run folders.")
  var models: [String]
  @Option(name: .shortAndLong, parsing: .unconditional, help: "The file to write.")
  var output: String
  @Option(name: .long, help: "Element type; f16 and bf16 are rounded to nearest even.")
  var dtype = Precision.f32

  func run() throws {
    guard models.count >= 2 else {
      throw Failure("one model is its own mean: name two or more", code: Failure.usage)
    }
    let mean = try LanguageModel.average(models.map { try loadModel(at: $0) })
    try mean.save(to: output, precision: dtype)
    Console.error(
      "\(Format.shell(output)): the mean of \(models.count) models, \(Format.grouped(mean.parameterCount)) parameters, "
        + dtype.rawValue)
  }
}
