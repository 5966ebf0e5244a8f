import ArgumentParser
import Rondo

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Save a model without what only resuming needs, in fewer bits if wanted.",
    discussion: "Example: rondo export runs/fables -o fables.safetensors --dtype f16")

  enum FileFormat: String, ExpressibleByArgument, CaseIterable {
    case safetensors
  }

  @OptionGroup var modelArgument: ModelArgument
  @Option(name: .shortAndLong, parsing: .unconditional, help: "The file to write.")
  var output: String
  @Option(
    name: .long, help: "The format: safetensors loads in Rondo, PyTorch and whatever reads safetensors.")
  var format = FileFormat.safetensors
  @Option(name: .long, help: "Element type; f16 and bf16 are rounded to nearest even.")
  var dtype = Precision.f32

  func run() throws {
    let (model, _) = try modelArgument.load()
    switch format {
    case .safetensors: try model.save(to: output, precision: dtype)
    }
    Console.error("\(output): \(Format.grouped(model.parameterCount)) parameters, \(dtype.rawValue)")
  }
}
