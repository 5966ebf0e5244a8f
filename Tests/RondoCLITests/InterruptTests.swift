import Foundation
import Testing

/// Ctrl-C, SIGTERM, and going on afterwards.
struct InterruptTests {
  private static let options =
    Sandbox.size + ["--dropout", "0.2", "--dropout-output", "0.2", "--sample-every", "0", "--seed", "5"]

  /// Starts a run and sends a signal as soon as steps are being done.
  private func interrupted(
    _ sandbox: Sandbox, _ options: [String], signal: Int32 = SIGINT, input: String? = nil
  ) throws -> Program.Outcome {
    let program = try sandbox.start(["train"] + Self.options + options, input: input)
    let name = input == nil ? "tale" : "stdin"
    let isUnderWay = program.wait { (try? sandbox.read("runs/\(name)/metrics.jsonl").isEmpty) == false }
    #expect(isUnderWay, "\(program.error)")
    program.send(signal)
    return program.end()
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func savesAndSaysHowToGoOn(_ signal: Int32, _ code: Int32) throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try interrupted(
      sandbox, ["tale.txt", "--steps", "100000000", "--schedule", "constant", "--validate-every", "0"],
      signal: signal)
    #expect(outcome.code == code)
    #expect(outcome.output == "")
    let line = try #require(outcome.errorLines.last)
    let match = try #require(
      line.wholeMatch(
        of: #/stopped at step ([0-9 ]+), saved\. Go on with: rondo (train --resume runs\/tale)/#))
    let step = try #require(Int(match.output.1.replacing(" ", with: "")))

    let command = words(match.output.2)
    let resumed = try sandbox.rondo(command + ["--steps", String(step + 5), "--sample-every", "0"])
    #expect(resumed.code == 0)
    #expect(resumed.errorLines.first?.hasPrefix("resuming runs/tale at step \(match.output.1) of ") == true)
    #expect(try sandbox.rondo("generate", "runs/tale", "--length", "5").code == 0)
  }

  @Test func saysNothingIfAskedToButStillSaves() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try interrupted(
      sandbox, ["tale.txt", "--steps", "100000000", "--validate-every", "0", "--quiet"])
    #expect(outcome.code == 130)
    #expect(outcome.error == "")
    #expect(try sandbox.rondo("inspect", "runs/tale").code == 0)
  }

  @Test func savesWhenItsReaderOrItsTerminalHasGone() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options = ["tale.txt", "--steps", "100000000", "--validate-every", "0"] + Self.options
    let reader = try sandbox.shell(
      #""$RONDO" train --json "$@" | head -1 > line; exit ${PIPESTATUS[0]}"#, options)
    #expect(reader.code == 128 + SIGPIPE)
    #expect(reader.errorLines.last?.contains("saved. Go on with: rondo train --resume runs/tale") == true)
    #expect(try sandbox.rondo("inspect", "runs/tale/last.safetensors").code == 0)

    let terminal = try interrupted(
      Sandbox(), ["-", "--steps", "100000000", "--validate-every", "0"], signal: SIGHUP, input: Sandbox.tale)
    #expect(terminal.code == 128 + SIGHUP)
    #expect(terminal.errorLines.last?.contains("saved. Go on with:") == true)
  }

  @Test func asksForTheTextOfStandardInput() throws {
    let outcome = try interrupted(
      Sandbox(), ["-", "--steps", "100000000", "--validate-every", "0"], input: Sandbox.tale)
    #expect(outcome.code == 130)
    #expect(
      outcome.errorLines.last?.hasSuffix("saved. Go on with: rondo train FILE --resume runs/stdin") == true)
  }

  @Test func aSecondCtrlCLeavesAtOnce() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    // A step of such a model takes long enough to be interrupted twice.
    let program = try sandbox.start([
      "train", "tale.txt", "--layers", "1", "--hidden-size", "2048", "--embedding-size", "8", "--batch-size",
      "4", "--window", "256", "--steps", "1000", "--validate-every", "0",
    ])
    #expect(program.wait { sandbox.exists("runs/tale/last.safetensors") }, "\(program.error)")
    // Two that come before the first is taken are one.
    while program.isRunning {
      usleep(20_000)
      program.send(SIGINT)
    }
    let outcome = program.end()
    #expect(outcome.code == 130)
    #expect(!outcome.error.contains("stopped at step"))
    // What was saved before the first step.
    let lines = try sandbox.rondo("inspect", "runs/tale/last.safetensors").outputLines
    #expect(lines.contains("training    step 0 of 1 000, 0.00 passes through the text"))
  }

  @Test func anInterruptedRunGivesTheBytesOfAWholeOne() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options = ["tale.txt", "--steps", "4000", "--validate-every", "1000"]
    let outcome = try interrupted(sandbox, options)
    #expect(outcome.code == 130, "the run was over before it was interrupted")
    #expect(
      try sandbox.rondo("train", "--resume", "runs/tale", "--sample-every", "0", "--threads", "1").code == 0)

    let whole = try sandbox.rondo(["train", "--quiet"] + Self.options + options)
    #expect(whole.code == 0)
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try sandbox.read("runs/tale/" + name) == sandbox.read("runs/tale-2/" + name), "\(name)")
    }
    #expect(try sandbox.text("runs/tale/metrics.jsonl").count { $0 == "\n" } == 404)
  }
}
