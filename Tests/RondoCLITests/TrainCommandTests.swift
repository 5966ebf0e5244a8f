import Foundation
import Testing

struct TrainCommandTests {
  /// A report without what differs from machine to machine: losses, speeds, times.
  private func masked(_ line: String) -> String {
    line
      .replacing(#/(loss|validation|perplexity|best) [0-9.]+/#) { "\($0.output.1) #" }
      .replacing(#/[0-9.]+( [kM])? tokens\/s/#, with: "# tokens/s")
      .replacing(#/[0-9]+ s( left)?/#) { "# s\($0.output.1 ?? "")" }
      .replacing(#/\((best so far|best # at step [0-9]+)\)/#, with: "(#)")
  }

  @Test func countsOneOfAKind() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--steps", "1", "--sample-every", "0"] + Sandbox.size)
    #expect(
      outcome.errorLines.contains { $0.hasPrefix("model: ") && $0.hasSuffix("; 1 step of 2 × 8 tokens") })
  }

  @Test func saysWhatItDoesOnStandardErrorAlone() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      ["train", "tale.txt"] + Sandbox.tiny + ["--dropout", "0.25", "--validate-every", "10", "--seed", "7"])
    #expect(outcome.code == 0)
    #expect(outcome.output == "")
    #expect(
      outcome.errorLines.map(masked) == [
        "corpus: 1 file, 2 112 bytes, 1 901 tokens to train on, 214 held out, vocabulary 22",
        "model: 1 × 16 lstm, 2 214 parameters; # steps of 2 × 8 tokens",
        "the same again: rondo train tale.txt --tokenizer character --normalization nfc --cell lstm --layers 1 --hidden-size 16 "
          + "--embedding-size 8 --dropout-input 0.0 --dropout 0.25 --dropout-output 0.25 --batch-size 2 --window 8 "
          + "--steps 20 --optimizer adamw --learning-rate 0.006 --schedule cosine --warmup 1 --clip 1.0 "
          + "--weight-decay 0.01 --validate-every 10 --patience 0 --validation-fraction 0.1 --seed 7",
        "writing to runs/tale/; Ctrl-C stops and saves",
        "validation at step 10: loss #, perplexity #  (#)",
        "step 20/20  epoch 0.17  loss #  validation #  # tokens/s  # s left",
        "validation at step 20: loss #, perplexity #  (#)",
        "done in # s: best validation loss #, perplexity # at step 20",
        "write with it: rondo generate runs/tale",
      ])
    #expect(
      try sandbox.names("runs/tale") == ["best.safetensors", "last.safetensors", "metrics.jsonl", "run.json"])
    #expect(try sandbox.text("runs/tale/run.json") == #"{"corpus":["tale.txt"]}"# + "\n")
    let metrics = try objects(
      sandbox.text("runs/tale/metrics.jsonl").split(separator: "\n").map(String.init))
    #expect(metrics.map { $0["step"] as? Int } == [10, 10, 20, 20])
    #expect(metrics.map { $0["validation_loss"] != nil } == [false, true, false, true])
  }

  @Test func saysNothingButErrorsIfAsked() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(["train", "tale.txt", "--quiet"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    #expect(outcome.output + outcome.error == "")
    expectFailure(
      try sandbox.rondo("train", "tail.txt", "--quiet"), 66,
      "no such file or folder: 'tail.txt'; check the spelling")
  }

  @Test func writesProgressAsJSON() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--json", "--quiet", "--validate-every", "10"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    let lines = try objects(outcome.outputLines)
    let validations = lines.filter { $0["validation_loss"] != nil }
    #expect(validations.map { $0["step"] as? Int } == [10, 20])
    #expect(validations.allSatisfy { $0.keys.sorted() == ["is_best", "step", "validation_loss"] })
    let last = try #require(lines.last { $0["loss"] != nil })
    #expect(
      last.keys.sorted() == ["epochs", "gradient_norm", "learning_rate", "loss", "step", "tokens_per_second"])
    #expect(last["step"] as? Int == 20)
  }

  @Test func saysThatItGoesBack() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options =
      [
        "--steps", "130", "--sample-every", "0", "--validate-every", "20", "--optimizer", "sgd",
        "--learning-rate",
      ]
      + ["1e4", "--momentum", "0", "--clip", "0", "--schedule", "constant", "--out"]
    let shown = try sandbox.rondo(["train", "tale.txt"] + Sandbox.size + options + ["shown"])
    #expect(
      shown.errorLines.contains {
        $0.wholeMatch(
          of:
            #/the loss (ran away|became NaN or infinite) at step [0-9]+: back to step [0-9]+, with the learning rate times 0.5 from now on/#
        ) != nil
      })
    let lines = try objects(
      sandbox.rondo(["train", "tale.txt", "--json", "--quiet"] + Sandbox.size + options + ["quiet"])
        .outputLines)
    let back = try #require(lines.first { $0["rolled_back_to"] != nil })
    #expect(back.keys.sorted() == ["learning_rate_factor", "rolled_back_to", "step"])
    #expect(back["learning_rate_factor"] as? Double == 0.5)
  }

  /// Passes of random windows have no common number of steps, and nt-asgd counts passes.
  @Test func validatesOnceAPass() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      "train", "tale.txt", "--layers", "1", "--hidden-size", "16", "--batch-size", "16", "--window", "8",
      "--random-window", "--optimizer", "nt-asgd", "--learning-rate", "1", "--epochs", "3",
      "--sample-every", "0")
    #expect(outcome.error.contains(" --validate-every epoch "), "\(outcome.error)")
    let metrics = try sandbox.text("runs/tale/metrics.jsonl").split(separator: "\n")
    #expect(metrics.count { $0.contains("validation_loss") } == 3)
    let unknown = try sandbox.rondo("train", "tale.txt", "--validate-every", "pass")
    #expect(unknown.code == 64 && unknown.error.contains("'pass' is invalid for '--validate-every"))
  }

  @Test func saysThatAveragingBegins() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options =
      [
        "--steps", "60", "--sample-every", "0", "--validate-every", "2", "--optimizer", "nt-asgd",
        "--learning-rate", "20", "--non-monotone", "1", "--out",
      ]
    let shown = try sandbox.rondo(["train", "tale.txt"] + Sandbox.size + options + ["shown"])
    let begins =
      "averaging begins: this validation is worse than the best of those more than 1 before it"
    #expect(shown.errorLines.count { $0 == begins } == 1)
    let lines = try objects(
      sandbox.rondo(["train", "tale.txt", "--json", "--quiet"] + Sandbox.size + options + ["quiet"])
        .outputLines)
    let told = lines.filter { $0["begins_averaging"] != nil }
    #expect(told.count == 1)
    #expect(told[0].keys.sorted() == ["begins_averaging", "is_best", "step", "validation_loss"])
    let step = try #require(told[0]["step"] as? Int)
    #expect(try sandbox.text("quiet/metrics.jsonl").contains(#"{"begins_averaging":true,"step":\#(step),"#))
  }

  @Test func findsALearningRate() throws {
    let sandbox = try Sandbox()
    try sandbox.write("my tale.txt", Sandbox.tale)
    let options = ["train", "my tale.txt", "--find-learning-rate"] + Sandbox.size
    let shown = try sandbox.rondo(options + ["--steps", "30"])
    #expect(shown.code == 0)
    #expect(shown.outputLines.first == "smoothed loss in nats, by the learning rate")
    let rate = try #require(
      shown.outputLines.last?.wholeMatch(of: #/a good learning rate: ([0-9.e-]+)/#)?.output.1)
    #expect(
      shown.errorLines.last
        == "train with it: rondo train 'my tale.txt' \(Sandbox.size.joined(separator: " ")) --steps 30 --learning-rate \(rate)"
    )
    #expect(shown.output.contains("●") && shown.output.contains("┊") && !shown.output.contains("\u{1B}"))
    #expect(shown.outputLines.allSatisfy { $0.count <= 80 })
    #expect(shown.outputLines.contains { $0.contains(" 1e-5") && $0.contains(" 1e-3") })
    #expect(!sandbox.exists("runs"), "nothing is kept")

    let outcome = try sandbox.rondo(options + ["--json", "--quiet"])
    #expect(outcome.error == "")
    let lines = try objects(outcome.outputLines)
    #expect(lines.count > 50)
    #expect(lines.dropLast().allSatisfy { $0.keys.sorted() == ["learning_rate", "loss", "smoothed_loss"] })
    #expect(lines.last?["suggested_learning_rate"] as? Double == Double(rate))
  }

  @Test func showsSamples() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let shown = try sandbox.rondo(
      ["train", "tale.txt"] + Sandbox.size + ["--steps", "20", "--validate-every", "10"])
    #expect(shown.errorLines.contains { $0.hasPrefix("  │ ") })
    #expect(!shown.error.contains("\u{1B}"))
    let hidden = try sandbox.rondo(["train", "tale.txt"] + Sandbox.tiny)
    #expect(!hidden.error.contains("│"))
  }

  /// On a machine with one core this shows nothing.
  @Test func oneThreadIsOneThreadForSamplesToo() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let program = try sandbox.start(
      ["train", "tale.txt", "--threads", "1", "--steps", "200", "--validate-every", "1"] + Sandbox.size)
    var most = 0
    _ = program.wait {
      most = max(most, program.threadCount ?? 0)
      return false
    }
    #expect(program.end().code == 0)
    #expect(most <= 1)
  }

  @Test func numbersRunsOfOneName() throws {
    let sandbox = try Sandbox()
    try sandbox.write("a tale.txt", Sandbox.tale)
    for name in ["a tale", "a tale-2", "a tale-3"] {
      let outcome = try sandbox.rondo(["train", "a tale.txt"] + Sandbox.tiny)
      #expect(outcome.errorLines.contains("writing to 'runs/\(name)/'; Ctrl-C stops and saves"))
      #expect(outcome.errorLines.last == "write with it: rondo generate 'runs/\(name)'")
      #expect(sandbox.exists("runs/\(name)/last.safetensors"))
    }
    let outcome = try sandbox.rondo(["train", "a tale.txt", "--out", "here/there"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    #expect(sandbox.exists("here/there/last.safetensors"))
  }

  @Test func theSameCommandGivesTheSameBytes() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let first = try sandbox.rondo(
      ["train", "tale.txt"] + Sandbox.size + ["--steps", "20", "--dropout", "0.2"])
    let command = try #require(first.errorLines.first { $0.hasPrefix("the same again: rondo ") })
    #expect(try sandbox.rondo(Array(words(command).dropFirst(4)) + ["--threads", "1"]).code == 0)
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try sandbox.read("runs/tale/" + name) == sandbox.read("runs/tale-2/" + name))
    }
  }

  @Test func readsStandardInput() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.rondo(["train", "-", "--quiet"] + Sandbox.tiny, input: Sandbox.tale).code == 0)
    try sandbox.write("tale.txt", Sandbox.tale)
    #expect(try sandbox.rondo(["train", "tale.txt", "--quiet"] + Sandbox.tiny).code == 0)
    #expect(try sandbox.read("runs/stdin/metrics.jsonl") == sandbox.read("runs/tale/metrics.jsonl"))
    expectFailure(
      try sandbox.rondo("train", "-"), 65, "standard input is empty; give a file that has text in it")
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/stdin", "--steps", "30"), 66,
      "the run read standard input, which is gone: give the same text as a file, "
        + "'rondo train FILE --resume runs/stdin'")
    #expect(try sandbox.rondo("train", "tale.txt", "--resume", "runs/stdin").code == 0)
  }

  @Test func readsAFolderAndSaysWhatItSkips() throws {
    let sandbox = try Sandbox()
    try sandbox.write("notes/a.txt", Sandbox.tale)
    try sandbox.write("notes/deep/b.md", Sandbox.tale)
    try sandbox.write("notes/c.png", [0x89, 0x50])
    try sandbox.write("notes/.hidden.txt", "x")
    try sandbox.write("notes/d.txt", "")
    let outcome = try sandbox.rondo(["train", "notes/"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    let skipped = try #require(outcome.errorLines.first)
    #expect(skipped.hasPrefix("skipped: "))
    for name in ["c.png", ".hidden.txt", "d.txt (empty)"] { #expect(skipped.contains(name), "\(skipped)") }
    #expect(outcome.errorLines.dropFirst().first?.hasPrefix("corpus: 2 files, 4 224 bytes, ") == true)
    #expect(sandbox.exists("runs/notes/last.safetensors"))
  }

  @Test func acceptsNamesThatBeginWithADash() throws {
    let sandbox = try Sandbox()
    try sandbox.write("-tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(["train"] + Sandbox.tiny + ["--", "-tale.txt"])
    #expect(outcome.code == 0)
    let command = try #require(outcome.errorLines.first { $0.hasPrefix("the same again: ") })
    #expect(words(command)[5] == "./-tale.txt")
  }

  @Test func becomesStepsFromATime() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--max-time", "1s", "--sample-every", "0"] + Sandbox.size)
    #expect(outcome.code == 0)
    let command = words(try #require(outcome.errorLines.first { $0.hasPrefix("the same again: ") }))
    #expect(!command.contains("--max-time"))
    let index = try #require(command.firstIndex(of: "--steps"))
    let steps = try #require(Int(command[index + 1]))
    #expect(steps > 1)
    #expect(outcome.errorLines.last == "write with it: rondo generate runs/tale")
  }

  @Test func endsALateRun() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--max-time", "0.3s", "--steps", "100000000", "--sample-every", "0"]
        + Sandbox.size)
    #expect(outcome.code == 0)
    let end = outcome.errorLines.suffix(3)
    #expect(
      end.first?.wholeMatch(
        of:
          #/the time is over at step [0-9 ]+ of 100 000 000: best validation loss [0-9.]+, perplexity [0-9.]+ at step [0-9 ]+/#
      ) != nil, "\(end)")
    #expect(
      end.dropFirst() == [
        "saved. Go on with: rondo train --resume runs/tale", "write with it: rondo generate runs/tale",
      ])
    #expect(sandbox.exists("runs/tale/best.safetensors"))
    #expect(sandbox.exists("runs/tale/last.safetensors"))
  }

  @Test func shrinksToASmallText() throws {
    let sandbox = try Sandbox()
    try sandbox.write("word.txt", "word")
    let outcome = try sandbox.rondo(["train", "word.txt"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    #expect(
      outcome.errorLines.filter { $0.hasPrefix("note: ") } == [
        "note: the text is shorter than one window of 8: the window is now 3",
        "note: the text has no room for 2 streams of one window each: the batch size is now 1",
      ])
    try sandbox.write("letter.txt", "a")
    #expect(try sandbox.rondo(["train", "letter.txt"] + Sandbox.tiny).code == 0)
    try sandbox.write("sentence.txt", "a sentence.")
    let streams = try sandbox.rondo(["train", "sentence.txt"] + Sandbox.tiny)
    #expect(
      streams.errorLines.filter { $0.hasPrefix("note: ") } == [
        "note: the text has no room for 2 streams of one window each: the batch size is now 1"
      ])
  }

  @Test func takesZeroBytesForText() throws {
    let sandbox = try Sandbox()
    try sandbox.write("zeros.txt", "a\0b\0\0c" + Sandbox.tale)
    #expect(try sandbox.rondo(["train", "zeros.txt"] + Sandbox.tiny).code == 0)
    let tokens = try sandbox.rondo(["tokenize", "encode", "runs/zeros", "zeros.txt"])
    try sandbox.write("ids", tokens.outputBytes)
    #expect(
      try sandbox.rondo("tokenize", "decode", "runs/zeros", "ids").outputBytes == sandbox.read("zeros.txt"))
  }

  @Test func takesALineOfFiftyMegabytes() throws {
    let sandbox = try Sandbox()
    try sandbox.write(
      "long.txt",
      [UInt8](repeating: UInt8(ascii: "a"), count: 25_000_000)
        + [UInt8](repeating: UInt8(ascii: "b"), count: 25_000_000))
    let outcome = try sandbox.rondo(
      ["train", "long.txt", "--validation-fraction", "0.000001"] + Sandbox.size + ["--steps", "1"])
    #expect(outcome.code == 0)
    // Where reading takes its time, a line says so before.
    #expect(
      outcome.errorLines.contains(
        "corpus: 1 file, 50 000 000 bytes, 49 999 951 tokens to train on, 52 held out, vocabulary 4"))
  }
}
