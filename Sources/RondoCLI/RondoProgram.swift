import ArgumentParser
import Rondo

/// The program.
@main
struct RondoProgram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rondo",
    abstract: "Train a recurrent language model on your own text, and write new text with it.",
    discussion: """
      rondo train FILE-OR-FOLDER    learns from your text; the model is in runs/
      rondo generate                writes with the newest model
      rondo next --prompt "The "    shows what the model expects

      Nothing leaves your machine. MODEL is a .safetensors file or a run folder; without one it is the newest run.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, RecipesCommand.self, GenerateCommand.self, NextCommand.self, EvaluateCommand.self,
      InspectCommand.self, ExportCommand.self, AverageCommand.self, TokenizeCommand.self,
      GradcheckCommand.self,
    ])

  /// Runs the program; every error of ours is one line on standard error and a code of sysexits.
  static func main() {
    Console.claimDescriptors()
    Console.ignoreFileSizeSignal()
    do {
      try CommandLine.checkUTF8()
      var command = try parseAsRoot(Recipe.expanding(Array(CommandLine.arguments.dropFirst())))
      try checkInstructionSet()
      try command.run()
    } catch {
      guard let failure = Failure(error) else { end(with: error) }
      Console.error("rondo: \(failure.message)")
      exit(withError: ExitCode(failure.code))
    }
  }

  /// Ends as the argument parser would, which does not look whether the help that somebody asked for could be written.
  private static func end(with error: any Error) -> Never {
    guard exitCode(for: error).isSuccess else { exit(withError: error) }
    Console.print(fullMessage(for: error))
    exit(withError: ExitCode.success)
  }
}
