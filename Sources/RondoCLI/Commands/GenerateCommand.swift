import ArgumentParser
import Rondo

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write text.",
    discussion: """
      Example: rondo generate models/fables.safetensors --prompt "The fox" --temperature 0.7 --seed 3
      """)

  @OptionGroup var modelArgument: ModelArgument
  @OptionGroup(title: "Prompt") var promptOptions: PromptOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "How many tokens to write at most: 500 characters, 120 words or 200 subwords if not given.")
  var length: Int?
  @Option(name: .long, parsing: .unconditional, help: "End after this many lines.")
  var lines: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: "How daring: 0 always takes the likeliest token, 1 follows the model.")
  var temperature = 0.8
  @Option(
    name: .long, parsing: .unconditional, help: "Draw from this many of the likeliest tokens; 0: from all.")
  var topK = 0
  @Option(
    name: .long, parsing: .unconditional,
    help: "Draw from the likeliest tokens that together have this probability; 1: from all.")
  var topP = 1.0
  @Option(
    name: .long, parsing: .unconditional,
    help: "Drop tokens with less than this part of the likeliest one's probability; 0: none.")
  var minP = 0.0
  @Option(
    name: .long, parsing: .unconditional, help: "Make the last 64 tokens less likely to come again; 1: off.")
  var repetitionPenalty = 1.0
  @Option(
    name: .long, parsing: .unconditional,
    help: "The same seed gives the same text; drawn at random, and named, if not given.")
  var seed: UInt64?
  @Option(name: .long, parsing: .unconditional, help: "Texts to write, computed together.")
  var count = 1
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "End before this string; may be given several times.")
  var stop: [String] = []
  @Flag(name: .customLong("no-echo"), help: "Leave the prompt out of the output.")
  var noEcho = false
  @Flag(name: .long, help: "Let a whitespace model write <unk>.")
  var allowUnknown = false
  @OptionGroup var precision: PrecisionOption
  @OptionGroup(title: "Following the prompt") var adaptation: AdaptationOptions
  @Option(name: .long, parsing: .unconditional, help: "Threads.")
  var threads = 1
  @Flag(name: .long, help: "A line of JSON for each token, with its log-probability.")
  var json = false

  func run() throws {
    try ThreadError.check(threads)
    let chosenSeed = seed ?? UInt64.random(in: 0...999_999_999)
    let settings = GenerationSettings(
      sampler: SamplerSettings(
        temperature: temperature, topK: topK, topP: topP, minP: minP, repetitionPenalty: repetitionPenalty),
      length: length, lines: lines, stops: try stop.map(promptOptions.unescape), seed: chosenSeed,
      count: count, allowsUnknown: allowUnknown, precision: precision.value,
      neuralCache: adaptation.cacheSettings)
    try settings.validate()
    try adaptation.dynamicEvaluation?.validate()
    var model = try modelArgument.load().model
    let text = try promptOptions.text()
    if adaptation.dynamic, text.isEmpty {
      throw Failure(
        "--dynamic needs a text to follow: give --prompt or --prompt-file", code: Failure.usage)
    }
    if let dynamic = adaptation.dynamicEvaluation {
      model = try model.adapted(
        to: Array(text.utf8), dynamic,
        statistics: adaptation.statistics([model], threadCount: threads).first, threadCount: threads)
    }
    let prompt = try readPrompt(text, for: model)
    if seed == nil, temperature > 0 { Console.error("seed: \(chosenSeed)") }

    let generator = try TextGenerator(
      model, prompt: prompt, settings: settings, scoresTokens: json, threadCount: threads)
    if json { return try writeJSON(generator, model) }
    let beginning = noEcho ? "" : text
    if count == 1 {
      try stream(generator, beginning)
    } else {
      try writeAll(generator, beginning)
    }
  }

  private func stream(_ generator: TextGenerator, _ beginning: String) throws {
    var endsInNewline = beginning.utf8.last == UInt8(ascii: "\n")
    Console.write(beginning)
    while let piece = try generator.next()?.first {
      guard !piece.text.isEmpty else { continue }
      Console.write(piece.text)
      endsInNewline = piece.text.utf8.last == UInt8(ascii: "\n")
    }
    if !endsInNewline { Console.write("\n") }
  }

  /// Several texts: each whole, with a line between them, as they are done in order.
  private func writeAll(_ generator: TextGenerator, _ beginning: String) throws {
    var texts = [String](repeating: beginning, count: count)
    var isDone = [Bool](repeating: false, count: count)
    var written = 0
    while let pieces = try generator.next() {
      for piece in pieces {
        texts[piece.sample] += piece.text
        if piece.end != nil { isDone[piece.sample] = true }
      }
      while written < count, isDone[written] {
        let text = texts[written]
        Console.write(
          (written > 0 ? "--------\n" : "") + text + (text.utf8.last == UInt8(ascii: "\n") ? "" : "\n"))
        written += 1
      }
    }
  }

  private struct Line: Encodable {
    var sample: Int
    var token: UInt32?
    var text: String
    var logProbability: Double?
    var end: TextGenerator.End?
  }

  private func writeJSON(_ generator: TextGenerator, _ model: LanguageModel) throws {
    while let pieces = try generator.next() {
      for piece in pieces {
        Console.print(
          json: Line(
            sample: piece.sample, token: piece.token, text: piece.text,
            logProbability: piece.logProbability, end: piece.end))
      }
    }
  }
}
