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

  /// How long to train can be said in one way alone.
  private static let lengths: Set = ["--steps", "--epochs", "--max-time"]
  private static let heldOut: Set = ["--validation", "--validation-fraction"]

  /// The arguments of `rondo train` with a recipe's options in place of `--recipe`, but for those that are given beside it.
  static func expanding(_ arguments: [String]) throws -> [String] {
    guard arguments.first == "train", !arguments.contains("--resume"),
      let place = arguments.firstIndex(where: { $0 == "--recipe" || $0.hasPrefix("--recipe=") })
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
    let given = Set(rest.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) })
    let kept = try named(name).options.filter { option in
      let group = [lengths, heldOut].first { $0.contains(option[0]) } ?? [option[0]]
      return group.isDisjoint(with: given)
    }
    return ["train"] + kept.flatMap(\.self) + rest.dropFirst()
  }
}
