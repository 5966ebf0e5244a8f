import Testing

/// A model with an adaptive softmax from the command that makes it to what it writes.
struct SoftmaxTests {
  @Test(arguments: [["--softmax", "adaptive"], ["--cutoffs", "2,9", "--tied", "--embedding-size", "8"]])
  func throughAllCommands(options: [String]) throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let size = ["--layers", "1", "--hidden-size", "16", "--batch-size", "2", "--window", "8"]
    let common = ["train", "tale.txt", "--schedule", "constant"] + size + options
    let trained = try sandbox.rondo(common + ["--steps", "12", "--out", "a"])
    #expect(trained.code == 0, "\(trained.error)")
    let cutoffs = options[0] == "--softmax" ? "1,5" : "2,9"
    #expect(trained.error.contains("--cutoffs \(cutoffs)"))

    // Interrupted and gone on with, it is the same.
    #expect(try sandbox.rondo(common + ["--steps", "5", "--out", "b"]).code == 0)
    #expect(try sandbox.rondo("train", "--resume", "b", "--steps", "12").code == 0)
    let evaluations = try ["a", "b/last.safetensors"].map {
      try sandbox.rondo("evaluate", $0, "tale.txt", "--json")
    }
    #expect(evaluations.allSatisfy { $0.code == 0 })
    let last = try sandbox.rondo("evaluate", "a/last.safetensors", "tale.txt", "--json")
    #expect(evaluations[1].output == last.output)

    let inspected = try sandbox.rondo("inspect", "a")
    #expect(
      inspected.output.contains("adaptive softmax from \(cutoffs.replacing(",", with: ", ")), "))
    let next = try sandbox.rondo("next", "a", "--prompt", "the ")
    #expect(next.code == 0 && next.outputLines.count > 1)
    for precision in ["f32", "f16", "int8"] {
      let text = try sandbox.rondo("generate", "a", "--seed", "1", "--length", "30", "--precision", precision)
      #expect(text.code == 0 && !text.output.isEmpty, "\(text.error)")
    }
    #expect(try sandbox.rondo("export", "a", "-o", "a.safetensors", "--dtype", "f16").code == 0)
    #expect(try sandbox.rondo("evaluate", "a.safetensors", "tale.txt").code == 0)
    #expect(try sandbox.rondo("train", "tale.txt", "--from", "a", "--steps", "2", "--out", "c").code == 0)
  }

  @Test func wrongCutoffs() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    expectFailure(
      try sandbox.rondo("train", "tale.txt", "--softmax", "full", "--cutoffs", "2,9"), 64,
      "--cutoffs 2,9 are for --softmax adaptive: leave one of them out")
    expectFailure(
      try sandbox.rondo(["train", "tale.txt", "--cutoffs", "9,2"] + Sandbox.tiny), 64,
      "cutoffs is 9,2: there must be at most 7, from 1 on and ascending")
    expectUsageError(
      try sandbox.rondo("train", "tale.txt", "--cutoffs", "2,,9"),
      "The value '2,,9' is invalid for '--cutoffs <entries>'")
  }
}
