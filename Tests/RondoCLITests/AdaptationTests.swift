import Foundation
import Testing

/// Models that follow a text, several models, and the mean of models.
struct AdaptationTests {
  private func loss(_ outcome: Program.Outcome) throws -> Double {
    #expect(outcome.code == 0, "\(outcome.error)")
    return try #require(objects(outcome.outputLines).last?["nats_per_token"] as? Double)
  }

  @Test func aModelThatFollowsTheTextPredictsItBetter() throws {
    let sandbox = try Sandbox.trained()
    let evaluate = ["evaluate", "runs/tale", "tale.txt", "--json"]
    let plain = try loss(sandbox.rondo(evaluate))
    let dynamic = try loss(sandbox.rondo(evaluate + ["--dynamic"]))
    let divided = try loss(
      sandbox.rondo(evaluate + ["--dynamic", "--dynamic-statistics", "tale.txt", "--dynamic-rate", "0.005"]))
    let cached = try loss(sandbox.rondo(evaluate + ["--neural-cache", "200"]))
    let both = try loss(sandbox.rondo(evaluate + ["--neural-cache", "200", "--dynamic"]))
    #expect(dynamic < plain - 0.1 && divided < plain - 0.1)
    #expect(cached < plain - 0.02)
    #expect(both < dynamic)
    #expect(try loss(sandbox.rondo(evaluate + ["--dynamic", "--threads", "1"])) == dynamic)
  }

  @Test func severalModelsAreOne() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--quiet", "--out", "runs/other", "--seed", "2"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    let one = try loss(sandbox.rondo("evaluate", "runs/tale", "tale.txt", "--json"))
    let other = try loss(sandbox.rondo("evaluate", "runs/other/best.safetensors", "tale.txt", "--json"))
    let both = try loss(
      sandbox.rondo("evaluate", "runs/tale", "runs/other/best.safetensors", "tale.txt", "--json"))
    // The mean of probabilities is never worse than that of their logarithms.
    #expect(both < (one + other) / 2)

    let average = try sandbox.rondo(
      "average", "runs/tale/best.safetensors", "runs/tale/last.safetensors", "-o", "mean.safetensors")
    #expect(average.code == 0)
    #expect(average.error == "mean.safetensors: the mean of 2 models, 2 214 parameters, f32\n")
    #expect(abs(try loss(sandbox.rondo("evaluate", "mean.safetensors", "tale.txt", "--json")) - one) < 0.05)
  }

  /// What is trained for several models is of one vocabulary; the text that was trained on is read as the one that is scored.
  @Test func statisticsAreOfTheModelsAndTheirText() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("other.txt", String(repeating: "zwölf Boxkämpfer jagen Viktor ", count: 40))
    let outcome = try sandbox.rondo(
      ["train", "other.txt", "--quiet", "--out", "runs/other", "--seed", "2"] + Sandbox.tiny)
    #expect(outcome.code == 0)
    let dynamic = ["--dynamic", "--dynamic-statistics"]
    // It takes one text, and leaves the operands after it alone.
    expectFailure(
      try sandbox.rondo(["evaluate"] + dynamic + ["tale.txt", "runs/tale", "runs/other", "tale.txt"]), 64,
      "model 2 has another vocabulary than the first: their probabilities cannot be averaged")
    try sandbox.write("utf16.txt", Sandbox.tale.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    let evaluate = ["evaluate", "runs/tale", "--json"]
    let plain = try loss(sandbox.rondo(evaluate + ["tale.txt"] + dynamic + ["tale.txt"]))
    #expect(
      try loss(
        sandbox.rondo(evaluate + ["utf16.txt", "--encoding", "UTF-16LE"] + dynamic + ["utf16.txt"])) == plain)
  }

  @Test func writingFollowsThePrompt() throws {
    let sandbox = try Sandbox.trained()
    try sandbox.write("prompt.txt", String(repeating: "had no idea of ", count: 30))
    let generate = [
      "generate", "runs/tale", "--prompt-file", "prompt.txt", "--no-echo", "--temperature", "0", "--length",
      "30",
    ]
    let plain = try sandbox.rondo(generate)
    let cached = try sandbox.rondo(
      generate + ["--neural-cache", "500", "--cache-weight", "0.95", "--cache-flatness", "4"])
    let dynamic = try sandbox.rondo(generate + ["--dynamic", "--dynamic-rate", "1"])
    for outcome in [plain, cached, dynamic] { #expect(outcome.code == 0 && outcome.error == "") }
    #expect(Set([plain.output, cached.output, dynamic.output]).count == 3)
  }

  @Test func whatCannotBe() throws {
    let sandbox = try Sandbox.trained()
    for (arguments, message) in [
      (["evaluate", "runs/tale"], "no text given: name files or folders after the model"),
      (["evaluate", "runs/tale", "runs/tale"], "no text given: name files or folders after the models"),
      (
        ["evaluate", "runs/tale", "tale.txt", "--dynamic", "--precision", "int8"],
        "precision is int8: a model that learns from the text has all its bits, f32"
      ),
      (
        ["evaluate", "runs/tale", "tale.txt", "--neural-cache", "0"],
        "neural-cache is 0: it must be at least 1"
      ),
      (
        ["generate", "runs/tale", "--dynamic", "--dynamic-rate", "0"],
        "dynamic-rate is 0.0: it must be more than 0"
      ),
      (
        ["generate", "runs/tale", "--dynamic", "--prompt", ""],
        "--dynamic needs a text to follow: give --prompt or --prompt-file"
      ),
      (["average", "runs/tale", "-o", "m.safetensors"], "one model is its own mean: name two or more"),
    ] {
      expectFailure(try sandbox.rondo(arguments), 64, message)
    }
    // Rows of 65 536 products for each of a million outputs.
    let large = try sandbox.rondo(
      "evaluate", "runs/tale", "tale.txt", "--dynamic", "--dynamic-segment", "65536", "--neural-cache",
      "1000000")
    #expect(large.code == 64)
    #expect(
      large.error.contains(
        /^rondo: neural-cache is 1000000: that needs 279\.\d GB of memory, but this machine has [0-9.]+ GB\n$/
      ))
    for (arguments, message) in [
      (["evaluate", "runs/tale", "tale.txt", "--dynamic-rate", "1"], "--dynamic-rate needs --dynamic."),
      (["generate", "runs/tale", "--cache-weight", "0.5"], "--cache-weight needs --neural-cache."),
    ] {
      let outcome = try sandbox.rondo(arguments)
      #expect(outcome.code == 64)
      #expect(outcome.error.contains(message))
    }
  }
}
