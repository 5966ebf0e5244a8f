import Foundation

/// The program as it was built, run in a process of its own.
enum Program {
  /// The binary: the package builds it beside the test bundle.
  static let path: String = {
    let bundle = Bundle(for: Beside.self).bundleURL
    let folder = bundle.pathExtension == "xctest" ? bundle.deletingLastPathComponent() : bundle
    return folder.appendingPathComponent("rondo").path
  }()

  private final class Beside {}

  /// How a run ended, and what it said.
  struct Outcome: Sendable {
    /// The exit code; the negative number of the signal that ended the process.
    let code: Int32
    let outputBytes: [UInt8]
    let error: String

    var output: String { String(decoding: outputBytes, as: UTF8.self) }
    var outputLines: [String] { lines(of: output) }
    var errorLines: [String] { lines(of: error) }

    private func lines(of text: String) -> [String] {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      if lines.last == "" { lines.removeLast() }
      return lines
    }
  }
}

/// A process that is under way; its output goes to files, so that it never waits for a reader.
final class RunningProgram {
  private let process = Process()
  private let files: String

  /// Starts a command in a folder.
  ///
  /// - Parameter input: the bytes of standard input; nil is /dev/null.
  init(_ command: [String], in folder: String, input: [UInt8]? = nil, environment: [String: String] = [:])
    throws
  {
    files = NSTemporaryDirectory() + "/rondo-cli-run-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    for name in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: files + "/" + name)) }
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    if !environment.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
    if let input { try Data(input).write(to: URL(fileURLWithPath: files + "/in")) }
    process.standardInput = FileHandle(forReadingAtPath: input == nil ? "/dev/null" : files + "/in")
    process.standardOutput = FileHandle(forWritingAtPath: files + "/out")
    process.standardError = FileHandle(forWritingAtPath: files + "/err")
    try process.run()
  }

  deinit { try? FileManager.default.removeItem(atPath: files) }

  var isRunning: Bool { process.isRunning }
  /// What it has said so far on standard error.
  var error: String { String(decoding: bytes("err"), as: UTF8.self) }

  /// How many threads it has now; nil where the system does not say.
  var threadCount: Int? {
    try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task").count
  }

  /// How many bytes of it are in memory now; nil where the system does not say.
  var residentBytes: Int? {
    let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// How long to wait on a machine that has much else to do.
  private static let patience: TimeInterval = 300

  /// Waits for something to come true, at most five minutes.
  ///
  /// - Returns: whether it did while the program was running.
  func wait(until condition: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(Self.patience)
    while isRunning, Date() < deadline {
      if condition() { return true }
      usleep(2000)
    }
    return false
  }

  /// Waits for the end; a program that has not come to it after five minutes is killed.
  func end() -> Program.Outcome {
    let deadline = Date().addingTimeInterval(Self.patience)
    while isRunning, Date() < deadline { usleep(1000) }
    if isRunning { send(SIGKILL) }
    process.waitUntilExit()
    let status = process.terminationStatus
    return Program.Outcome(
      code: process.terminationReason == .exit ? status : -status, outputBytes: bytes("out"), error: error)
  }

  private func bytes(_ name: String) -> [UInt8] {
    FileManager.default.contents(atPath: files + "/" + name).map(Array.init) ?? []
  }
}
