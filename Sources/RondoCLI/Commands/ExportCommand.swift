import ArgumentParser
import Rondo

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Save a model without the state that only resuming needs, in fewer bits if wanted, or its tokenizer alone.",
    discussion: """
      Examples:
        rondo export runs/fables -o fables.safetensors --dtype f16
        rondo export runs/fables -o tokenizer.json --format tokenizer
      """)

  enum FileFormat: String, ExpressibleByArgument, CaseIterable {
    case safetensors, tokenizer
  }

  @OptionGroup var modelArgument: ModelArgument
  @Option(name: .shortAndLong, parsing: .unconditional, help: "The file to write.")
  var output: String
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The format: safetensors loads in Rondo, PyTorch and whatever reads safetensors; tokenizer is the tokenizer alone, "
        + "as a tokenizer.json of the Python package tokenizers."))
  var format = FileFormat.safetensors
  @Option(
    name: .long, help: "Element type; f16 and bf16 are rounded to nearest even; f32 if not given.")
  var dtype: Precision?

  func run() throws {
    if format == .tokenizer, dtype != nil {
      throw Failure("--dtype is for --format safetensors: leave it out", code: Failure.usage)
    }
    guard output != "-" else {
      throw Failure(
        "a model is not written to standard output: give -o the name of a file", code: Failure.usage)
    }
    let (model, _) = try modelArgument.load()
    switch format {
    case .safetensors:
      let precision = dtype ?? .f32
      try model.save(to: output, precision: precision)
      Console.error(
        "\(Format.shell(output)): \(Format.grouped(model.parameterCount)) parameters, \(precision.rawValue)")
    case .tokenizer:
      try model.tokenizer.saveHuggingFace(to: output)
      Console.error(
        "\(Format.shell(output)): \(model.tokenizer.kind.rawValue) tokenizer, \(Format.grouped(model.tokenizer.vocabularySize)) entries"
      )
    }
  }
}
