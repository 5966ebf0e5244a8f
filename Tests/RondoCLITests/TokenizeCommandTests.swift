import Testing

struct TokenizeCommandTests {
  @Test func showsEncodesAndDecodes() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("some.txt", "the fox\n")
    let show = try sandbox.rondo("tokenize", "show", "runs/tale", "some.txt")
    #expect(show.code == 0)
    let rows = show.outputLines.map { $0.split(separator: "\t").map(String.init) }
    #expect(
      rows.map { $0.last } == [
        "\"t\"", "\"h\"", "\"e\"", "\" \"", "\"f\"", "\"o\"", "\"x\"", #""\n""#,
      ])
    let encoded = try sandbox.rondo("tokenize", "encode", "runs/tale", "some.txt")
    #expect(encoded.output == "[" + rows.compactMap(\.first).joined(separator: ",") + "]\n")
    let decoded = try sandbox.rondo(["tokenize", "decode", "runs/tale"], input: encoded.output)
    #expect(decoded.output == "the fox\n")
    #expect(show.error == "8 tokens, 1.00 characters per token, 0 characters unknown\n")
    #expect(encoded.error + decoded.error == "")

    try sandbox.write("ids", "[1, 2\n")
    expectFailure(
      try sandbox.rondo("tokenize", "decode", "runs/tale", "ids"), 65,
      "ids: line 1 is not a JSON array of token numbers")
    try sandbox.write("ids", "[]\n\n[21, 22]\n")
    expectFailure(
      try sandbox.rondo("tokenize", "decode", "runs/tale", "ids"), 65,
      "ids: line 3: there is no token 22: the vocabulary has 22")
  }

  @Test func decodesWhatItReadsPartByPart() throws {
    let sandbox = try Sandbox()
    // Longer than the parts, which end inside of words, of lines and of numbers.
    let lines = (0..<40_000).map { "a\($0) b\t\n" }.joined()
    try sandbox.write("words.txt", lines)
    try sandbox.write("again.txt", lines)
    let words = [
      "train", "words.txt", "--tokenizer", "whitespace", "--vocabulary-size", "9000", "--out", "words",
    ]
    #expect(try sandbox.rondo(words + Sandbox.tiny).code == 0)
    let encoded = try sandbox.rondo("tokenize", "encode", "words", "words.txt", "again.txt")
    let decoded = try sandbox.rondo(["tokenize", "decode", "words"], input: encoded.output)
    #expect(decoded.code == 0)
    let unknown = try sandbox.rondo("tokenize", "encode", "words", "words.txt")
    let text = try sandbox.rondo(["tokenize", "decode", "words"], input: unknown.output).output
    #expect(decoded.output == text + text)
    #expect(
      text.split(separator: "\n").count == 40_000 && text.hasPrefix("a0 b\na1 b\n")
        && text.contains("\n<unk> b\n"))
    // The mistake is named by its line, however far it is.
    let damaged = encoded.output + "[1]\n" + encoded.output.dropLast(2) + "\n"
    let failure = try sandbox.rondo(["tokenize", "decode", "words"], input: damaged)
    #expect(failure.code == 65)
    #expect(failure.error == "rondo: standard input: line 5 is not a JSON array of token numbers\n")
    #expect(failure.output.hasPrefix(decoded.output))
  }

  @Test(arguments: [
    ("", ""), (" \t\r\n\n", ""), ("[]", ""), (" [ 97 ,\t98 ] \r\n[99]", "abc"), ("[0]", "\0"),
    ("[97]\r[98]\n", "ab"),
  ])
  func readsArraysOfNumbers(_ lines: String, _ text: String) throws {
    let sandbox = try Self.model.get()
    let outcome = try sandbox.rondo(["tokenize", "decode", "bytes"], input: "\n" + lines)
    #expect(outcome.output == text && outcome.error == "")
  }

  @Test(arguments: [
    "1", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[01]", "[-1]", "[1.0]", "[1e2]", "[\"1\"]", "[1]]",
    "[1][2]", "[1]x",
    "[[1]]", "{}", "[1,\n2]", "[1\n", "[4294967296]", "[99999999999999999999999]", "null",
  ])
  func refusesWhatIsNoArrayOfNumbers(_ line: String) throws {
    let sandbox = try Self.model.get()
    // What stands before the mistake may have been written.
    let outcome = try sandbox.rondo(["tokenize", "decode", "bytes"], input: "[]\n" + line)
    #expect(outcome.code == 65)
    #expect(outcome.error == "rondo: standard input: line 2 is not a JSON array of token numbers\n")
  }

  /// A sandbox with a model of bytes.
  private static let model = Result {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options = ["--tokenizer", "byte", "--normalization", "none", "--out", "bytes", "--quiet"]
    #expect(try sandbox.rondo(["train", "tale.txt"] + options + Sandbox.tiny).code == 0)
    return sandbox
  }

  @Test func givesBackTheBytesThatItTook() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let bytes = ["--tokenizer", "byte", "--normalization", "none", "--out", "bytes", "--quiet"]
    #expect(try sandbox.rondo(["train", "tale.txt"] + bytes + Sandbox.tiny).code == 0)
    let all = (0...255).map { UInt8($0) }.reversed() + [0xE2, 0x82]
    try sandbox.write("all.bin", all)
    let encoded = try sandbox.rondo("tokenize", "encode", "bytes", "all.bin")
    let decoded = try sandbox.rondo(["tokenize", "decode", "bytes"], input: encoded.output)
    #expect(decoded.outputBytes == all)
    #expect(encoded.error + decoded.error == "")

    // Lines that end in CR LF are lines; bytes that are no text are no numbers.
    let lines = try sandbox.rondo(["tokenize", "decode", "bytes"], input: "[97,255]\r\n\r\n[98]\r\n")
    #expect(lines.outputBytes == [97, 255, 98])
    try sandbox.write("ids", [0x5B, 0x31, 0xFF, 0x5D])
    expectFailure(
      try sandbox.rondo("tokenize", "decode", "bytes", "ids"), 65,
      "ids: line 1 is not a JSON array of token numbers")
  }

  // MARK: How a text is cut

  @Test func cutsATextBeforeThereIsAModel() throws {
    let sandbox = try Sandbox()
    let words = try sandbox.rondo(
      ["tokenize", "cut", "-", "--tokenizer", "word"], input: "the fox, the fox\tx\n")
    #expect(words.code == 0)
    let names = words.outputLines.map { $0.split(separator: "\t").last.map(String.init) }
    #expect(
      names == [
        "\"t\"", "\"h\"", "\"e\"", "\" fox\"", "\",\"", "\" \"", "\"t\"", "\"h\"", "\"e\"", "\" fox\"",
        #""\t""#, "\"x\"",
        #""\n""#,
      ])
  }

  @Test func showsJSON() throws {
    let sandbox = try Sandbox()
    try sandbox.write("a.txt", "aab\u{E9}\u{E9}\r\n")
    try sandbox.write("b.txt", "e\u{301}x")
    let cut = ["tokenize", "cut", "a.txt", "b.txt", "--json", "--minimum-count", "2"]
    let unknown = try sandbox.rondo(cut)
    #expect(
      unknown.outputLines == [
        #"{"document":"a.txt","end":1,"id":3,"known":true,"start":0,"text":"a"}"#,
        #"{"document":"a.txt","end":2,"id":3,"known":true,"start":1,"text":"a"}"#,
        #"{"document":"a.txt","end":3,"id":0,"known":false,"start":2,"text":"b"}"#,
        #"{"document":"a.txt","end":5,"id":2,"known":true,"start":3,"text":"é"}"#,
        #"{"document":"a.txt","end":7,"id":2,"known":true,"start":5,"text":"é"}"#,
        #"{"document":"a.txt","end":9,"id":0,"known":false,"start":7,"text":"\r\n"}"#,
        #"{"document":"b.txt","end":2,"id":2,"known":true,"start":0,"text":"é"}"#,
        #"{"document":"b.txt","end":3,"id":0,"known":false,"start":2,"text":"x"}"#,
      ])
    #expect(unknown.error == "8 tokens, 1.00 characters per token, 3 characters unknown\n")

    try sandbox.write("a.txt", "aa\u{E9}")
    let spelled = try sandbox.rondo([
      "tokenize", "cut", "a.txt", "--json", "--minimum-count", "2", "--unknown", "bytes",
    ])
    let lines = try objects(spelled.outputLines)
    #expect(lines.map { $0["text"] as? String } == ["a", "a", nil, nil])
    #expect(lines.map { $0["bytes"] as? [Int] } == [nil, nil, [0xC3], [0xA9]])
    #expect(lines.map { $0["known"] as? Bool } == [true, true, false, false])
    #expect(spelled.error == "4 tokens, 0.75 characters per token, 1 character unknown\n")
  }

  #if os(Linux)
    /// What a terminal is given.
    private func onTerminal(_ sandbox: Sandbox, _ command: String, _ environment: String) throws -> String {
      try sandbox.shell(
        "\(environment) script -qec \"\\\"$RONDO\\\" \(command) 2>report\" /dev/null < /dev/null"
      ).output.replacing("\r\n", with: "\n")
    }

    @Test func showsColoursOnATerminal() throws {
      let sandbox = try Sandbox()
      try sandbox.write("some.txt", "aa\t\t\u{200B}\u{200B}\n\nbü")
      let cut = "tokenize cut some.txt --minimum-count 2"
      let start = "\u{1B}[38;5;16;48;5;", end = "\u{1B}[0m"
      func token(_ colour: Int, _ text: String) -> String { "\(start)\(colour)m\(text)\(end)" }
      func lineEnd(_ colour: Int) -> String { token(colour, "⏎\(end)\n\(start)\(colour)m") }
      let known =
        token(153, "a") + token(223, "a") + token(153, "→") + token(223, "→") + token(153, "⟨U+200B⟩")
        + token(223, "⟨U+200B⟩") + lineEnd(153) + lineEnd(223)
      let unknown = try onTerminal(sandbox, cut, "TERM=xterm NO_COLOR=")
      #expect(unknown == known + token(203, "b") + token(210, "ü") + "\n")
      #expect(try sandbox.text("report") == "10 tokens, 1.00 characters per token, 2 characters unknown\n")
      let spelled = try onTerminal(sandbox, cut + " --unknown bytes", "TERM=xterm NO_COLOR=")
      #expect(spelled == known + token(153, "b") + token(189, "C3") + token(183, "BC") + "\n")
      // Without colours the output is that of a file.
      let lines = try sandbox.rondo(["tokenize", "cut", "some.txt", "--minimum-count", "2"]).output
      #expect(try onTerminal(sandbox, cut, "TERM=xterm NO_COLOR=1") == lines)
      #expect(try onTerminal(sandbox, cut, "TERM=dumb NO_COLOR=") == lines)
      #expect(!lines.contains("\u{1B}"))
      // A space that is in no token stays plain.
      try sandbox.write("some.txt", "a a")
      #expect(
        try onTerminal(sandbox, "tokenize cut some.txt --tokenizer whitespace", "TERM=xterm NO_COLOR=")
          == token(153, "a") + " " + token(223, "a") + "\n")
    }
  #endif

  // MARK: Vocabularies

  @Test func refusesOptionsOfReadingWithoutTexts() throws {
    expectFailure(
      try Sandbox.trained().rondo("tokenize", "vocabulary", "runs/tale", "--encoding", "UTF-16", "--strict"),
      64,
      "--encoding, --strict says how texts are read: name some, or leave it out")
  }

  @Test func buildsVocabularies() throws {
    let sandbox = try Sandbox()
    let outcome = try sandbox.rondo(["tokenize", "build", "-", "--minimum-count", "2"], input: "abba c")
    #expect(outcome.code == 0)
    #expect(outcome.output == "2\t<unk>\n0\t<boundary>\n2\t\"a\"\n2\t\"b\"\n")
    #expect(
      outcome.errorLines == [
        "entries     4",
        "coverage    66.67 % of 6 characters",
        "unknown     \" \" 1, \"c\" 1",
        "rarest      \"a\" 2, \"b\" 2",
      ])
    let words = try sandbox.rondo(["tokenize", "build", "-", "--tokenizer", "whitespace"], input: "a b a\n")
    #expect(words.output.contains("2\t\"a\"\n1\t\"b\"\n"), "\(words.output)")
    expectFailure(
      try sandbox.rondo(["tokenize", "build", "-", "--minimum-count", "3"], input: "abba c"), 65,
      "no entry is left for the vocabulary: the text is empty, or the minimum count is above every count")
    expectFailure(
      try sandbox.rondo(["tokenize", "build", "-", "--report", "-1"], input: "a"), 64,
      "report is -1: it must be at least 0")
  }

  @Test func reportsWhatIsWorthALook() throws {
    let sandbox = try Sandbox()
    try sandbox.write("a.txt", "aaa ааа co\u{AD}op\u{AD} ’'’ \u{A0}")
    try sandbox.write("b.txt", String(repeating: "a", count: 1_000_000) + "ü")
    let outcome = try sandbox.rondo("tokenize", "build", "a.txt", "--held-out", "b.txt", "--report", "2")
    #expect(
      outcome.errorLines == [
        "entries     12",
        "coverage    100.00 % of 20 characters",
        "held out    99.99 % of 1 000 001 characters",
        "unknown     \"ü\" 1",
        "rarest      \"'\" 1, \"c\" 1 and 8 more",
        #"invisible   "\u{ad}" 2"# + ": U+00AD SOFT HYPHEN",
        "            \"\u{A0}\" 1: U+00A0 NO-BREAK SPACE",
        "confusable  \" \" 4: U+0020 SPACE; \"\u{A0}\" 1: U+00A0 NO-BREAK SPACE",
        "            \"a\" 3: U+0061 LATIN SMALL LETTER A; \"а\" 3: U+0430 CYRILLIC SMALL LETTER A",
        "            and 1 more",
      ])
    let brief = try sandbox.rondo("tokenize", "build", "a.txt", "--held-out", "b.txt", "--report", "0")
    #expect(brief.errorLines == Array(outcome.errorLines.prefix(3)))
    #expect(brief.output == outcome.output)
  }

  @Test func printsTheVocabularyOfAModel() throws {
    let sandbox = try Sandbox.trained()
    let built = try sandbox.rondo("tokenize", "build", "tale.txt", "--held-out", "tale.txt")
    let printed = try sandbox.rondo("tokenize", "vocabulary", "runs/tale")
    #expect(printed.code == 0)
    #expect(printed.output == built.output)
    #expect(printed.errorLines.first == "entries     22")
    #expect(printed.errorLines.dropFirst().allSatisfy { $0.hasPrefix("rarest ") })
    try sandbox.write("some.txt", "THE fox\n")
    let covering = try sandbox.rondo("tokenize", "vocabulary", "runs/tale", "some.txt")
    #expect(
      covering.errorLines[1...2] == [
        "coverage    62.50 % of 8 characters", "unknown     \"E\" 1, \"H\" 1, \"T\" 1",
      ])

    let json = try objects(sandbox.rondo("tokenize", "vocabulary", "runs/tale", "--json").outputLines)
    #expect(json.count == 22)
    #expect(json.map { $0["id"] as? Int } == (0..<22).map { $0 })
    #expect(json[0]["special"] as? String == "<unk>")
    #expect(json[2]["text"] as? String == " ")
    #expect(json.allSatisfy { $0["count"] is Int })
    let bytes = try objects(
      sandbox.rondo("tokenize", "build", "tale.txt", "--tokenizer", "byte", "--json").outputLines)
    #expect(bytes[255]["bytes"] as? [Int] == [255])
  }
}
