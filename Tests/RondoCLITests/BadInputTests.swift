import Foundation
import Testing

/// Texts and options that nothing can be made of.
struct BadInputTests {
  @Test func refusesAFileThatIsNotThere() throws {
    expectFailure(
      try Sandbox().rondo("train", "tail.txt"), 66, "no such file or folder: 'tail.txt'; check the spelling")
    expectFailure(
      try Sandbox().rondo("train"), 64,
      "no text given: name files or folders, for example 'rondo train my-notes/'")
  }

  @Test func refusesAFileItMayNotRead() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.setPermissions("tale.txt", 0)
    expectFailure(
      try sandbox.rondoWithoutPrivileges("train", "tale.txt"), 66,
      "cannot open 'tale.txt': Permission denied; make it readable or leave it out")
    try sandbox.setPermissions("runs/tale/best.safetensors", 0)
    expectFailure(
      try sandbox.rondoWithoutPrivileges("generate", "runs/tale"), 66,
      "'runs/tale/best.safetensors': cannot be read: Permission denied; give a file that you may read"
    )
  }

  @Test func refusesTextsWithoutText() throws {
    let sandbox = try Sandbox()
    try sandbox.write("empty.txt", "")
    expectFailure(
      try sandbox.rondo("train", "empty.txt"), 65, "'empty.txt' is empty; give a file that has text in it")
    try sandbox.write("photos/a.jpg", "x")
    expectFailure(
      try sandbox.rondo("train", "photos"), 66,
      "no text in folder 'photos': files count that end in .txt .text .md .markdown .rst .adoc .asciidoc .org .tex "
        + ".tokens; to read others, name their extensions with --include, or the files one by one")
    try sandbox.write("word.txt", "word")
    expectFailure(
      try sandbox.rondo(["train", "word.txt", "--tokenizer", "whitespace"] + Sandbox.tiny), 65,
      "a text of 1 token is too short for 1 parallel stream; give more text or a smaller batch size")
    #expect(!sandbox.exists("runs"))
  }

  @Test func refusesWhatIsNotUTF8() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("latin.txt", Array("line\nf".utf8) + [0xFC, 0x72])
    let advice =
      "convert it, for example with iconv -t UTF-8, or name the encoding of all texts with --encoding"
    let message = "'latin.txt' is not UTF-8 at byte 6 (line 2); " + advice
    expectFailure(try sandbox.rondo("train", "latin.txt"), 65, message)
    expectFailure(
      try sandbox.rondo("train", "latin.txt", "--tokenizer", "byte"), 65,
      message + ", or take the bytes as they are with --normalization none")
    expectFailure(try sandbox.rondo("evaluate", "runs/tale", "latin.txt"), 65, message)
    expectFailure(try sandbox.rondo("tokenize", "encode", "runs/tale", "latin.txt"), 65, message)
    try sandbox.write("marked.txt", [0xEF, 0xBB, 0xBF, 0x61, 0xFF])
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "marked.txt"), 65,
      "'marked.txt' is not UTF-8 at byte 4 (line 1); " + advice)
  }

  @Test func aTokenizerIsNoModel() throws {
    let sandbox = try Sandbox.trained()
    for name in ["t.json", "T.JSON"] {
      let export = try sandbox.rondo("export", "runs/tale", "--format", "tokenizer", "-o", name)
      #expect(export.code == 0)
      for command in ["generate", "inspect", "export"] {
        expectFailure(
          try sandbox.rondo([command, name] + (command == "export" ? ["-o", "x"] : [])), 65,
          "'\(name)' is a tokenizer and no model: look at it with 'rondo tokenize', or train with --tokenizer \(name)"
        )
      }
      #expect(try sandbox.rondo("tokenize", "vocabulary", name).code == 0)
    }
  }

  @Test(arguments: [
    (["--hidden-size", "0"], "hidden-size is 0: it must be at least 1"),
    (["--layers", "0"], "layers is 0: it must be at least 1"),
    (["--embedding-size", "-1"], "embedding-size is -1: it must be at least 1"),
    (["--dropout", "1.0"], "dropout is 1.0: it must be at least 0 and less than 1"),
    (["--dropout", "nan"], "dropout is nan: it must be at least 0 and less than 1"),
    (["--batch-size", "0"], "batch-size is 0: it must be at least 1"),
    (["--window", "0"], "window is 0: it must be at least 1"),
    (["--steps", "-5"], "steps is -5: it must be at least 1"),
    (["--epochs", "0"], "epochs is 0: it must be at least 1"),
    (["--steps", "2", "--epochs", "3"], "--steps 2 and --epochs 3 cannot be given together: choose one"),
    (["--momentum", "0.5"], "--momentum is for --optimizer sgd: leave it out"),
    (
      ["--tokenizer", "byte", "--minimum-count", "5"],
      "--minimum-count is not for bytes: their vocabulary is fixed"
    ),
    (
      ["--validation-fraction", "0", "--patience", "3"],
      "patience needs a text to validate on: leave --validation-fraction 0 out"
    ),
    (
      ["--validation-fraction", "0", "--schedule", "plateau:0.5"],
      "a plateau schedule needs a text to validate on: leave --validation-fraction 0 out"
    ),
    (
      ["--schedule", "epochs:4:2"],
      "the schedule's factor is 2.0: it must be more than 0 and less than 1"
    ),
    (["--max-time", "0"], "max-time is 0.0 seconds: it must be more than 0"),
    (["--learning-rate", "0"], "learning-rate is 0.0: it must be more than 0"),
    (["--learning-rate", "-0.1"], "learning-rate is -0.1: it must be more than 0"),
    (["--clip", "-1"], "clip is -1.0: it must be 0 (off) or more"),
    (["--rmsprop-decay", "0.9"], "--rmsprop-decay is for --optimizer rmsprop: leave it out"),
    (
      ["--optimizer", "rmsprop", "--rmsprop-decay", "1"],
      "rmsprop-decay is 1.0: it must be at least 0 and less than 1"
    ),
    (["--initial-range", "-0.1"], "initial-range is -0.1: it must be more than 0"),
    (["--forget-bias", "nan"], "forget-bias is nan: it must be a finite number"),
    (
      ["--random-window", "--loss", "sum"],
      "random-window lets the rate follow the window's length, and so does loss sum: choose one"
    ),
    (["--non-monotone", "3"], "--non-monotone is for --optimizer nt-asgd: leave it out"),
    (["--optimizer", "nt-asgd", "--non-monotone", "0"], "non-monotone is 0: it must be at least 1"),
    (
      ["--average-decay", "0.5"], "average-decay is 0.5: it must be at least 0.9 and at most 0.99999"
    ),
    (
      ["--average-decay", "0.99", "--optimizer", "nt-asgd"],
      "average-decay is not for optimizer nt-asgd, which averages by itself: choose one"
    ),
    (
      ["--average-decay", "0.99", "--validation-fraction", "0"],
      "averaged weights need a text to validate on: leave --validation-fraction 0 out"
    ),
    (
      ["--find-learning-rate", "--learning-rate", "0.1", "--out", "here"],
      "--learning-rate, --out cannot be given with --find-learning-rate: it trains nothing that is kept"
    ),
    (["--clip-value", "-5"], "clip-value is -5.0: it must be 0 (off) or more"),
    (["--weight-decay", "-1"], "weight-decay is -1.0: it must be 0 or more"),
    (["--validation-fraction", "1"], "validation-fraction is 1.0: it must be at least 0 and less than 1"),
    (["--sample-every", "-1"], "sample-every is -1: it must be at least 0"),
    (["--threads", "0"], "threads is 0: it must be at least 1 and at most 256"),
    (["--minimum-count", "0"], "minimum-count is 0: it must be at least 1"),
    (
      ["--vocabulary-size", "1"],
      "a vocabulary size of 1 is too small: it must be at least 3"
    ),
    (
      ["--validation", "tale.txt", "--validation-fraction", "0.2"],
      "--validation-fraction 0.2 cannot be given with --validation: choose one"
    ),
  ])
  func refusesSettings(_ options: [String], _ message: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    expectFailure(try sandbox.rondo(["train", "tale.txt"] + options), 64, message)
    #expect(!sandbox.exists("runs"))
  }

  @Test(arguments: [
    (["--layers", "two"], "The value 'two' is invalid for '--layers <layers>'"),
    (["--seed", "-1"], "The value '-1' is invalid for '--seed <seed>'"),
    (["--max-time", "-3"], "The value '-3' is invalid for '--max-time <max-time>'"),
    (["--max-time", "1h30"], "The value '1h30' is invalid for '--max-time <max-time>'"),
    (["--schedule", "sine"], "The value 'sine' is invalid for '--schedule <schedule>'"),
    (["--layers"], "Missing value for '--layers <layers>'"),
  ])
  func refusesValues(_ options: [String], _ message: String) throws {
    expectUsageError(try Sandbox().rondo(["train", "tale.txt"] + options), message)
  }

  @Test(arguments: ["build", "cut"])
  func refusesAMinimumCountOfBytes(_ command: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    expectFailure(
      try sandbox.rondo("tokenize", command, "tale.txt", "--tokenizer", "byte", "--minimum-count", "5"), 64,
      "--minimum-count is not for bytes: their vocabulary is fixed")
  }

  @Test func refusesAMinimumCountThatLeavesNothing() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "--minimum-count", "10000"), 65,
      "no entry is left for the vocabulary: the text is empty, or the minimum count is above every count")
    #expect(!sandbox.exists("runs"))
  }

  @Test func refusesAnInstructionSetThatIsNotThere() throws {
    let sandbox = try Sandbox.trained()
    for command in [
      ["evaluate", "runs/tale", "tale.txt"], ["train", "tale.txt"], ["train", "nowhere.txt"],
    ] {
      expectFailure(
        try sandbox.rondo(command, environment: ["RONDO_ISA": "mmx"]), 64,
        "the instruction set 'mmx' that RONDO_ISA names is not there: use avx512vnni, avx512, avx2 or portable, "
          + "whichever this processor has, or unset it")
    }
    #expect(try sandbox.names("runs") == ["tale"])
    let outcome = try sandbox.rondo(["generate", "--length", "1"], environment: ["RONDO_ISA": "Portable"])
    #expect(outcome.code == 0)
  }

  @Test func refusesArgumentsThatAreNotUTF8() throws {
    let sandbox = try Sandbox.trained()
    expectFailure(
      try sandbox.shell(#""$RONDO" generate runs/tale --prompt $'the \xff'"#), 64,
      "argument 4 is not UTF-8: 'the \u{FFFD}'; convert it, or where it is the name of a file, name its folder"
    )
    #expect(try sandbox.shell(#""$RONDO" next runs/tale --prompt 'é 寓'"#).code == 0)
  }

  // MARK: Checkpoints

  private func expectRefusal(
    _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ damage: (inout [UInt8]) throws -> Void
  ) throws {
    let sandbox = try Sandbox.trained()
    var bytes = try sandbox.read("runs/tale/last.safetensors")
    try damage(&bytes)
    try sandbox.write("runs/tale/best.safetensors", bytes)
    try sandbox.write("runs/tale/last.safetensors", bytes)
    for command in [
      ["generate", "runs/tale"], ["inspect", "runs/tale"], ["evaluate", "runs/tale", "tale.txt"],
    ] {
      expectFailure(
        try sandbox.rondo(command), 65, "'runs/tale/best.safetensors': " + message,
        sourceLocation: sourceLocation)
    }
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/tale"), 65, "'runs/tale/last.safetensors': " + message,
      sourceLocation: sourceLocation)
    #expect(try sandbox.read("runs/tale/last.safetensors") == bytes, sourceLocation: sourceLocation)
  }

  @Test func refusesSizesThatDoNotFitIntoMemory() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo("train", "tale.txt", "--layers", "64", "--hidden-size", "16384")
    #expect(outcome.code == 64)
    #expect(outcome.errorLines.last?.hasPrefix("rondo: training needs 2") == true)
    #expect(
      outcome.errorLines.last?.hasSuffix(
        "lower hidden-size (16384), layers (64) or vocabulary-size (22)") == true)
    #expect(!sandbox.exists("runs"))
  }

  @Test func refusesACheckpointThatIsCutShort() throws {
    let count = try Sandbox.trained().read("runs/tale/last.safetensors").count
    try expectRefusal("cut short: \(count - 1) bytes of at least \(count); copy or download it again") {
      $0.removeLast()
    }
    try expectRefusal("cut short: 5 bytes of at least 8; copy or download it again") {
      $0.removeSubrange(5...)
    }
  }

  @Test func refusesACheckpointWithOneWrongByte() throws {
    let original = try CheckpointBytes(Sandbox.trained().read("runs/tale/last.safetensors"))
    let stored = try #require(original.header.firstMatch(of: #/"crc32c:([0-9a-f]{8})"/#)).output.1
    var bytes = original.bytes
    bytes[bytes.count - 100] ^= 1
    var damaged = try CheckpointBytes(bytes)
    try damaged.seal()
    let computed = try #require(damaged.header.firstMatch(of: #/"crc32c:([0-9a-f]{8})"/#)).output.1
    try expectRefusal(
      "damaged: its bytes give '\(computed)', its header says '\(stored)'; use another copy"
    ) { $0[$0.count - 100] ^= 1 }
  }

  @Test func acceptsACheckpointThatWasSealedAgain() throws {
    let sandbox = try Sandbox.trained()
    var checkpoint = try CheckpointBytes(sandbox.read("runs/tale/best.safetensors"))
    let original = checkpoint.bytes
    try checkpoint.seal()
    #expect(checkpoint.bytes == original)
  }

  @Test func refusesACheckpointWithoutADigest() throws {
    try expectRefusal("holds no digest to check it by; use a copy as rondo wrote it") { bytes in
      var checkpoint = try CheckpointBytes(bytes)
      try checkpoint.replace("\"digest\"", with: "\"digits\"")
      bytes = checkpoint.bytes
    }
  }

  @Test func refusesACheckpointOfALaterFormat() throws {
    try expectRefusal("written in format version '9', this rondo reads '1'; use a newer rondo") { bytes in
      var checkpoint = try CheckpointBytes(bytes)
      try checkpoint.replace("\"format_version\":\"1\"", with: "\"format_version\":\"9\"")
      try checkpoint.seal()
      bytes = checkpoint.bytes
    }
  }

  @Test func refusesACheckpointOfSomeoneElse() throws {
    try expectRefusal(
      "not a checkpoint of Rondo: its metadata does not say format = rondo; give a file that rondo wrote"
    ) {
      bytes in
      var checkpoint = try CheckpointBytes(bytes)
      try checkpoint.replace("\"format\":\"rondo\"", with: "\"format\":\"tango\"")
      try checkpoint.seal()
      bytes = checkpoint.bytes
    }
  }

  @Test func refusesSizesThatTheTensorsDoNotHave() throws {
    try expectRefusal(
      "tensor 'rnn.weight_ih_l0' has shape [64, 8], but [396, 8] is needed; the file is of another model"
    ) { bytes in
      var checkpoint = try CheckpointBytes(bytes)
      try checkpoint.replace(#"\"hidden_size\":16"#, with: #"\"hidden_size\":99"#)
      try checkpoint.seal()
      bytes = checkpoint.bytes
    }
  }

  @Test func refusesAModelThatGivesNoTokenAProbability() throws {
    let sandbox = try Sandbox.trained()
    var bytes = try sandbox.read("runs/tale/best.safetensors")
    // The last tensor is decoder.bias: 22 numbers.
    for start in stride(from: bytes.count - 22 * 4, to: bytes.count, by: 4) {
      bytes.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
    }
    var checkpoint = try CheckpointBytes(bytes)
    try checkpoint.seal()
    try sandbox.write("nan.safetensors", checkpoint.bytes)
    expectFailure(
      try sandbox.rondo("generate", "nan.safetensors", "--seed", "1", "--no-echo", "--json"), 65,
      "the model gives no token a probability; its weights are damaged, train it again")
  }

  @Test func refusesWhatIsNoCheckpoint() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo("generate", "tale.txt")
    #expect(outcome.code == 65)
    #expect(outcome.output == "")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.error.hasPrefix("rondo: 'tale.txt': not a sound safetensors file: "))
    expectFailure(
      try sandbox.rondo("generate", "none"), 66,
      "'none': no such file; name a .safetensors file or the folder of a run")
    expectFailure(
      try sandbox.rondo("inspect", "runs"), 66,
      "'runs': no run, for it has no model; name a .safetensors file or the folder of a run")
  }
}
