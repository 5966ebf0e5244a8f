import Foundation
import Testing

/// `next`, `evaluate`, `inspect`, `export`, `tokenize`, `gradcheck`.
struct ModelCommandTests {
  @Test func nextShowsTheLikeliest() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo("next", "runs/tale", "--prompt", "the", "--count", "3")
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    #expect(outcome.outputLines.count == 3)
    let percents = try outcome.outputLines.map { line in
      let match = try #require(line.wholeMatch(of: #/ *([0-9.]+) %  .+/#))
      return try #require(Double(match.output.1))
    }
    #expect(percents == percents.sorted(by: >))
    #expect(try sandbox.rondo("next", "--prompt", "the", "--count", "3").error == "model: runs/tale\n")
    #expect(try sandbox.rondo("next", "runs/tale").outputLines.count == 10)

    let json = try objects(sandbox.rondo("next", "runs/tale", "--json", "--count", "100").outputLines)
    let sum = json.compactMap { $0["probability"] as? Double }.reduce(0, +)
    #expect(abs(sum - 1) < 1e-3)
    #expect(json.allSatisfy { $0.keys.sorted() == ["probability", "text", "token"] })
    expectFailure(
      try sandbox.rondo("next", "runs/tale", "--count", "0"), 64, "count is 0: it must be at least 1")
  }

  /// What follows is shown, and not the prompt again.
  @Test func nextGoesOnAfterThePrompt() throws {
    let sandbox = try Sandbox()
    try sandbox.write("words.txt", String(repeating: "one two three\n", count: 60))
    for (kind, prompts) in [
      ("word", ["one tw": " tw", "one two": " two", "eee": "eee", "e\" two": " two", "ones": "ones"]),
      ("subword", ["one tw": " tw", "on": "on", "one two": " two", "ประ": "ประ", "ones": "ones"]),
    ] {
      let train = [
        "train", "words.txt", "--quiet", "--out", kind, "--tokenizer", kind, "--learning-rate", "0.02",
      ]
      let outcome = try sandbox.rondo(train + Sandbox.size + ["--steps", "300", "--sample-every", "0"])
      #expect(outcome.code == 0, "\(outcome.error)")
      for (prompt, end) in prompts {
        let next = try sandbox.rondo("next", kind, "--prompt", prompt)
        // Fewer than ten where the others are next to nothing.
        #expect(next.error == "" && (1...10).contains(next.outputLines.count))
        let json = try objects(sandbox.rondo("next", kind, "--prompt", prompt, "--json").outputLines)
        #expect(json.count == next.outputLines.count)
        #expect(json.allSatisfy { $0.keys.sorted() == ["probability", "text", "token"] })
        for (line, object) in zip(next.outputLines, json) {
          let text = try #require(object["text"] as? String)
          let probability = try #require(object["probability"] as? Double)
          if text.utf8.allSatisfy({ $0 >= 0x20 && !"\"\\\u{7F}".utf8.contains($0) || $0 == 0x0A }) {
            let shown = text.hasPrefix("<b") ? text : "\"" + text.replacing("\n", with: "\\n") + "\""
            #expect(line == String(format: "%6.2f %%  ", probability * 100) + shown)
          }
          #expect(
            text == "<boundary>" || text.utf8.starts(with: end.utf8) && text.utf8.count > end.utf8.count)
        }
      }
      // What it learned by heart.
      for (prompt, piece) in ["one two": " two three", "one two three": " three\\n"] {
        let line = try sandbox.rondo("next", kind, "--prompt", prompt, "--count", "1").output
        #expect(
          line.wholeMatch(of: #/ *[0-9]{2,3}\.[0-9]{2} %  "(.*)"\n/#)?.output.1 == piece[...], "\(line)")
      }
    }
  }

  @Test func groupsTheDigitsOfALargePerplexity() throws {
    let sandbox = try Sandbox.trained()
    var bytes = try sandbox.read("runs/tale/best.safetensors")
    // The last tensor is decoder.bias, 22 numbers: with a first one of 10, hardly any other token is expected.
    bytes.replaceSubrange(bytes.count - 22 * 4..<bytes.count - 21 * 4, with: [0, 0, 0x20, 0x41])
    var checkpoint = try CheckpointBytes(bytes)
    try checkpoint.seal()
    try sandbox.write("odd.safetensors", checkpoint.bytes)
    let lines = try sandbox.rondo("evaluate", "odd.safetensors", "tale.txt").outputLines
    #expect(
      lines.contains { $0.wholeMatch(of: /perplexity {10}[0-9]{1,3}( [0-9]{3})+\.[0-9]{3}/) != nil },
      "\(lines)")
  }

  @Test func tellsTheBytesApart() throws {
    let sandbox = try Sandbox()
    try sandbox.write("bytes.txt", [UInt8](repeating: 0xE2, count: 100) + (0...255) + (0...255))
    let train = ["train", "bytes.txt", "--quiet", "--tokenizer", "byte", "--normalization", "none"]
    #expect(try sandbox.rondo(train + Sandbox.tiny).code == 0)
    let lines = try sandbox.rondo("next", "runs/bytes", "--count", "257").outputLines
    #expect(Set(lines.map { $0.dropFirst(11) }).count == 257)
    #expect(lines.contains { $0.hasSuffix(#" %  "\xE2""#) })
    let json = try objects(sandbox.rondo("next", "runs/bytes", "--count", "257", "--json").outputLines)
    #expect(Set(json.compactMap { $0["text"] as? String }).count == 257)
    #expect(json.contains { $0["text"] as? String == #"\xE2"# })
    #expect(try sandbox.rondo("tokenize", "show", "runs/bytes", "bytes.txt").output.contains("\t\"\\xFF\"\n"))
  }

  @Test func evaluateSaysHowWellATextIsPredicted() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo("evaluate", "runs/tale", "tale.txt")
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    #expect(
      outcome.output.wholeMatch(
        of:
          #/loss                [0-9.]+ nats per token\nperplexity          [0-9.]+\nbits per character  ([0-9.]+)\nbits per byte       ([0-9.]+)\ntokens              2 112, 2 112 predicted\nunknown             0.00 %\n/#
      ) != nil, "\(outcome.output)")

    let json = try sandbox.rondo("evaluate", "runs/tale", "tale.txt", "--json", "--per-token")
    let lines = try objects(json.outputLines)
    #expect(lines.count == 2113)
    let sum = lines.dropLast().compactMap { $0["log_probability"] as? Double }.reduce(0, +)
    let nats = try #require(lines.last?["nats"] as? Double)
    #expect(abs(sum + nats) < 1e-6 * nats)
    #expect(
      lines.last?.keys.sorted() == [
        "bits_per_byte", "bits_per_character", "bytes", "characters", "nats", "nats_per_token", "perplexity",
        "predictions", "tokens", "unknown", "unknown_rate",
      ])
    expectUsageError(
      try sandbox.rondo("evaluate", "runs/tale", "tale.txt", "--per-token"), "--per-token needs --json.")
    expectUsageError(
      try sandbox.rondo("evaluate"), "Missing expected argument '<model-and-text> ...'")
  }

  /// Less exact weights are another model, hardly another score.
  @Test func evaluateAndNextTakeAPrecision() throws {
    let sandbox = try Sandbox.trained()
    func nats(_ precision: String) throws -> Double {
      let outcome = try sandbox.rondo("evaluate", "runs/tale", "tale.txt", "--json", "--precision", precision)
      return try #require(objects(outcome.outputLines).last?["nats"] as? Double)
    }
    let exact = try nats("f32"), half = try nats("f16"), byte = try nats("int8")
    #expect(half != exact && abs(half - exact) < 1e-4 * exact)
    #expect(byte != exact && abs(byte - exact) < 1e-2 * exact)
    let next = try sandbox.rondo("next", "runs/tale", "--json", "--precision", "int8")
    #expect(next.code == 0)
    #expect(try next.output != sandbox.rondo("next", "runs/tale", "--json").output)
  }

  /// A model of each cell is trained, described, exported, read and written with, and trained further.
  @Test(arguments: ["rnn-tanh", "rnn-relu", "peephole", "gru", "mogrifier"])
  func commandsTakeEachCell(_ cell: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(["train", "tale.txt", "--cell", cell, "--out", "run"] + Sandbox.tiny)
    #expect(outcome.code == 0 && outcome.error.contains("1 × 16 \(cell), "), "\(outcome.error)")
    let description = try sandbox.rondo("inspect", "run").outputLines
    #expect(description.first?.hasPrefix("model       \(cell), 1 × 16, embedding 8, ") == true)
    #expect(try sandbox.rondo("inspect", "run", "--command").output.contains("--cell \(cell) --layers 1"))

    #expect(try sandbox.rondo("export", "run", "-o", "model.safetensors").code == 0)
    let generate = ["generate", "run", "--seed", "3", "--length", "40"]
    let text = try sandbox.rondo(generate)
    #expect(text.code == 0)
    #expect(
      try sandbox.rondo(["generate", "model.safetensors"] + generate.dropFirst(2)).output == text.output)
    let bytes = try sandbox.rondo(generate + ["--precision", "int8"])
    if cell == "rnn-relu" {
      expectFailure(
        bytes, 64,
        "precision is int8: it needs hidden states between -1 and 1, and those of rnn-relu have no bound; use f16"
      )
    } else {
      #expect(bytes.code == 0 && !bytes.output.isEmpty)
    }

    let further = try sandbox.rondo(
      "train", "tale.txt", "--from", "run", "--out", "further", "--batch-size", "2", "--window", "8",
      "--steps", "5",
      "--sample-every", "0")
    #expect(further.code == 0 && further.error.contains("1 × 16 \(cell), "), "\(further.error)")
  }

  @Test func evaluateWarnsOfUnknownCharacters() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo(["evaluate", "runs/tale", "-"], input: "the FOX")
    #expect(outcome.code == 0)
    #expect(outcome.outputLines.last == "unknown             42.86 %")
    #expect(
      outcome.error
        == "rondo: warning: a score that contains <unk> is not comparable with another vocabulary's\n")
  }

  @Test func evaluateSkipsATextWithNothingToPredict() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let words = ["--tokenizer", "whitespace", "--out", "words", "--quiet"]
    #expect(try sandbox.rondo(["train", "tale.txt"] + words + Sandbox.tiny).code == 0)
    let whole = try sandbox.rondo("evaluate", "words", "tale.txt")
    try sandbox.write("texts/a.txt", "fox")
    try sandbox.write("texts/b.txt", Sandbox.tale)
    try sandbox.write("texts/c.txt", "  ")
    let outcome = try sandbox.rondo("evaluate", "words", "texts")
    #expect(outcome.code == 0)
    #expect(outcome.output == whole.output)
    #expect(outcome.error == "skipped: a.txt (too short: 1 token), c.txt (too short: 0 tokens)\n")
    let nothing = try sandbox.rondo("evaluate", "words", "texts/a.txt")
    expectFailure(
      nothing, 65,
      "there is nothing to predict: the first token has none before it, so a text needs two; give more text")
    #expect(nothing.errorLines.first == "skipped: a.txt (too short: 1 token)")
  }

  @Test func inspectDescribesAModel() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo("inspect", "runs/tale")
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    let lines = outcome.outputLines
    #expect(lines.first == "model       lstm, 1 × 16, embedding 8, 2 214 parameters")
    #expect(lines.contains("corpus      tale.txt: 1 901 tokens, 214 held out"))
    #expect(lines.contains("training    step 20 of 20, 0.17 passes through the text"))
    #expect(
      lines.suffix(8) == [
        "tensors",
        "  encoder.weight    F32  22 × 8",
        "  rnn.weight_ih_l0  F32  64 × 8",
        "  rnn.weight_hh_l0  F32  64 × 16",
        "  rnn.bias_ih_l0    F32  64",
        "  rnn.bias_hh_l0    F32  64",
        "  decoder.weight    F32  22 × 16",
        "  decoder.bias      F32  22",
      ])
    let json = try objects(sandbox.rondo("inspect", "--json").outputLines)
    #expect(json.count == 1)
    #expect(json.first?["parameters"] as? Int == 2214)
    #expect(json.first?["vocabulary_size"] as? Int == 22)
  }

  /// Wherever a model is put to work, one line names what its vocabulary can no longer find.
  @Test func aVocabularyOfAnotherUnicodeIsNamed() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale + "é")
    #expect(
      try sandbox.rondo(
        ["train", "tale.txt", "--quiet", "--schedule", "constant", "--validation-fraction", "0"]
          + Sandbox.tiny
      ).code == 0)
    var checkpoint = try CheckpointBytes(sandbox.read("runs/tale/last.safetensors"))
    let version = try #require(
      checkpoint.header.firstMatch(of: #/\\"clusters\\":\\"([0-9.]+)\\"/#)
    ).output.1
    let old = (version.hasPrefix("1") ? "2" : "1") + version.dropFirst()
    for name in ["clusters", "normalization"] {
      try checkpoint.replace(#"\"\#(name)\":\"\#(version)\""#, with: #"\"\#(name)\":\"\#(old)\""#)
    }
    // Without an entry that is two units there is nothing to warn of.
    try checkpoint.seal()
    try sandbox.write("runs/tale/last.safetensors", checkpoint.bytes)
    #expect(try sandbox.rondo("next", "runs/tale").error == "")
    try checkpoint.replace(#"\"text\":\"é\""#, with: #"\"text\":\"xy\""#)
    try checkpoint.seal()
    try sandbox.write("runs/tale/last.safetensors", checkpoint.bytes)

    let warning =
      "rondo: warning: the model was made with Unicode \(old), here it is \(version): 1 entry of its vocabulary is no "
      + "longer one unit: \"xy\""
    try sandbox.write("some.txt", "the fox\n")
    for command in [
      ["generate", "runs/tale", "--seed", "1"], ["next", "runs/tale"], ["evaluate", "runs/tale", "some.txt"],
      ["tokenize", "show", "runs/tale", "some.txt"], ["tokenize", "encode", "runs/tale", "some.txt"],
      ["train", "some.txt", "--from", "runs/tale", "--batch-size", "1", "--window", "2", "--steps", "1"],
    ] {
      let outcome = try sandbox.rondo(command)
      #expect(outcome.code == 0)
      #expect(outcome.errorLines.filter { $0.hasPrefix("rondo: warning: ") } == [warning], "\(command)")
    }
    let decoded = try sandbox.rondo(["tokenize", "decode", "runs/tale"], input: "[2]")
    #expect(decoded.errorLines == [warning])
    // The é of the text is now unknown, so this run cannot go on, but it is said why the text is another.
    #expect(try sandbox.rondo("train", "--resume", "runs/tale").errorLines.first == warning)
    let inspected = try sandbox.rondo("inspect", "runs/tale")
    #expect(inspected.error == "")
    #expect(inspected.outputLines.contains { $0.hasSuffix("no longer one unit here: \"xy\"") })
  }

  @Test func inspectGivesTheCommandThatMakesTheSameBytes() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo("inspect", "runs/tale", "--command")
    #expect(outcome.outputLines.count == 1)
    #expect(outcome.error == "")
    #expect(try sandbox.rondo(Array(words(outcome.output.dropLast()).dropFirst())).code == 0)
    for name in ["last.safetensors", "best.safetensors"] {
      #expect(try sandbox.read("runs/tale/" + name) == sandbox.read("runs/tale-2/" + name))
    }
  }

  @Test(arguments: [("f32", 4), ("f16", 2), ("bf16", 2)])
  func exportSavesTheModelAlone(_ dtype: String, _ width: Int) throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo("export", "runs/tale", "-o", "tale.safetensors", "--dtype", dtype)
    #expect(outcome.code == 0)
    #expect(outcome.output == "")
    #expect(outcome.error == "tale.safetensors: 2 214 parameters, \(dtype)\n")
    let checkpoint = try CheckpointBytes(sandbox.read("tale.safetensors"))
    #expect(checkpoint.dataCount >= 2214 * width)
    #expect(checkpoint.dataCount < 2214 * width + 64)
    #expect(!checkpoint.header.contains("optimizer."))
    #expect(checkpoint.header.contains("\"dtype\":\"\(dtype.uppercased())\""))
    let text = try sandbox.rondo("generate", "tale.safetensors", "--temperature", "0", "--length", "10")
    #expect(text.code == 0)
    if dtype == "f32" {
      #expect(try sandbox.read("tale.safetensors") == sandbox.read("runs/tale/best.safetensors"))
    }
  }

  @Test func exportRefusesWhatItCannotWrite() throws {
    let sandbox = try Sandbox.trained()
    expectFailure(
      try sandbox.rondo("export", "runs/tale", "-o", "none/tale.safetensors"), 73,
      "'none/tale.safetensors': cannot be created: No such file or directory; choose another place")
    expectFailure(
      try sandbox.rondo("export", "runs/tale", "-o", "runs"), 73,
      "'runs': cannot be created: a folder has this name; choose another place")
    expectUsageError(
      try sandbox.rondo("export", "runs/tale"), "Missing expected argument '--output <output>'")
    expectUsageError(
      try sandbox.rondo("export", "runs/tale", "-o", "x", "--dtype", "f8"),
      "The value 'f8' is invalid for '--dtype <dtype>'. Please provide one of 'f32', 'f16' or 'bf16'.")
  }

  @Test func gradcheckComparesEveryTensor() throws {
    let sandbox = try Sandbox()
    let outcome = try sandbox.rondo(
      "gradcheck", "--layers", "1", "--hidden-size", "5", "--embedding-size", "3")
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    #expect(outcome.outputLines.count == 9)
    #expect(outcome.outputLines.dropFirst(2).allSatisfy { $0.hasPrefix("ok    ") })
    #expect(try sandbox.rondo("gradcheck", "--layers", "1", "--hidden-size", "5", "--tied").code == 0)
    let residual = try sandbox.rondo("gradcheck", "--hidden-size", "7", "--layers", "3", "--residual")
    #expect(residual.code == 0 && residual.output.contains("ok    rnn.weight_hh_l2 "))
    let last = try sandbox.rondo(
      "gradcheck", "--hidden-size", "7", "--layers", "3", "--last-hidden-size", "4", "--tied")
    #expect(last.code == 0 && last.output.contains("ok    rnn.weight_hh_l2 "))
    expectFailure(
      try sandbox.rondo("gradcheck", "--layers", "1", "--last-hidden-size", "4"), 64,
      "last-hidden-size needs two layers: of one it is hidden-size")
    let projected = try sandbox.rondo("gradcheck", "--hidden-size", "7", "--tied", "--projection")
    #expect(projected.code == 0 && projected.output.contains("ok    projection.weight "))
    let adaptive = try sandbox.rondo("gradcheck", "--cutoffs", "4,9")
    #expect(adaptive.code == 0 && adaptive.output.contains("ok    decoder.tail.1.1.weight "))
    expectFailure(
      try sandbox.rondo("gradcheck", "--cutoffs", "4,17"), 64,
      "the last of the cutoffs is 17: it must be less than the 17 entries of the vocabulary")
    // The gradients of a deep model's first layer are small.
    #expect(try sandbox.rondo("gradcheck", "--layers", "4", "--hidden-size", "10").code == 0)
    for (cell, lines) in [("rnn-tanh", 9), ("rnn-relu", 9), ("peephole", 10), ("gru", 9), ("mogrifier", 14)] {
      let outcome = try sandbox.rondo("gradcheck", "--cell", cell, "--layers", "1")
      #expect(outcome.code == 0 && outcome.outputLines.count == lines, "\(cell)")
      guard cell != "mogrifier" else { continue }
      let normalized = try sandbox.rondo("gradcheck", "--cell", cell, "--layers", "1", "--layer-norm")
      #expect(
        normalized.code == 0 && normalized.outputLines.count == lines + (cell == "peephole" ? 4 : 2),
        "\(cell)")
    }
    let lowRank = try sandbox.rondo(
      "gradcheck", "--cell", "mogrifier", "--mogrifier-rounds", "3", "--mogrifier-rank", "4")
    #expect(lowRank.code == 0 && lowRank.output.contains("ok    rnn.mogrifier_r2_right_l1 "))
    let normalized = try sandbox.rondo("gradcheck", "--layer-norm")
    #expect(normalized.code == 0 && normalized.output.contains("ok    rnn.norm_cell_weight_l1 "))
    expectFailure(
      try sandbox.rondo("gradcheck", "--cell", "mogrifier", "--layer-norm"), 64,
      "layer-norm is for cells without rounds: mogrifier has them")
    expectFailure(
      try sandbox.rondo("gradcheck", "--layers", "0"), 64, "layers is 0: it must be at least 1")
  }
}
