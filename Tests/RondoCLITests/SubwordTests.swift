import Testing

/// A model of subwords through all of its life.
struct SubwordTests {
  private func trained() throws -> (Sandbox, said: [String]) {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(["train", "tale.txt", "--tokenizer", "subword"] + Sandbox.tiny)
    #expect(outcome.code == 0, "\(outcome.error)")
    return (sandbox, outcome.errorLines)
  }

  @Test func theCommandNamesWhatWasChosen() throws {
    let (sandbox, said) = try trained()
    let command = try #require(said.first { $0.hasPrefix("the same again: ") })
    #expect(
      command.contains(
        "--tokenizer subword --normalization nfc --vocabulary-size 4096 --minimum-count 2 --cell lstm"))
    let words = command.split(separator: " ").dropFirst(4).map(String.init)
    let again = try sandbox.rondo(words + ["--out", "again", "--sample-every", "0"])
    #expect(again.code == 0, "\(again.error)")
    #expect(
      try sandbox.read("again/metrics.jsonl") == sandbox.read("runs/tale/metrics.jsonl"))
  }

  @Test func everyTextIsEncodedAndDecoded() throws {
    let (sandbox, _) = try trained()
    let show = try sandbox.rondo(["tokenize", "show", "runs/tale", "-"], input: "the fox had Ω\n")
    let shown = show.outputLines.compactMap { $0.split(separator: "\t").last.map(String.init) }
    #expect(Array(shown.prefix(3)) == ["\"the\"", "\" fox\"", "\" had\""])
    #expect(shown.count == 7)
    let text = "the fox had\u{0} 漢字 e\u{301}\r\n\r\n"
    let encoded = try sandbox.rondo(["tokenize", "encode", "runs/tale", "-"], input: text)
    let decoded = try sandbox.rondo(["tokenize", "decode", "runs/tale"], input: encoded.output)
    #expect(decoded.outputBytes == Array("the fox had\u{0} 漢字 \u{E9}\r\n\r\n".utf8))
    let built = try sandbox.rondo([
      "tokenize", "build", "tale.txt", "--tokenizer", "subword", "--vocabulary-size", "258",
    ])
    #expect(built.outputLines.count == 258 && built.outputLines.last == "64\t\"an\"", "\(built.output)")
    expectFailure(
      try sandbox.rondo([
        "tokenize", "build", "tale.txt", "--tokenizer", "subword", "--vocabulary-size", "256",
      ]), 64,
      "a vocabulary size of 256 is too small: it must be at least 257")
  }

  @Test func writesScoresAndContinues() throws {
    let (sandbox, _) = try trained()
    let written = try sandbox.rondo("generate", "runs/tale", "--prompt", "the Ω", "--seed", "1", "--json")
    #expect(written.code == 0 && written.outputLines.count <= 210, "\(written.error)")
    #expect(written.error == "")
    // Of the tokens that can stand at the end of the prompt, this is what the text has there.
    let completed = try sandbox.rondo(
      "generate", "runs/tale", "--prompt", "the fo", "--length", "1", "--temperature", "0")
    #expect(completed.output == "the fox\n", "\(completed.output)")
    let next = try sandbox.rondo("next", "runs/tale", "--prompt", "the fo", "--count", "100")
    let shown = next.outputLines.map { $0.dropFirst(10) }
    #expect(shown.first == "\" fox\"" && shown.count == 100, "\(next.output)")
    #expect(
      shown.allSatisfy { $0 == "<boundary>" || $0.hasPrefix("\" fo") && $0 != "\" fo\"" }, "\(next.output)")
    let scored = try sandbox.rondo("evaluate", "runs/tale", "tale.txt")
    #expect(scored.output.contains("unknown             0.00 %"), "\(scored.output)")

    // The model's tokens are kept, though the text would make others.
    try sandbox.write("other.txt", String(repeating: "Zebras zigzag.\n", count: 40))
    let tuned = try sandbox.rondo(
      ["train", "other.txt", "--from", "runs/tale", "--steps", "5", "--sample-every", "0"])
    #expect(tuned.code == 0, "\(tuned.error)")
    let line = try #require(tuned.errorLines.first { $0.hasPrefix("fine-tuning: ") })
    #expect(line.hasSuffix(" entries taken over, 0 new, 0 of the model not in this text"), "\(line)")
    let made = try sandbox.rondo(
      ["train", "other.txt", "--from", "runs/tale", "--steps", "5", "--sample-every", "0"]
        + ["--vocabulary-size", "270"])
    #expect(
      made.errorLines.contains { $0.hasPrefix("fine-tuning: ") && !$0.contains(" 0 new") }, "\(made.error)")
  }
}
