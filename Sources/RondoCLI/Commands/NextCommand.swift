import ArgumentParser
import Rondo

struct NextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "next", abstract: "Show what the model expects after a prompt.",
    discussion: "Example: rondo next models/fables.safetensors --prompt \"The miller's dau\"")

  @OptionGroup var modelArgument: ModelArgument
  @OptionGroup(title: "Prompt") var promptOptions: PromptOptions
  @Option(name: .long, parsing: .unconditional, help: "Continuations to show.")
  var count = 10
  @OptionGroup var precision: PrecisionOption
  @Flag(name: .long, help: "A line of JSON for each.")
  var json = false

  func run() throws {
    guard count >= 1 else { throw Failure("count is \(count): it must be at least 1", code: Failure.usage) }
    let model = try modelArgument.load().model
    let prompt = try readPrompt(promptOptions.text(), for: model)
    let reader = try model.reader(precision: precision.value)
    for continuation in reader.next(count, after: prompt) {
      if json {
        Console.print(json: Line(continuation))
      } else {
        let percent = Format.fixed(continuation.probability * 100, 2)
        Console.print(
          String(repeating: " ", count: max(0, 6 - percent.count)) + percent + " %  "
            + continuation.token.name)
      }
    }
  }

  private struct Line: Encodable {
    var token: UInt32
    var text: String
    var probability: Double

    init(_ continuation: ModelReader.Continuation) {
      token = continuation.id
      text = continuation.text
      probability = continuation.probability
    }
  }
}
