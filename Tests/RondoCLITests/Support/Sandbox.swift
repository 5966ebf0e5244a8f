import Foundation
import Testing

/// A folder of its own in which the program runs; gone with the object.
final class Sandbox: Sendable {
  let path: String

  init() throws {
    path = URL(fileURLWithPath: NSTemporaryDirectory()).path + "/rondo-cli-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A folder with `tale.txt`, and in `runs/tale` a model that 20 steps were trained on it.
  static func trained() throws -> Sandbox {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", tale)
    try FileManager.default.createDirectory(atPath: sandbox.path + "/runs", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: try model.get().path + "/runs/tale", toPath: sandbox.path + "/runs/tale")
    return sandbox
  }

  private static let model = Result {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", tale)
    let outcome = try sandbox.rondo(["train", "tale.txt", "--quiet"] + tiny)
    #expect(outcome.code == 0, "\(outcome.error)")
    return sandbox
  }

  /// 2 240 characters, 21 different ones.
  static let tale = String(
    repeating: "the fox ran over a hill\nand saw the moon,\nwho had no idea of it.\n\n", count: 32)

  /// The options of a model that is trained in no time.
  static let tiny = size + ["--steps", "20", "--sample-every", "0"]
  static let size = [
    "--layers", "1", "--hidden-size", "16", "--embedding-size", "8", "--batch-size", "2", "--window", "8",
  ]

  func rondo(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) throws -> Program.Outcome {
    try start(arguments, input: input, environment: environment).end()
  }

  func rondo(_ arguments: String...) throws -> Program.Outcome { try rondo(arguments) }

  func start(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) throws -> RunningProgram {
    try RunningProgram(
      [Program.path] + arguments, in: path, input: input.map { Array($0.utf8) }, environment: environment)
  }

  /// Runs a script of the shell; "$RONDO" is the program.
  func shell(_ script: String, _ arguments: [String] = []) throws -> Program.Outcome {
    try RunningProgram(
      ["/bin/bash", "-c", script, "bash"] + arguments, in: path, environment: ["RONDO": Program.path]
    ).end()
  }

  /// Runs the program as someone for whom permissions count: as this user, or where that is root as nobody.
  func rondoWithoutPrivileges(_ arguments: String...) throws -> Program.Outcome {
    guard geteuid() == 0 else { return try rondo(arguments) }
    // Nobody may not be allowed to go where the program was built.
    let copy = path + "/rondo-copy"
    if !exists("rondo-copy") { try FileManager.default.copyItem(atPath: Program.path, toPath: copy) }
    return try RunningProgram(
      ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy] + arguments, in: path
    ).end()
  }

  // MARK: Files

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func read(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

  func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted()
  }

  func setPermissions(_ name: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
  }
}

/// Expects a failure that says why in one line of ours, and nothing on standard output.
func expectFailure(
  _ outcome: Program.Outcome, _ code: Int32, _ message: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.code == code, sourceLocation: sourceLocation)
  #expect(outcome.output == "", sourceLocation: sourceLocation)
  #expect(outcome.errorLines.last == "rondo: " + message, sourceLocation: sourceLocation)
  #expect(outcome.errorLines.count { $0.hasPrefix("rondo: ") } == 1, sourceLocation: sourceLocation)
}

/// Expects that the argument parser refuses the command.
func expectUsageError(
  _ outcome: Program.Outcome, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.code == 64, sourceLocation: sourceLocation)
  #expect(outcome.output == "", sourceLocation: sourceLocation)
  #expect(outcome.errorLines.first == "Error: " + message, sourceLocation: sourceLocation)
}

/// The words of a command line in which nothing is quoted.
func words(_ command: some StringProtocol) -> [String] {
  command.split(whereSeparator: { $0 == " " }).map { String($0) }
}

/// The values of JSON lines.
func objects(_ lines: [String]) throws -> [[String: Any]] {
  try lines.map { line in
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }
}
