import Testing

struct HelpTests {
  static let overview = """
    OVERVIEW: Train a recurrent language model on your own text, and write new text
    with it.

    rondo train FILE-OR-FOLDER    learns from your text; the model is in runs/
    rondo generate                writes with the newest model
    rondo next --prompt "The "    shows what the model expects

    Nothing leaves your machine. MODEL is a .safetensors file or a run folder;
    without one it is the newest run.

    USAGE: rondo <subcommand>

    """

  @Test(arguments: [[], ["--help"], ["-h"], ["help"]])
  func saysWhatItIsAndThreeCommands(_ arguments: [String]) throws {
    let outcome = try Sandbox().rondo(arguments)
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix(Self.overview))
    #expect(outcome.error == "")
  }

  @Test(arguments: [
    "train", "recipes", "generate", "next", "evaluate", "inspect", "export", "average", "tokenize",
    "gradcheck",
  ])
  func everyCommandHasHelp(_ command: String) throws {
    let sandbox = try Sandbox()
    let outcome = try sandbox.rondo(command, "--help")
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix("OVERVIEW: "))
    #expect(outcome.output.contains("USAGE: rondo \(command)"))
    #expect(outcome.error == "")
    #expect(try sandbox.rondo("help", command).output == outcome.output)
    #expect(try sandbox.rondo().output.contains("\n  \(command) "))
  }

  @Test func saysItsVersion() throws {
    let outcome = try Sandbox().rondo("--version")
    #expect(outcome.code == 0)
    #expect(outcome.output == "0.1.0\n")
  }

  @Test func refusesWhatIsNoCommand() throws {
    let sandbox = try Sandbox()
    expectUsageError(try sandbox.rondo("sing"), "Unexpected argument 'sing'")
    expectUsageError(try sandbox.rondo("train", "--sing"), "Unknown option '--sing'. Did you mean '--tied'?")
  }
}
