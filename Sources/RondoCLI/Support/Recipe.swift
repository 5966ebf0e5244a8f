import RondoText

/// Options of `rondo train` under a name: a published setting, or one of ours. The files are in `Recipes/` and are built
/// into the program.
///
/// The first lines of a file begin with `#`: what it is, then fields. All others are options, one a line, as on the command
/// line.
struct Recipe {
  /// What `--recipe` calls it.
  let name: String
  /// What it is, in a line.
  let summary: String
  /// The file as it is.
  let text: String
  /// Words for the command line.
  let options: [[String]]
  private let fields: [String: String]

  /// Where the setting comes from; nil for ours.
  var source: String? { fields["source"] }
  /// What was published for it; nil for ours.
  var published: String? { fields["published"] }
  /// What it gave here; nil where it was not run.
  var run: String? { fields["run"] }
  /// Tokens of one pass through the text it was published for.
  var tokens: Int? { fields["tokens"].flatMap { Int($0) } }
  /// Entries of that text's vocabulary.
  var vocabulary: Int? { fields["vocabulary"].flatMap { Int($0) } }

  /// All there are.
  static let all = [
    Recipe("fast", PackageResources.fast_recipe),
    Recipe("balanced", PackageResources.balanced_recipe),
    Recipe("best", PackageResources.best_recipe),
    Recipe("zaremba-small", PackageResources.zaremba_small_recipe),
    Recipe("zaremba-medium", PackageResources.zaremba_medium_recipe),
    Recipe("zaremba-large", PackageResources.zaremba_large_recipe),
    Recipe("awd-lstm", PackageResources.awd_lstm_recipe),
    Recipe("char-rnn", PackageResources.char_rnn_recipe),
  ]

  private init(_ name: String, _ file: [UInt8]) {
    self.name = name
    text = String(decoding: file, as: UTF8.self)
    var comments: [Substring] = [], options: [[String]] = [], fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") {
        comments.append(line.dropFirst().drop { $0 == " " })
      } else {
        options.append(line.split(separator: " ", maxSplits: 1).map(String.init))
      }
    }
    summary = comments.first.map(String.init) ?? ""
    for comment in comments.dropFirst() {
      guard let colon = comment.firstIndex(of: ":") else { continue }
      fields[String(comment[..<colon])] = String(comment[comment.index(after: colon)...].drop { $0 == " " })
    }
    self.options = options
    self.fields = fields
  }

  /// The one of this name.
  ///
  /// - Throws: `Failure` that names all there are.
  static func named(_ name: String) throws -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    throw Failure(
      "there is no recipe \(OneLine.quoted(name)): there are \(all.map(\.name).joined(separator: ", "))",
      code: Failure.usage)
  }

  /// What an option of a recipe gives way to, beside the same one with another value: what says the same in another way,
  /// and what it cannot be had with or means something else with; an option, or an option with a value.
  private static let rivals: [String: Set<String>] = [
    "--steps": ["--epochs", "--max-time"], "--epochs": ["--steps", "--max-time"],
    "--max-time": ["--steps", "--epochs"],
    "--validation-fraction": ["--validation"],
    "--momentum": ["--optimizer"], "--rmsprop-decay": ["--optimizer"], "--non-monotone": ["--optimizer"],
    "--weight-decay": ["--optimizer"], "--learning-rate": ["--optimizer", "--find-learning-rate"],
    "--normalization": [tokenizerFile], "--vocabulary-size": [tokenizerFile, "--tokenizer byte"],
    "--last-hidden-size": ["--layers 1", "--residual"],
    "--forget-bias": ["--cell"],
    "--softmax": ["--cutoffs"],
    "--one-hot": ["--embedding-size", "--tied", "--projection", "--dropout-input", "--dropout-embedding"],
    "--embedding-size": ["--one-hot"], "--tied": ["--one-hot"], "--dropout-input": ["--one-hot"],
    "--dropout-embedding": ["--one-hot"],
  ]

  /// A tokenizer that brings its vocabulary.
  private static let tokenizerFile = "--tokenizer FILE"

  /// The arguments of `rondo train` with a recipe's options in place of `--recipe`, but for those that give way to what is
  /// given beside it.
  ///
  /// - Throws: `Failure` for a recipe that is not there, for two, and for one with sizes beside `--from`.
  static func expanding(_ arguments: [String]) throws -> [String] {
    func isOption(_ name: String) -> (String) -> Bool { { $0 == name || $0.hasPrefix(name + "=") } }
    let isRecipe = isOption("--recipe")
    guard arguments.first == "train", !arguments.contains(where: isOption("--resume")),
      let place = arguments.firstIndex(where: isRecipe)
    else { return arguments }
    var rest = arguments
    let word = rest.remove(at: place)
    let name: String
    if let sign = word.firstIndex(of: "=") {
      name = String(word[word.index(after: sign)...])
    } else {
      guard place < rest.count else { return arguments }
      name = rest.remove(at: place)
    }
    guard !rest.contains(where: isRecipe) else {
      throw Failure("--recipe can be given once", code: Failure.usage)
    }
    let recipe = try named(name)
    var given: Set<String> = [], changed: Set<String> = []
    for (index, word) in rest.enumerated() where word.hasPrefix("--") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      let value = parts.count > 1 ? parts[1] : index + 1 < rest.count ? rest[index + 1] : nil
      given.insert(parts[0])
      let own = recipe.options.first { $0[0] == parts[0] }
      guard own == nil || own?.count == 2 && own?[1] != value else { continue }
      changed.insert(parts[0])
      guard let value else { continue }
      changed.insert("\(parts[0]) \(value)")
      if parts[0] == "--tokenizer", TokenizerArgument(argument: value)?.file != nil {
        changed.insert(tokenizerFile)
      }
    }
    if given.contains("--from"), recipe.options.contains(where: { $0[0] == "--layers" }) {
      throw Failure(
        "recipe \(name) says what the model is made of, and --from has one: leave out one of them",
        code: Failure.usage)
    }
    let kept = recipe.options.filter { option in
      !given.contains(option[0]) && (rivals[option[0]] ?? []).isDisjoint(with: changed)
    }
    return ["train"] + kept.flatMap(\.self) + rest.dropFirst()
  }
}
