import Foundation
import Testing

struct ResumeTests {
  @Test func goesOnToALongerTotalWithAConstantSchedule() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let run = ["train", "tale.txt", "--quiet", "--schedule", "constant", "--validate-every", "20"]
    let rest = ["--sample-every", "0", "--warmup", "1"] + Sandbox.size
    #expect(try sandbox.rondo(run + rest + ["--steps", "20"]).code == 0)
    let outcome = try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "40", "--sample-every", "0")
    #expect(outcome.code == 0)
    #expect(outcome.output == "")
    #expect(outcome.errorLines.first == "resuming runs/tale at step 20 of 40")
    #expect(try sandbox.rondo(run + rest + ["--steps", "40"]).code == 0)
    #expect(try sandbox.read("runs/tale/metrics.jsonl") == sandbox.read("runs/tale-2/metrics.jsonl"))
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "30"), 65,
      "cannot resume: 40 steps are done, more than 30")
  }

  @Test(arguments: [
    (["--seed", "2"], "--seed"), (["--hidden-size", "8", "--window", "4"], "--hidden-size, --window"),
    (["--tied"], "--tied"), (["--layer-norm"], "--layer-norm"), (["--cell", "lstm"], "--cell"),
    (["--tokenizer", "byte"], "--tokenizer"),
    (["--max-time", "1m"], "--max-time"),
    (["--out", "x"], "--out"), (["--from", "runs/tale"], "--from"),
    (["--learning-rate", "0.1"], "--learning-rate"),
  ])
  func refusesChangedSettings(_ options: [String], _ named: String) throws {
    expectFailure(
      try Sandbox.trained().rondo(["train", "--resume", "runs/tale"] + options), 64,
      "\(named) cannot be given with --resume: the run keeps its settings; only --validation, --cache, --threads, what is "
        + "printed and, with a constant schedule, --steps can change")
  }

  @Test(arguments: [
    ["--layers", "1"],
    ["--layers", "3", "--residual"],
    ["--layers", "2", "--last-hidden-size", "9"],
    ["--layers", "1", "--layer-norm"],
    ["--layers", "2", "--layer-norm", "--cell", "gru"],
    ["--layers", "1", "--cell", "mogrifier", "--mogrifier-rank", "4"],
    [
      "--layers", "2", "--cell", "mogrifier", "--mogrifier-rounds", "2", "--residual", "--weight-drop", "0.2",
    ],
  ])
  func keepsTheCommandThatMakesTheSame(_ model: [String]) throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options = [
      "--hidden-size", "16", "--embedding-size", "8", "--batch-size", "2", "--window", "8",
      "--schedule", "constant", "--warmup", "1", "--validate-every", "10", "--sample-every", "0",
    ]
    let run = try sandbox.rondo(["train", "tale.txt", "--steps", "20"] + model + options)
    #expect(run.code == 0, "\(run.error)")
    #expect(try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "40").code == 0)
    let command = try sandbox.rondo("inspect", "runs/tale/last.safetensors", "--command").output
    for option in model.filter({ $0.hasPrefix("--") }) { #expect(command.contains(option), "\(command)") }
    #expect(try sandbox.rondo(Array(words(command.dropLast()).dropFirst())).code == 0)
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try sandbox.read("runs/tale/" + name) == sandbox.read("runs/tale-2/" + name), "\(name)")
    }
  }

  @Test func findsTheTextToValidateOnWhereItIsNow() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let held = String(Sandbox.tale.prefix(300))
    let run = ["train", "tale.txt", "--schedule", "constant", "--validation", "-"] + Sandbox.tiny
    #expect(try sandbox.rondo(run, input: held).code == 0)
    let resume = ["train", "--resume", "runs/tale", "--steps", "30"]
    expectFailure(
      try sandbox.rondo(resume), 66,
      "the run read standard input, which is gone: give the same text as a file, "
        + "'rondo train --resume runs/tale --validation FILE'")
    try sandbox.write("held.txt", held)
    #expect(try sandbox.rondo(resume + ["--validation", "held.txt"]).code == 0)
    // The name is kept.
    #expect(try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "40").code == 0)

    expectFailure(
      try Sandbox.trained().rondo("train", "--resume", "runs/tale", "--validation", "tale.txt"), 64,
      "--validation cannot be given with --resume: the run held out a part of its text")
    expectFailure(
      try sandbox.rondo(["train", "-", "--validation", "-"] + Sandbox.tiny, input: held), 66,
      "standard input (-) is named twice but can be read only once; leave one out")
  }

  @Test func saysThatTheTextIsNotHere() throws {
    let sandbox = try Sandbox.trained()
    _ = try sandbox.shell("mv tale.txt moved.txt")
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "30"), 66,
      "the run's text 'tale.txt' is not here; name it: rondo train FILE --resume runs/tale")
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/tale/last.safetensors"), 64,
      "'runs/tale/last.safetensors' is a file: --resume goes on with a run folder; to begin with a model use --from"
    )
    // Who names it does not need what was kept.
    _ = try sandbox.shell("rm runs/tale/run.json")
    #expect(try sandbox.rondo("train", "moved.txt", "--resume", "runs/tale").code == 0)
  }

  @Test func saysThatTheTextIsNotKnown() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    try sandbox.write("held.txt", String(Sandbox.tale.prefix(300)))
    let run = ["train", "tale.txt", "--validation", "held.txt", "--schedule", "constant"] + Sandbox.tiny
    #expect(try sandbox.rondo(run).code == 0)
    let resume = ["--resume", "runs/tale", "--steps", "30"]
    let hint = "so the run's text is not known; name it: rondo train FILE --resume RUN"
    try sandbox.write("runs/tale/run.json", "{")
    expectFailure(try sandbox.rondo(["train"] + resume), 65, "'runs/tale/run.json': damaged, " + hint)
    _ = try sandbox.shell("rm runs/tale/run.json")
    expectFailure(try sandbox.rondo(["train"] + resume), 66, "'runs/tale/run.json': no such file, " + hint)
    // Without the list nothing is known of a text to validate on either.
    #expect(try sandbox.rondo(["train", "tale.txt", "--validation", "held.txt"] + resume).code == 0)
    #expect(try sandbox.text("runs/tale/run.json").contains("held.txt"))
  }

  @Test func takesTheOptionsOfReadingWhereTheyAreNotKnown() throws {
    let sandbox = try Sandbox()
    try sandbox.write(
      "notes/tale.latin", Array(Sandbox.tale.utf8) + Array("gr".utf8) + [0xFC] + Array("n\n".utf8))
    let reading = ["--include", "latin", "--encoding", "ISO-8859-1"]
    let constant = ["--schedule", "constant", "--warmup", "1"]
    #expect(try sandbox.rondo(["train", "notes"] + reading + constant + Sandbox.tiny).code == 0)
    let resume = ["train", "notes", "--resume", "runs/notes", "--steps", "30"]
    expectFailure(
      try sandbox.rondo(resume + reading), 64,
      "--include, --encoding cannot be given with --resume: the run keeps its settings; only --validation, --cache, "
        + "--threads, what is printed and, with a constant schedule, --steps can change")
    _ = try sandbox.shell("rm runs/notes/run.json")
    #expect(try sandbox.rondo(resume + reading).code == 0)
    // They are kept again.
    #expect(try sandbox.rondo("train", "--resume", "runs/notes", "--steps", "40").code == 0)
  }

  @Test func refusesAnotherText() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("tale.txt", Sandbox.tale + "the end")
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "30"), 65,
      "cannot resume: the text is not the one the run was started with (tale.txt); "
        + "to go on with another text use --from")
    try sandbox.write("moved.txt", Sandbox.tale)
    #expect(try sandbox.rondo("train", "moved.txt", "--resume", "runs/tale").code == 0)
  }

  @Test func saysThatAnotherProcessIsTraining() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let command = ["train", "tale.txt", "--steps", "100000000", "--validate-every", "0"] + Sandbox.size
    let training = try sandbox.start(command)
    #expect(training.wait { sandbox.exists("runs/tale/last.safetensors") })
    let outcome = try sandbox.rondo("train", "--resume", "runs/tale")
    training.send(SIGKILL)
    _ = training.end()
    #expect(outcome.code == 73)
    #expect(
      outcome.errorLines == [
        "rondo: 'runs/tale': another process is training into it; wait for it, or choose another folder"
      ])
  }

  @Test func saysThatNothingIsLeft() throws {
    let sandbox = try Sandbox.trained()
    let before = try sandbox.read("runs/tale/last.safetensors")
    let outcome = try sandbox.rondo("train", "--resume", "runs/tale")
    #expect(outcome.code == 0)
    #expect(outcome.output == "")
    #expect(
      outcome.errorLines == [
        "resuming runs/tale at step 20 of 20",
        "nothing is left to train. Write with it: rondo generate runs/tale",
      ])
    #expect(try sandbox.read("runs/tale/last.safetensors") == before)
  }

  @Test func saysThatNothingIsLeftWhereTheTextHasGone() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.rondo(["train", "-", "--out", "run"] + Sandbox.tiny, input: Sandbox.tale).code == 0)
    let outcome = try sandbox.rondo("train", "--resume", "run")
    #expect(outcome.code == 0)
    #expect(outcome.errorLines.last == "nothing is left to train. Write with it: rondo generate run")
    expectFailure(
      try sandbox.rondo("train", "--resume", "run", "--steps", "30"), 66,
      "the run read standard input, which is gone: give the same text as a file, 'rondo train FILE --resume run'"
    )
  }

  @Test func refusesALongerTotalWithACosineSchedule() throws {
    expectFailure(
      try Sandbox.trained().rondo("train", "--resume", "runs/tale", "--steps", "40"), 65,
      "cannot resume: the number of steps can be changed with --schedule constant alone; this run's is cosine, "
        + "made for 20 steps")
  }

  @Test func refusesWhatIsNoRun() throws {
    let sandbox = try Sandbox.trained()
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/none"), 66,
      "'runs/none/last.safetensors': no such file; name a .safetensors file or the folder of a run")
    #expect(try sandbox.rondo("export", "runs/tale", "-o", "runs/tale/last.safetensors").code == 0)
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/tale", "--steps", "30"), 65,
      "'runs/tale/last.safetensors': has no tensor 'optimizer.first_moment.encoder.weight'; `rondo inspect` lists what it has"
    )
  }
}

struct FineTuningTests {
  @Test func reportsWhatItTakesOver() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("other.txt", String(repeating: "The cat ran over a hill.\n", count: 40))
    let outcome = try sandbox.rondo([
      "train", "other.txt", "--from", "runs/tale", "--steps", "10", "--sample-every", "0", "--batch-size",
      "2",
      "--window", "8",
    ])
    #expect(outcome.code == 0)
    #expect(outcome.output == "")
    #expect(
      outcome.errorLines.contains(
        "fine-tuning: 15 entries taken over, 2 new, 7 of the model not in this text"), "\(outcome.error)")
    let command = words(try #require(outcome.errorLines.first { $0.hasPrefix("the same again: ") }))
    let again = try sandbox.rondo(Array(command.dropFirst(4)))
    #expect(again.code == 0, "\(again.error)")
    #expect(try sandbox.read("runs/other/last.safetensors") != [])
    #expect(try sandbox.read("runs/other/metrics.jsonl") == sandbox.read("runs/other-2/metrics.jsonl"))
  }

  @Test func refusesWhatTheModelDoesNotFit() throws {
    let sandbox = try Sandbox.trained()
    func train(_ options: String...) throws -> Program.Outcome {
      // Before the text is looked at.
      try sandbox.rondo(["train", "none.txt", "--from", "runs/tale", "--steps", "1"] + options)
    }
    expectFailure(
      try train("--tokenizer", "byte"), 65,
      "cannot begin with this model: its tokenizer is character, nfc, not byte, nfc; ask for the same, or train without "
        + "a model to begin with")
    expectFailure(
      try train("--normalization", "nfkc"), 65,
      "cannot begin with this model: its tokenizer is character, nfc, not character, nfkc; ask for the same, or train "
        + "without a model to begin with")
    try sandbox.write("words.txt", Sandbox.tale)
    #expect(
      try sandbox.rondo(["train", "words.txt", "--tokenizer", "whitespace", "--out", "words"] + Sandbox.tiny)
        .code == 0)
    #expect(try sandbox.rondo("export", "words", "-o", "words.json", "--format", "tokenizer").code == 0)
    expectFailure(
      try train("--tokenizer", "words.json"), 65,
      "cannot begin with this model: its tokenizer is character, nfc, not whitespace, nfc; ask for the same, or train "
        + "without a model to begin with")
    expectFailure(
      try train("--layers", "2", "--tied"), 64,
      "--layers, --tied cannot be given with --from: the model has its sizes")
    expectFailure(
      try train("--forget-bias", "1"), 64,
      "--forget-bias cannot be given with --from: the model has its biases")
    expectFailure(
      try train("--cell", "lstm"), 64, "--cell cannot be given with --from: the model has its sizes")
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "--from", "runs/none"), 66,
      "'runs/none': no such file; name a .safetensors file or the folder of a run")
  }
}
