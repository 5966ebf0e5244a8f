import Testing

/// The options that say which files of a folder are read, and how.
struct FolderReadingTests {
  @Test func saysHowMuchOfAPipeWasRead() throws {
    let sandbox = try Sandbox()
    let outcome = try sandbox.shell(
      #"(head -c 1000000 /dev/zero; sleep 3.2; head -c 2000000 /dev/zero) | "$RONDO" tokenize build --tokenizer byte -"#
    )
    #expect(outcome.code == 0)
    let lines = outcome.errorLines.filter { $0.hasPrefix("reading the input: ") }
    #expect(lines.count == 1 && lines[0].hasSuffix(" MB/s"), "\(outcome.error)")
  }

  private static let latin = Array("gr".utf8) + [0xFC] + Array("n\n".utf8)

  @Test func readsTheExtensionsThatAreAskedFor() throws {
    let sandbox = try Sandbox()
    try sandbox.write("src/a.swift", Sandbox.tale)
    try sandbox.write("src/b.c", Sandbox.tale)
    try sandbox.write("src/c.txt", Sandbox.tale)
    expectFailure(
      try sandbox.rondo("train", "src", "--include", "h"), 66,
      "no text in folder 'src': files count that end in .h; to read others, name their extensions with --include, or "
        + "the files one by one")
    for value in ["", "txt,", "a/b"] {
      expectFailure(
        try sandbox.rondo("train", "src", "--include", value), 64,
        "--include takes extensions, such as txt or txt,html, or '*' for all files")
    }
    let outcome = try sandbox.rondo(
      ["train", "src", "--include", ".swift,C", "--include", "*.md"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    #expect(outcome.errorLines.first == "skipped: c.txt (extension txt is not taken for text)")
    let command = try #require(outcome.errorLines.first { $0.hasPrefix("the same again: ") })
    #expect(command.contains(" src --include swift,C,md --tokenizer "))
    let all = try sandbox.rondo(["train", "src", "--include", "*"] + Sandbox.tiny)
    #expect(all.error.contains("corpus: 3 files, "))
    #expect(all.error.contains(" --include '*' "))
  }

  /// Of what is compressed the name inside counts, and whether it is text inside.
  @Test func looksIntoWhatIsCompressed() throws {
    let sandbox = try Sandbox()
    try sandbox.write("notes/a.txt", Sandbox.tale)
    let packed = try sandbox.shell(
      "head -c 20000 /dev/zero | gzip > notes/zeros.txt.gz; gzip < notes/a.txt > notes/page.html.gz")
    #expect(packed.code == 0)
    let outcome = try sandbox.rondo("tokenize", "build", "notes")
    #expect(outcome.code == 0)
    #expect(
      outcome.errorLines.first
        == "skipped: page.html.gz (extension html is not taken for text), zeros.txt.gz (binary)")
    let named = try sandbox.rondo("tokenize", "build", "notes/zeros.txt.gz")
    #expect(named.output.contains("20000\t"), "who names a file wants it")
  }

  @Test func refusesAnEncodingForBytes() throws {
    let sandbox = try Sandbox()
    try sandbox.write("old.txt", Self.latin)
    for command in [["train"], ["tokenize", "build"], ["tokenize", "cut"]] {
      expectFailure(
        try sandbox.rondo(
          command + ["old.txt", "--tokenizer", "byte", "--normalization", "none", "--encoding", "latin1"]),
        64,
        "--encoding latin1 is not for bytes that are taken as they are: leave it out, or --normalization none"
      )
    }
  }

  @Test func countsWhatItSkipsWhereItIsMuch() throws {
    let sandbox = try Sandbox()
    try sandbox.write("notes/a.txt", Sandbox.tale)
    for number in 0..<12 { try sandbox.write("notes/.\(number).txt", "x") }
    for number in 0..<3 { try sandbox.write("notes/\(number).txt", [0x61, 0x00]) }
    for name in ["b.png", "c.jpg", "README"] { try sandbox.write("notes/" + name, "x") }
    try sandbox.write("notes/d.txt", "")
    let outcome = try sandbox.rondo("tokenize", "build", "notes")
    #expect(outcome.code == 0)
    #expect(
      outcome.errorLines.first
        == "skipped 19: 12 hidden, 3 binary, 3 with other extensions (--include takes them), 1 empty")
  }

  @Test func trainsOnTheRestWhereOneFileCannotBeDecoded() throws {
    let sandbox = try Sandbox()
    try sandbox.write("notes/a.txt", Sandbox.tale)
    try sandbox.write("notes/old.txt", Self.latin)
    let message =
      "'old.txt' is not UTF-8 at byte 2 (line 1); convert it, for example with iconv -t UTF-8, or name the "
      + "encoding of all texts with --encoding"
    let constant = ["--schedule", "constant", "--warmup", "1"]
    let outcome = try sandbox.rondo(["train", "notes"] + constant + Sandbox.tiny)
    #expect(outcome.code == 0)
    #expect(outcome.errorLines.first == "rondo: warning: skipped: \(message); --strict stops here")
    #expect(outcome.error.contains("corpus: 1 file, 2 112 bytes, "))
    // It is left out again.
    #expect(try sandbox.rondo("train", "--resume", "runs/notes", "--steps", "30").code == 0)

    expectFailure(try sandbox.rondo("train", "notes", "--strict"), 65, message)
    expectFailure(try sandbox.rondo("train", "notes/old.txt"), 65, message)
    expectFailure(try sandbox.rondo("tokenize", "build", "notes", "--strict"), 65, message)
    expectFailure(try sandbox.rondo("evaluate", "runs/notes", "notes", "--strict"), 65, message)
    #expect(try sandbox.rondo("evaluate", "runs/notes", "notes").errorLines.first?.contains(message) == true)
    // Bytes are taken as they are, so there is nothing to be left out.
    let bytes = try sandbox.rondo(
      ["train", "notes", "--tokenizer", "byte", "--normalization", "none"] + constant + Sandbox.tiny)
    #expect(bytes.error.contains("corpus: 2 files, 2 117 bytes, "))
    #expect(try sandbox.rondo("train", "--resume", "runs/notes-2", "--steps", "30").code == 0)
    #expect(try sandbox.rondo("evaluate", "runs/notes-2", "notes").errorLines.isEmpty)
  }

  @Test func oneLineForEachOfTwentyBadFiles() throws {
    let sandbox = try Sandbox()
    try sandbox.write("notes/a.txt", Sandbox.tale)
    for number in 0..<23 { try sandbox.write("notes/b\(number).txt", Self.latin) }
    let lines = try sandbox.rondo("tokenize", "build", "notes").errorLines
    #expect(lines.count { $0.hasPrefix("rondo: warning: skipped: 'b") } == 20)
    #expect(lines.dropFirst(20).first == "rondo: warning: skipped 3 files more that cannot be read")
  }

  @Test func readsWhatIsInAnotherEncoding() throws {
    let sandbox = try Sandbox()
    let german = "grün ist die Heide, schön ist der Wald\n"
    let text = String(repeating: german, count: 40)
    try sandbox.write("utf8/german.txt", text)
    try sandbox.write("latin/german.txt", text.unicodeScalars.map { UInt8($0.value) })
    try sandbox.write(
      "wide/german.txt", "\u{FEFF}\(text)".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    let options = ["--schedule", "constant", "--warmup", "1", "--quiet"] + Sandbox.tiny
    for (folder, encoding) in [("utf8", []), ("latin", ["--encoding", "ISO-8859-1"]), ("wide", [])] {
      #expect(try sandbox.rondo(["train", folder] + encoding + options).code == 0)
      #expect(try sandbox.read("runs/\(folder)/metrics.jsonl") == sandbox.read("runs/utf8/metrics.jsonl"))
    }
    // Resuming reads as before, and the command that makes it again says how.
    #expect(
      try sandbox.text("runs/latin/run.json").contains(#""encoding":"ISO-8859-1""#))
    #expect(try sandbox.rondo("train", "--resume", "runs/latin", "--steps", "30", "--quiet").code == 0)
    #expect(
      try sandbox.rondo("inspect", "runs/latin", "--command").output.contains(" --encoding ISO-8859-1 "))
    expectFailure(
      try sandbox.rondo("train", "--resume", "runs/latin", "--encoding", "UTF-8", "--strict"), 64,
      "--encoding, --strict cannot be given with --resume: the run keeps its settings; only --validation, --cache, "
        + "--threads, what is printed and, with a constant schedule, --steps can change")

    let utf8 = try sandbox.rondo("evaluate", "runs/utf8", "utf8").output
    #expect(try sandbox.rondo("evaluate", "runs/utf8", "latin", "--encoding", "LATIN1").output == utf8)
    #expect(try sandbox.rondo("evaluate", "runs/utf8", "wide").output == utf8)
    let ids = try sandbox.rondo("tokenize", "encode", "runs/utf8", "utf8").output
    #expect(
      try sandbox.rondo("tokenize", "encode", "runs/utf8", "latin", "--encoding", "LATIN1").output == ids)
    expectFailure(
      try sandbox.rondo("evaluate", "runs/utf8", "latin", "--encoding", "LATIN0"), 64,
      "there is no encoding 'LATIN0' on this system; 'iconv -l' lists those there are")
    expectFailure(
      try sandbox.rondo("train", "latin", "--encoding", "ASCII"), 65,
      "'german.txt' is not ASCII at byte 2; check its encoding, and whether it is whole")
  }

  @Test func warnsOfWhatWasDecodedWrongly() throws {
    let sandbox = try Sandbox()
    try sandbox.write("german.txt", String(repeating: "grün ist die Heide, schön ist der Wald\n", count: 40))
    let outcome = try sandbox.rondo(
      "tokenize", "build", "german.txt", "--encoding", "WINDOWS-1252")
    #expect(outcome.code == 0)
    #expect(
      outcome.errorLines.first
        == "rondo: warning: 'german.txt' looks like UTF-8 that was read as Windows-1252, with 80 sequences such as 'Ã¼' "
        + "and 'â€™' in 1800 bytes; check --encoding, or mend it with iconv -f UTF-8 -t WINDOWS-1252"
    )
    let train = try sandbox.rondo(["train", "german.txt", "--encoding", "CP1252"] + Sandbox.tiny)
    #expect(train.code == 0)
    #expect(train.errorLines.first == outcome.errorLines.first)
    try sandbox.write("lost.txt", String(repeating: "gr\u{FFFD}n ist die Heide\n", count: 40))
    #expect(
      try sandbox.rondo("tokenize", "build", "lost.txt").errorLines.first
        == "rondo: warning: 'lost.txt' was decoded wrongly: U+FFFD stands 40 times in 840 bytes; make it again "
        + "from the original")
  }

  @Test func theHelpListsTheExtensions() throws {
    for command in [["train"], ["evaluate"], ["tokenize", "encode"], ["tokenize", "build"]] {
      let help = try Sandbox().rondo(command + ["--help"]).output
      let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("txt,text,md,markdown,rst,adoc,asciidoc,org,tex,tokens."), "\(command)")
    }
  }

  /// A name may have anything in it but a slash; a terminal must not obey it.
  @Test func namesStayOnALineAndChangeNoTerminal() throws {
    let sandbox = try Sandbox()
    let name = "it's\u{1B}[2J\n\u{202E}txt"
    try sandbox.write("\(name)/\(name).txt", Sandbox.tale)
    try sandbox.write("\(name)/\(name).png", "x")
    let trained = try sandbox.rondo(["train", name, "--out", "\(name)-run"] + Sandbox.tiny)
    #expect(trained.code == 0)
    let shown = #"it's\u{1b}[2J\u{a}\u{202e}txt"#
    #expect(trained.errorLines.first == "skipped: \(shown).png (extension png is not taken for text)")
    let word = #"$'it\'s\033[2J\012\342\200\256txt"#
    #expect(trained.errorLines.contains("writing to \(word)-run/'; Ctrl-C stops and saves"))
    // What is printed for the shell is the name.
    let command = try #require(
      trained.errorLines.first { $0.hasPrefix("the same again: rondo train \(word)' ") })
    let again = try sandbox.shell(
      "\"$RONDO\"" + command.dropFirst("the same again: rondo".count) + " --out again")
    #expect(again.code == 0, "\(again.error)")
    #expect(try sandbox.read("again/metrics.jsonl") == sandbox.read("\(name)-run/metrics.jsonl"))
    try sandbox.write("\(name)/\(name).txt", [0xFF])
    let others = try [
      sandbox.rondo("train", "--resume", "\(name)-run"),
      sandbox.rondo("inspect", "\(name)-run"), sandbox.rondo("inspect", "\(name)-run", "--command"),
      sandbox.rondo("export", "\(name)-run", "-o", "\(name).safetensors"),
      sandbox.rondo("evaluate", "\(name)-run", name), sandbox.rondo("train", name, "--from", "\(name)-none"),
      sandbox.rondo("generate", "\(name)-run", "--length", "1", "--prompt-file", "\(name)/\(name).txt"),
      sandbox.rondo("tokenize", "show", "\(name)-run", "\(name)/\(name).png"),
      sandbox.rondo("tokenize", "decode", "\(name)-run", "\(name)/\(name).png"),
    ]
    for outcome in [trained, again] + others {
      let lines = outcome.outputLines + outcome.errorLines
      #expect(
        !lines.isEmpty
          && !lines.contains { $0.hasPrefix("\u{202E}") || $0.contains("\u{1B}") || $0.contains("\u{202E}") },
        "\(lines)")
    }
  }

  @Test func showsNoControlsOfATextInPlainLines() throws {
    let sandbox = try Sandbox()
    let cut = try sandbox.rondo(
      ["tokenize", "cut", "-"], input: "a\u{202E}b 👩‍🚒\u{2066}c")
    #expect(!cut.output.contains("\u{202E}") && !cut.output.contains("\u{2066}"))
    #expect(cut.output.contains(#"\u{202e}"#) && cut.output.contains("👩‍🚒"))
    let built = try sandbox.rondo(["tokenize", "build", "-"], input: "a\u{202E}b")
    #expect(built.output.contains("1\t\"\\u{202e}\"\n") && !(built.output + built.error).contains("\u{202E}"))
  }
}
