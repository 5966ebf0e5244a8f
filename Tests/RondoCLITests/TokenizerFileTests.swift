import Testing

/// `tokenizer.json`: written by `rondo export`, read by `rondo train` and `rondo tokenize`.
struct TokenizerFileTests {
  @Test func aModelIsTrainedWithTheTokenizerOfAnother() throws {
    let sandbox = try Sandbox.trained()
    let export = try sandbox.rondo("export", "runs/tale", "-o", "tale.json", "--format", "tokenizer")
    #expect(export.code == 0 && export.output == "")
    #expect(export.error == "tale.json: character tokenizer, 22 entries\n")

    try sandbox.write("other.txt", String(repeating: "the zebra ran.\n", count: 100))
    let train = try sandbox.rondo(["train", "other.txt", "--tokenizer", "tale.json"] + Sandbox.tiny)
    #expect(train.code == 0, "\(train.error)")
    let command = try #require(train.errorLines.first { $0.hasPrefix("the same again: ") })
    #expect(command.contains(" train other.txt --tokenizer tale.json --cell lstm"), "\(command)")

    let shown = try sandbox.rondo("tokenize", "show", "tale.json", "other.txt", "--json")
    let cut = try sandbox.rondo("tokenize", "cut", "other.txt", "--tokenizer", "tale.json", "--json")
    #expect(cut.output == shown.output && cut.error == shown.error && cut.outputLines.count == 1500)

    // The model, the file and the first model cut alike.
    let encoded = try ["runs/other", "tale.json", "runs/tale"].map {
      try sandbox.rondo("tokenize", "encode", $0, "other.txt").output
    }
    #expect(encoded[0].hasPrefix("[") && Set(encoded).count == 1)
    #expect(try sandbox.rondo("inspect", "runs/other", "--command").output.contains("--tokenizer tale.json"))
    let decoded = try sandbox.rondo(["tokenize", "decode", "tale.json"], input: encoded[0])
    #expect(decoded.output.hasPrefix("the \u{FFFD}e\u{FFFD}ra ran."))
  }

  @Test func whatCannotBe() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("cut.json", "{\"version\":")
    let train = ["train", "tale.txt", "--tokenizer"]
    expectFailure(
      try sandbox.rondo(train + ["none.json"]), 66, "'none.json': no such file")
    expectFailure(
      try sandbox.rondo(train + ["cut.json"]), 65,
      "'cut.json': no sound JSON at byte 11: the JSON ends too early")
    expectFailure(
      try sandbox.rondo(
        train + ["cut.json", "--vocabulary-size", "9", "--unknown", "unk", "--normalization", "nfc"]), 64,
      "--normalization, --unknown, --vocabulary-size cannot be given with --tokenizer cut.json: the file says it"
    )
    expectFailure(
      try sandbox.rondo("tokenize", "build", "tale.txt", "--tokenizer", "cut.json"), 64,
      "--tokenizer cut.json has a vocabulary already: 'rondo tokenize vocabulary' prints it")
    expectFailure(
      try sandbox.rondo("tokenize", "encode", "cut.json", "tale.txt"), 65,
      "'cut.json': no sound JSON at byte 11: the JSON ends too early")
    expectFailure(
      try sandbox.rondo(
        "export", "runs/tale", "-o", "t.json", "--format", "tokenizer", "--dtype", "f16"), 64,
      "--dtype is for --format safetensors: leave it out")
    let words = try sandbox.rondo(
      ["train", "tale.txt", "--tokenizer", "word", "--out", "words", "--quiet"] + Sandbox.tiny)
    #expect(words.code == 0, "\(words.error)")
    expectFailure(
      try sandbox.rondo("export", "words", "-o", "t.json", "--format", "tokenizer"), 65,
      "cannot be a tokenizer.json: it has no form for a word tokenizer; "
        + "subword, whitespace, and character with --unknown unk have one")
    #expect(!sandbox.exists("t.json"))
  }
}
