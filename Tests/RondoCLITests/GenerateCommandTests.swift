import Foundation
import Testing

struct GenerateCommandTests {
  private func generate(_ sandbox: Sandbox, _ options: String..., input: String? = nil) throws
    -> Program.Outcome
  {
    try sandbox.rondo(["generate", "runs/tale", "--seed", "3", "--length", "40"] + options, input: input)
  }

  @Test func writesTheTextAlone() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try generate(sandbox)
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    #expect(outcome.output.hasSuffix("\n"))
    #expect((1...41).contains(outcome.output.count))
    #expect(outcome.output.allSatisfy { Sandbox.tale.contains($0) })
  }

  @Test func theSameSeedGivesTheSameText() throws {
    let sandbox = try Sandbox.trained()
    let text = try generate(sandbox).output
    #expect(try generate(sandbox).output == text)
    #expect(try generate(sandbox, "--threads", "2").output == text)
    #expect(try generate(sandbox, "--seed", "4").output != text)
  }

  /// At each precision the text is the same, whatever runs the kernels.
  @Test(arguments: ["f32", "f16", "int8"])
  func precisionsAreExact(_ precision: String) throws {
    let sandbox = try Sandbox.trained()
    let text = try generate(sandbox, "--precision", precision, "--count", "3").output
    if precision == "f32" { #expect(try generate(sandbox, "--count", "3").output == text) }
    #expect(try text.hasPrefix(String(generate(sandbox, "--precision", precision).output.dropLast())))
    for instructionSet in ["avx512vnni", "avx512", "avx2", "portable"] {
      for threads in ["1", "2", "3"] {
        let outcome = try sandbox.rondo(
          [
            "generate", "runs/tale", "--seed", "3", "--length", "40", "--precision", precision, "--count",
            "3",
            "--threads", threads,
          ], environment: ["RONDO_ISA": instructionSet])
        // A processor without these instructions says so.
        if outcome.code == 64, outcome.error.contains("RONDO_ISA") { continue }
        #expect(outcome.output == text, "\(instructionSet), \(threads) threads")
      }
    }
    expectUsageError(
      try generate(sandbox, "--precision", "f8"),
      "The value 'f8' is invalid for '--precision <type>'. Please provide one of 'f32', 'f16' or 'int8'.")
  }

  @Test func namesASeedThatItDrew() throws {
    let sandbox = try Sandbox.trained()
    let drawn = try sandbox.rondo("generate", "runs/tale", "--length", "40")
    #expect(drawn.errorLines.count == 1)
    let seed = try #require(drawn.error.wholeMatch(of: #/seed: ([0-9]+)\n/#)).output.1
    let again = try sandbox.rondo("generate", "runs/tale", "--length", "40", "--seed", String(seed))
    #expect(again.output == drawn.output)
  }

  @Test func takesTheNewestRunAndNamesIt() throws {
    let sandbox = try Sandbox.trained()
    let named = try generate(sandbox)
    let newest = try sandbox.rondo("generate", "--seed", "3", "--length", "40")
    #expect(newest.output == named.output)
    #expect(newest.error == "model: runs/tale\n")
    #expect(try sandbox.rondo(["train", "tale.txt", "--quiet", "--seed", "2"] + Sandbox.tiny).code == 0)
    #expect(try sandbox.rondo("generate", "--seed", "3").error == "model: runs/tale-2\n")
    expectFailure(
      try Sandbox().rondo("generate"), 66,
      "no model given and no run in runs/: train one with 'rondo train FILE', or name a .safetensors file")
  }

  @Test func takesNoRunThatHasJustBegun() throws {
    let sandbox = try Sandbox.trained()
    let command = [
      "train", "tale.txt", "--out", "runs/young", "--steps", "100000000", "--validate-every", "0",
    ]
    let training = try sandbox.start(command + Sandbox.size)
    // The first checkpoint is written before the first step, the second after five minutes.
    #expect(training.wait { sandbox.exists("runs/young/last.safetensors") })
    training.send(SIGKILL)
    _ = training.end()
    let generate = ["--seed", "3", "--length", "5"]
    #expect(try sandbox.rondo(["generate"] + generate).errorLines == ["model: runs/tale"])
    let warning = "rondo: warning: runs/young is at step 0 of 100 000 000: nothing is learned yet"
    for command in [["generate", "runs/young"] + generate, ["evaluate", "runs/young", "tale.txt"]] {
      let outcome = try sandbox.rondo(command)
      #expect(outcome.code == 0)
      #expect(outcome.errorLines == [warning])
    }
    _ = try sandbox.shell("rm -r runs/tale")
    #expect(try sandbox.rondo(["generate"] + generate).errorLines == ["model: runs/young", warning])
  }

  @Test func writesSeveralTextsOfWhichTheFirstIsTheSingle() throws {
    let sandbox = try Sandbox.trained()
    let four = try generate(sandbox, "--count", "4", "--prompt", "the ")
    let texts = four.output.split(separator: "--------\n", omittingEmptySubsequences: false)
    #expect(texts.count == 4)
    #expect(try String(texts[0]) == generate(sandbox, "--prompt", "the ").output)
    #expect(Set(texts).count == 4)
    #expect(four.error == "")
  }

  @Test func takesAPromptFromAnywhere() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("prompt.txt", "the fox")
    let text = try generate(sandbox, "--prompt", "the fox").output
    #expect(text.hasPrefix("the fox"))
    #expect(try generate(sandbox, "--prompt-file", "prompt.txt").output == text)
    #expect(try generate(sandbox, "--prompt", "-", input: "the fox").output == text)
    #expect(try generate(sandbox, "--prompt-file", "-", input: "the fox").output == text)
    #expect(try generate(sandbox, "--prompt", "the fox", "--no-echo").output == String(text.dropFirst(7)))
    try sandbox.write("empty.txt", "")
    let empty = try generate(sandbox).output
    #expect(try generate(sandbox, "--prompt", "").output == empty)
    #expect(try generate(sandbox, "--prompt-file", "empty.txt").output == empty)
    #expect(try generate(sandbox, "--prompt", "-").output == empty)
  }

  @Test func takesAPromptThatBeginsWithADash() throws {
    let sandbox = try Sandbox.trained()
    for prompt in ["-the", "--the", "--length"] {
      let outcome = try generate(sandbox, "--prompt", prompt)
      #expect(outcome.code == 0)
      #expect(outcome.output.hasPrefix(prompt))
    }
  }

  @Test func warnsOfUnknownCharacters() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try generate(sandbox, "--prompt", "ZßZ")
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix("ZßZ"))
    #expect(
      outcome.error
        == "rondo: warning: 3 characters of the prompt, 2 different ones, are not known to the model and are read as <unk>: 'Z' 'ß'\n"
    )
    #expect(
      try generate(sandbox, "--prompt", "the ZZZ").error
        == "rondo: warning: 3 characters of the prompt are not known to the model and are read as <unk>: 'Z'\n"
    )
    #expect(
      try generate(sandbox, "--prompt", "\u{301}1\u{200B}2345671234567").error
        == "rondo: warning: 16 characters of the prompt, 9 different ones, are not known to the model and are read as <unk>: "
        + "U+0301 COMBINING ACUTE ACCENT '1' U+200B ZERO WIDTH SPACE '2' '3' and 4 more\n")
    #expect(
      try generate(sandbox, "--prompt", "theZ").error
        == "rondo: warning: 1 character of the prompt is not known to the model and is read as <unk>: 'Z'\n")
  }

  @Test func understandsEscapesIfAsked() throws {
    let sandbox = try Sandbox.trained()
    #expect(
      try generate(sandbox, "--prompt", #"the\nfox"#, "--escapes").output
        == generate(sandbox, "--prompt", "the\nfox").output)
    #expect(try generate(sandbox, "--prompt", #"a\\n"#, "--escapes").output.hasPrefix(#"a\n"#))
    #expect(try generate(sandbox, "--prompt", #"the\nfox"#).output.hasPrefix(#"the\nfox"#))
    #expect(
      try generate(sandbox, "--stop", #"\n"#, "--escapes").output
        == generate(sandbox, "--stop", "\n").output)
    #expect(try generate(sandbox, "--prompt", #"a\qb"#).code == 0)
    for option in ["--prompt", "--stop"] {
      expectFailure(
        try generate(sandbox, option, #"a\qb"#, "--escapes"), 64,
        #"'\q' is not understood with --escapes: write \n, \r, \t, or \\ for a backslash"#)
    }
    expectFailure(
      try sandbox.rondo("next", "runs/tale", "--prompt", #"a\"#, "--escapes"), 64,
      #"a backslash at the end is not understood with --escapes: write \n, \r, \t, or \\ for a backslash"#)
  }

  /// Lines of a text that ends them with CR and LF.
  @Test func beginsAfterTheNewlineThatTheTextHas() throws {
    let sandbox = try Sandbox()
    try sandbox.write("names.txt", String(repeating: "Ash\r\nAlder\r\nAspen\r\n", count: 60))
    let options = Sandbox.size + ["--steps", "300", "--sample-every", "1", "--validate-every", "150"]
    let training = try sandbox.rondo(["train", "names.txt", "--learning-rate", "0.02"] + options)
    #expect(training.code == 0)
    #expect(!training.error.contains("\r"))
    #expect(try sandbox.rondo("next", "runs/names", "--count", "1").output.hasSuffix("\"A\"\n"))
    let text = try sandbox.rondo(
      "generate", "runs/names", "--prompt", #"Ash\r\n"#, "--escapes", "--temperature", "0", "--length", "1")
    #expect(text.error == "")
    #expect(text.output == "Ash\r\nA\n")
  }

  @Test func writesOneSpaceBetweenWords() throws {
    let sandbox = try Sandbox()
    try sandbox.write("words.txt", String(repeating: "one two three\n", count: 60))
    #expect(
      try sandbox.rondo(["train", "words.txt", "--tokenizer", "whitespace", "--quiet"] + Sandbox.tiny).code
        == 0)
    let text = try sandbox.rondo(
      "generate", "runs/words", "--prompt", "one two ", "--temperature", "0", "--length", "1")
    #expect(text.output.wholeMatch(of: #/one two ([a-z<>]+)?\n/#) != nil, "\(text.output)")

    // A prompt that ends inside a word.
    func generate(_ prompt: String, _ options: String...) throws -> Program.Outcome {
      try sandbox.rondo(["generate", "runs/words", "--seed", "1", "--prompt", prompt] + options)
    }
    let part = try generate("one tw", "--length", "1")
    #expect(part.output == "one two\n")
    #expect(part.error == "", "no warning of an unknown word")
    #expect(try generate("one tw", "--length", "1", "--no-echo").output == "o\n")
    #expect(try generate("one twx", "--length", "1").error.contains("'twx'"))
    let json = try objects(generate("one two", "--length", "1", "--json").outputLines)
    #expect(json.count == 2 && json[0]["text"] as? String == "")
    let next = try sandbox.rondo("next", "runs/words", "--prompt", "one t")
    #expect(Set(next.outputLines.compactMap { $0.split(separator: " ").last }) == ["\"two\"", "\"three\""])
    #expect(next.error == "")
  }

  @Test func endsBeforeAStop() throws {
    let sandbox = try Sandbox.trained()
    // The boundary token ends most texts of such a model before their 30 tokens.
    let seed = try #require(
      try (1...100).map(String.init).first {
        try sandbox.rondo("generate", "runs/tale", "--seed", $0, "--length", "30").output.count == 31
      })
    let long = try sandbox.rondo("generate", "runs/tale", "--seed", seed, "--length", "30").output
    func stopped(_ stops: String...) throws -> String {
      let options = stops.flatMap { ["--stop", $0] }
      return try sandbox.rondo(["generate", "runs/tale", "--seed", seed, "--length", "30"] + options).output
    }
    let stop = String(long.dropFirst(4).prefix(2))
    let whole = try #require(long.range(of: stop))
    #expect(try stopped(stop) == String(long[..<whole.lowerBound]) + "\n")
    let first = try #require(long.firstIndex { $0 == "a" || $0 == "o" })
    #expect(try stopped("a", "o") == String(long[..<first]) + "\n")
    #expect(try stopped("--o") == long)
  }

  @Test func endsAfterLinesAndTokens() throws {
    let sandbox = try Sandbox.trained()
    let text = try sandbox.rondo("generate", "runs/tale", "--seed", "3", "--length", "5000", "--lines", "1")
    #expect(text.output.count { $0 == "\n" } == 1)
    #expect(try generate(sandbox, "--length", "0", "--prompt", "the").output == "the\n")
    #expect(try generate(sandbox, "--length", "1", "--prompt", "the").output.count <= 5)
    #expect(try generate(sandbox, "--length", "0", "--prompt", "the\n").output == "the\n")
  }

  @Test func theLikeliestTokenNeedsNoSeed() throws {
    let sandbox = try Sandbox.trained()
    let one = try generate(sandbox, "--temperature", "0").output
    #expect(try generate(sandbox, "--temperature", "0", "--seed", "9").output == one)
    #expect(try generate(sandbox, "--top-k", "1").output == one)
    #expect(try generate(sandbox, "--top-k", "0", "--top-p", "1").output == generate(sandbox).output)
  }

  @Test func writesJSON() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try generate(sandbox, "--json", "--prompt", "the ")
    let lines = try objects(outcome.outputLines)
    #expect(outcome.error == "")
    let text = lines.compactMap { $0["text"] as? String }.joined()
    #expect(
      try generate(sandbox, "--prompt", "the ", "--no-echo").output
        == (text.hasSuffix("\n") ? text : text + "\n"))
    #expect(lines.allSatisfy { $0["sample"] as? Int == 0 })
    #expect(lines.compactMap { $0["log_probability"] as? Double }.allSatisfy { $0 <= 0 })
    #expect(lines.last?["end"] != nil)
  }

  @Test(arguments: [
    (["--temperature", "-1"], "temperature must be 0 or more and finite, not -1.0"),
    (["--temperature", "nan"], "temperature must be 0 or more and finite, not nan"),
    (["--top-p", "0"], "top-p must be more than 0 and at most 1 (off), not 0.0"),
    (["--top-k", "-1"], "top-k must be 0 (off) or more, not -1"),
    (["--min-p", "2"], "min-p must be between 0 (off) and 1, not 2.0"),
    (["--repetition-penalty", "0"], "repetition penalty must be more than 0 and finite, not 0.0"),
    (["--count", "0"], "count is 0: it must be at least 1"),
    (["--length", "-1"], "length is -1: it must be at least 0"),
    (["--lines", "0"], "lines is 0: it must be at least 1"),
    (["--threads", "0"], "threads is 0: it must be at least 1 and at most 256"),
    (["--stop", ""], "a stop string is empty: it must have a character"),
  ])
  func refusesSettings(_ options: [String], _ message: String) throws {
    expectFailure(try Sandbox.trained().rondo(["generate", "runs/tale"] + options), 64, message)
  }

  @Test func refusesPrompts() throws {
    let sandbox = try Sandbox.trained()
    expectUsageError(
      try sandbox.rondo("generate", "runs/tale", "--prompt", "a", "--prompt-file", "b"),
      "Give --prompt or --prompt-file, not both.")
    expectUsageError(
      try sandbox.rondo("generate", "runs/tale", "--seed", "-1"),
      "The value '-1' is invalid for '--seed <seed>'")
    expectFailure(
      try sandbox.rondo("generate", "runs/tale", "--prompt-file", "none"), 66,
      "no such file or folder: 'none'; check the spelling")
    try sandbox.write("texts/a.txt", "the fox")
    for command in ["generate", "next"] {
      expectFailure(
        try sandbox.rondo(command, "runs/tale", "--prompt-file", "texts"), 66,
        "texts is a folder; name the file with the text to begin with")
    }
    try sandbox.write("latin.txt", [0x66, 0xFC, 0x72])
    expectFailure(
      try sandbox.rondo("generate", "runs/tale", "--prompt-file", "latin.txt"), 65,
      "the prompt in latin.txt is not UTF-8; convert it, for example with iconv -t UTF-8")
  }
}
