import Foundation
import Testing

/// `rondo recipes` and `rondo train --recipe`.
struct RecipeTests {
  private static let own = ["fast", "balanced", "best"]
  private static let published = ["zaremba-small", "zaremba-medium", "zaremba-large", "awd-lstm", "char-rnn"]
  private static let names = own + published

  /// The full command that a short training with a recipe prints, as words.
  private func command(_ sandbox: Sandbox, _ options: String...) throws -> [Substring] {
    try command(sandbox, options)
  }

  private func command(_ sandbox: Sandbox, _ options: [String]) throws -> [Substring] {
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--steps", "1", "--sample-every", "0", "--threads", "1"] + options)
    #expect(outcome.code == 0, "\(outcome.error)")
    let line = try #require(outcome.errorLines.first { $0.hasPrefix("the same again: ") })
    return line.split(separator: " ")
  }

  private func value(_ option: String, _ words: [Substring]) -> Substring? {
    words.firstIndex { $0 == option }.map { words[$0 + 1] }
  }

  @Test func listsWhatThereIs() throws {
    let outcome = try Sandbox().rondo("recipes")
    #expect(outcome.code == 0 && outcome.error == "")
    let blocks = outcome.output.split(separator: "\n\n")
    #expect(blocks.map { $0.prefix { $0 != ":" } } == Self.names.map { $0[...] })
    let here = /\n  here        (run: .+|not run)\n?$/
    for (block, time) in zip(blocks, ["1 m 00 s", "10 m 00 s", "30 m 00 s"]) {
      #expect(block.contains("\n  time here   about \(time)\n") && block.contains(here), "\(block)")
      #expect(!block.contains("source") && !block.contains("published"))
    }
    for block in blocks.dropFirst(Self.own.count) {
      #expect(
        block.contains(/\n  source      .+\n  time here   about [0-9hms ]+\n  published   .+\n/)
          && block.contains(here), "\(block)")
    }
  }

  /// A recipe's file is printed as it is in the repository, and every line of it is an option that training knows.
  @Test(arguments: names)
  func printsTheFile(name: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/RondoCLI/Recipes/\(name).recipe")
    let outcome = try Sandbox().rondo("recipes", name)
    #expect(outcome.code == 0)
    #expect(outcome.output == (try String(contentsOf: file, encoding: .utf8)))
  }

  /// What the papers and their code say, and what is ours about it.
  @Test func saysWhatWasPublished() throws {
    let zaremba = [
      "--tokenizer whitespace", "--normalization none", "--vocabulary-size 10000", "--softmax full",
      "--layers 2",
      "--batch-size 20", "--loss sum", "--optimizer sgd", "--momentum 0", "--weight-decay 0",
      "--learning-rate 1",
      "--warmup 0",
    ]
    func sized(_ size: Int, window: Int, dropout: String) -> [String] {
      zaremba + [
        "--hidden-size \(size)", "--embedding-size \(size)", "--window \(window)",
        "--dropout-input \(dropout)",
        "--dropout \(dropout)", "--dropout-output \(dropout)",
      ]
    }
    let expected = [
      "zaremba-small": sized(200, window: 20, dropout: "0")
        + ["--clip 5", "--schedule epochs:4:0.5", "--epochs 13", "--initial-range 0.1"],
      "zaremba-medium": sized(650, window: 35, dropout: "0.5")
        + ["--clip 5", "--schedule epochs:6:\(1 / 1.2)", "--epochs 39", "--initial-range 0.05"],
      "zaremba-large": sized(1500, window: 35, dropout: "0.65")
        + ["--clip 10", "--schedule epochs:14:\(1 / 1.15)", "--epochs 55", "--initial-range 0.04"],
      "awd-lstm": [
        "--tokenizer whitespace", "--normalization none", "--vocabulary-size 10000", "--softmax full",
        "--layers 3",
        "--hidden-size 1150", "--last-hidden-size 400", "--embedding-size 400", "--tied", "--locked-dropout",
        "--dropout-embedding 0.1", "--dropout-input 0.4", "--dropout 0.25", "--dropout-output 0.4",
        "--weight-drop 0.5", "--activation-regularization 2", "--temporal-activation-regularization 1",
        "--batch-size 20", "--window 70", "--random-window", "--optimizer nt-asgd", "--non-monotone 5",
        "--weight-decay 0.0000012", "--learning-rate 30", "--warmup 0", "--clip 0.25", "--epochs 500",
      ],
      "char-rnn": [
        "--tokenizer character", "--normalization none", "--softmax full", "--validation-fraction 0.05",
        "--one-hot",
        "--layers 2", "--hidden-size 128", "--dropout 0", "--dropout-output 0", "--batch-size 50",
        "--window 50",
        "--loss sum", "--optimizer rmsprop", "--rmsprop-decay 0.95", "--weight-decay 0",
        "--learning-rate 0.002",
        "--warmup 0", "--clip 0", "--clip-value 5", "--schedule epochs:10:0.97", "--epochs 50",
        "--initial-range 0.08", "--forget-bias 1",
      ],
    ]
    #expect(Set(expected.keys) == Set(Self.published))
    for (name, options) in expected {
      let lines = try Sandbox().rondo("recipes", name).outputLines.filter { $0.hasPrefix("--") }
      #expect(lines.sorted() == options.sorted(), "\(name)")
    }
  }

  /// The published ones are to each other as their products: 6 for each weight, token and pass.
  @Test func estimatesGoByTheProducts() throws {
    let output = try Sandbox().rondo("recipes").output
    var seconds: [String: Double] = [:]
    for block in output.split(separator: "\n\n") {
      let time = try #require(
        block.firstMatch(of: /time here   about (?:(\d+) h )?(?:(\d+) m)?(?: ?(\d+) s)?/)
      ).output
      let parts = [time.1, time.2, time.3].map { $0.flatMap { Double($0) } ?? 0 }
      seconds[String(block.prefix { $0 != ":" })] = 3600 * parts[0] + 60 * parts[1] + parts[2]
    }
    func products(_ hidden: [Int], embedding: Int, epochs: Int) -> Double {
      let layers = zip(hidden, [embedding] + hidden).map { 4 * $0 * ($0 + $1) }.reduce(0, +)
      return Double((layers + 10_000 * hidden[hidden.count - 1]) * epochs)
    }
    let small = try #require(seconds["zaremba-small"])
    let unit = small / products([200, 200], embedding: 200, epochs: 13)
    for (name, expected) in [
      ("zaremba-medium", products([650, 650], embedding: 650, epochs: 39)),
      ("zaremba-large", products([1500, 1500], embedding: 1500, epochs: 55)),
      ("awd-lstm", products([1150, 1150, 400], embedding: 400, epochs: 500)),
    ] {
      let ratio = try #require(seconds[name]) / (unit * expected)
      #expect(ratio > 0.98 && ratio < 1.02, "\(name)")
    }
    // 10¹⁴ multiplications: no processor does as many in ten seconds, and each in two days.
    #expect(small > 10 && small < 172_800)
  }

  @Test func trainingTakesItsOptions() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let words = try command(sandbox, "--recipe", "zaremba-small", "--hidden-size", "8", "--embedding-size=8")
    for (option, expected) in [
      ("--tokenizer", "whitespace"), ("--hidden-size", "8"), ("--embedding-size", "8"), ("--window", "20"),
      ("--loss", "sum"), ("--optimizer", "sgd"), ("--schedule", "epochs:4:0.5"), ("--clip", "5.0"),
      ("--initial-range", "0.1"), ("--steps", "1"),
    ] {
      #expect(value(option, words)?[...] == expected[...], "\(option)")
    }
    #expect(value("--validation-fraction", words) == "0.1")
    let other = try command(sandbox, "--recipe=char-rnn", "--validation-fraction", "0.2")
    #expect(other.contains("--one-hot"))
    #expect(value("--validation-fraction", other) == "0.2")
    #expect(value("--clip-value", other) == "5.0")
  }

  @Test func allOfAWDReachesTheRun() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let words = try command(
      sandbox, "--recipe", "awd-lstm", "--hidden-size", "8", "--last-hidden-size", "6", "--embedding-size",
      "6")
    for flag in ["--tied", "--locked-dropout", "--random-window"] {
      #expect(words.contains(flag[...]), "\(flag)")
    }
    for (option, expected) in [
      ("--last-hidden-size", "6"), ("--dropout-input", "0.4"), ("--dropout", "0.25"),
      ("--dropout-output", "0.4"),
      ("--dropout-embedding", "0.1"), ("--weight-drop", "0.5"), ("--activation-regularization", "2.0"),
      ("--temporal-activation-regularization", "1.0"), ("--optimizer", "nt-asgd"), ("--non-monotone", "5"),
      ("--learning-rate", "30.0"), ("--clip", "0.25"),
    ] {
      #expect(value(option, words)?[...] == expected[...], "\(option)")
    }
    let model = try sandbox.rondo("inspect", "--json").output
    for member in [
      #""locked_dropout":true"#, #""dropout_embedding":0.1"#, #""weight_drop":0.5"#,
      #""activation_regularization":2"#, #""temporal_activation_regularization":1"#,
    ] {
      #expect(model.contains(member), "\(member)")
    }
  }

  /// What belongs to another optimizer, cell, input or softmax than the one that is given goes, and nothing else.
  @Test func optionsGiveWay() throws {
    let sandbox = try Sandbox.trained()
    let small = ["--hidden-size", "8", "--embedding-size", "8"]
    let adam = try command(sandbox, ["--recipe", "zaremba-small", "--optimizer", "adamw"] + small)
    #expect(value("--optimizer", adam) == "adamw" && value("--momentum", adam) == nil)
    #expect(value("--learning-rate", adam) == "0.006" && value("--clip", adam) == "5.0")
    let same = try command(sandbox, ["--recipe", "zaremba-small", "--optimizer=sgd"] + small)
    #expect(value("--learning-rate", same) == "1.0" && value("--momentum", same) == "0.0")
    let plain = try command(sandbox, ["--recipe", "char-rnn", "--optimizer", "sgd", "--cell", "gru"])
    #expect(!plain.contains("--rmsprop-decay") && !plain.contains("--forget-bias"))
    #expect(plain.contains("--one-hot"))
    let embedded = try command(sandbox, ["--recipe", "char-rnn", "--embedding-size", "8"])
    #expect(!embedded.contains("--one-hot") && value("--embedding-size", embedded) == "8")
    // A vocabulary that is there already is neither cut short nor normalized otherwise.
    let bytes = try command(sandbox, ["--recipe", "zaremba-small", "--tokenizer", "byte"] + small)
    #expect(value("--tokenizer", bytes) == "byte" && value("--normalization", bytes) == "none")
    #expect(
      try sandbox.rondo("export", "runs/tale", "-o", "tokenizer.json", "--format", "tokenizer").code == 0)
    let file = try command(sandbox, ["--recipe", "zaremba-small", "--tokenizer", "tokenizer.json"] + small)
    #expect(value("--tokenizer", file) == "tokenizer.json" && value("--schedule", file) == "epochs:4:0.5")
    for other in [["--layers", "1"], ["--residual"]] {
      let words = try command(
        sandbox, ["--recipe", "awd-lstm", "--hidden-size", "8", "--embedding-size", "6"] + other)
      #expect(words.contains("--projection") && !words.contains("--last-hidden-size"), "\(other)")
    }
    let clusters = try command(sandbox, ["--recipe", "zaremba-small", "--cutoffs", "4"] + small)
    #expect(value("--cutoffs", clusters) == "4")

    let search = try sandbox.rondo(
      ["train", "tale.txt", "--recipe", "zaremba-small", "--find-learning-rate", "--quiet"] + small)
    #expect(search.code == 0 && search.output.contains("a good learning rate: "), "\(search.error)")
  }

  @Test func whatCannotBe() throws {
    let sandbox = try Sandbox.trained()
    let all =
      "there are fast, balanced, best, zaremba-small, zaremba-medium, zaremba-large, awd-lstm, char-rnn"
    expectFailure(try sandbox.rondo("recipes", "zaremba"), 64, "there is no recipe 'zaremba': " + all)
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "--recipe", "zaremba"), 64,
      "there is no recipe 'zaremba': " + all)
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "--recipe", "char-rnn", "--recipe=fast"), 64,
      "--recipe can be given once")
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "--recipe", "zaremba-small", "--from", "runs/tale"), 64,
      "recipe zaremba-small says what the model is made of, and --from has one: leave out one of them")
    #expect(
      try sandbox.rondo("train", "tale.txt", "--recipe", "fast", "--from", "runs/tale", "--steps", "1").code
        == 0)
    for resume in [["--resume", "runs/tale"], ["--resume=runs/tale"]] {
      let resumed = try sandbox.rondo(["train"] + resume + ["--recipe", "char-rnn"])
      #expect(resumed.code == 64)
      #expect(resumed.error.hasPrefix("rondo: --recipe cannot be given with --resume: "))
    }
  }
}
