import ArgumentParser
import Rondo
import RondoText

/// Of options, each with whether it was given, the names of those that were.
func namesOfGiven(_ options: [(name: String, isGiven: Bool)]) -> [String] {
  options.filter(\.isGiven).map(\.name)
}

extension UnknownPolicy: ExpressibleByArgument {}
extension TrainingSettings.OptimizerKind: ExpressibleByArgument {}
extension TrainingSettings.LossReduction: ExpressibleByArgument {}
extension LearningRateSchedule: ExpressibleByArgument {}
extension ValidationInterval: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension InferencePrecision: ExpressibleByArgument {}
extension ModelConfiguration.Cell: ExpressibleByArgument {}
extension ModelConfiguration.Softmax: ExpressibleByArgument {}

/// `none`, `nfc`, `nfkc`, `nfd`, `nfkd`, each with `+casefold` after it if wanted.
struct NormalizationArgument: ExpressibleByArgument {
  let normalizer: Normalizer

  init?(argument: String) {
    let parts = argument.split(separator: "+", omittingEmptySubsequences: false)
    guard let form = NormalizationForm(rawValue: String(parts[0])),
      parts.count == 1 || parts.count == 2 && parts[1] == "casefold"
    else { return nil }
    normalizer = Normalizer(form: form, foldsCase: parts.count == 2)
  }

  static func text(_ normalizer: Normalizer) -> String {
    normalizer.form.rawValue + (normalizer.foldsCase ? "+casefold" : "")
  }
}

/// A kind of tokenizer, or a file that has one.
enum TokenizerArgument: ExpressibleByArgument {
  case kind(TokenizerKind)
  /// A `tokenizer.json`.
  case file(String)

  init?(argument: String) {
    if let kind = TokenizerKind(rawValue: argument) {
      self = .kind(kind)
    } else if isTokenizerFile(argument) {
      self = .file(argument)
    } else {
      return nil
    }
  }

  static let allValueStrings = TokenizerKind.allCases.map(\.rawValue) + ["FILE.json"]

  var kind: TokenizerKind? {
    guard case .kind(let kind) = self else { return nil }
    return kind
  }

  var file: String? {
    guard case .file(let file) = self else { return nil }
    return file
  }
}

/// Entries of a vocabulary: 2000,10000. What they may be, the model says.
struct CutoffsArgument: ExpressibleByArgument, CustomStringConvertible {
  let values: [Int]

  init(values: [Int]) { self.values = values }

  init?(argument: String) {
    values = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard description == argument else { return nil }
  }

  var description: String { values.map(String.init).joined(separator: ",") }
}

/// A length of time: 90, 90s, 3m, 1h30m.
struct DurationArgument: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    var total = 0.0, digits = ""
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    for character in argument {
      if character.isASCII, character.isNumber || character == "." {
        digits.append(character)
      } else if let unit = units[character], let value = Double(digits) {
        total += value * unit
        digits = ""
      } else {
        return nil
      }
    }
    if !digits.isEmpty {
      // A number alone is of seconds; after another unit nobody knows of what.
      guard total == 0, let value = Double(digits) else { return nil }
      total += value
    }
    guard !argument.isEmpty else { return nil }
    seconds = total
  }
}

/// The model a command works with.
struct ModelArgument: ParsableArguments {
  @Argument(help: "A .safetensors file or a run folder; without one, the newest run in runs/.")
  var model: String?

  /// Loads it. A model that nobody named is named on standard error; of one that is not trained yet a line warns.
  func load() throws -> (model: LanguageModel, path: String) {
    let path = try resolve()
    let model = try loadModel(at: path)
    warnOfUntrained(model, path)
    return (model, path)
  }

  func resolve() throws -> String {
    if let model { return model }
    guard let newest = RunFolder.newest() else {
      throw Failure(
        "no model given and no run in runs/: train one with 'rondo train FILE', or name a .safetensors file",
        code: Failure.noInput)
    }
    Console.error("model: \(Format.shell(newest.path))")
    return newest.path
  }
}

/// How exactly a command takes the weights of its model.
struct PrecisionOption: ParsableArguments {
  @Option(
    name: .customLong("precision"), parsing: .unconditional,
    help: ArgumentHelp(
      "f32 takes the model's numbers as they are; f16 rounds the weights, int8 hidden states too.",
      valueName: "type"))
  var value = InferencePrecision.f32
}

/// The prompt of a command.
struct PromptOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Text to begin with; - reads it from standard input.", valueName: "text"))
  var prompt: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("A file with the text to begin with.", valueName: "file"))
  var promptFile: String?

  @Flag(name: .long, help: "Understand \\n, \\r, \\t and \\\\ in --prompt and --stop.")
  var escapes = false

  mutating func validate() throws {
    if prompt != nil, promptFile != nil { throw ValidationError("Give --prompt or --prompt-file, not both.") }
  }

  func text() throws -> String {
    if let promptFile {
      guard promptFile == "-" || !Corpus.isFolder(promptFile) else {
        throw Failure(
          "\(Format.shell(promptFile)) is a folder; name the file with the text to begin with",
          code: Failure.noInput)
      }
      return try Self.read(promptFile)
    }
    guard let prompt else { return "" }
    if prompt == "-" { return try Self.read("-") }
    return try unescape(prompt)
  }

  private static func read(_ path: String) throws -> String {
    do {
      let corpus = try Corpus(paths: [path])
      guard let document = corpus.documents.first else { return "" }
      guard let text = String(validating: try document.bytes(), as: UTF8.self) else {
        throw Failure(
          "the prompt in \(OneLine.text(document.name)) is not UTF-8; convert it, for example with iconv -t UTF-8",
          code: Failure.badData)
      }
      return text
    } catch CorpusError.empty {
      return ""
    }
  }

  /// The text that is meant.
  ///
  /// - Throws: `Failure` for a backslash with anything else after it than `--escapes` says.
  func unescape(_ text: String) throws -> String {
    guard escapes else { return text }
    var result = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        result.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "r": result.append("\r")
      case "\\": result.append("\\")
      case let other:
        let what = other.map { OneLine.quoted("\\" + String($0)) + " is" } ?? "a backslash at the end is"
        throw Failure(
          "\(what) not understood with --escapes: write \\n, \\r, \\t, or \\\\ for a backslash",
          code: Failure.usage)
      }
    }
    return String(result)
  }
}
