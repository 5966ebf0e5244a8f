import Foundation
import Testing

struct MemoryTests {
  private static var canMeasure: Bool { FileManager.default.fileExists(atPath: "/proc/self/status") }

  /// From step 1 000 on, 10 000 steps and more take less memory than 32 bytes each would.
  @Test(.enabled(if: canMeasure, "the system does not say how much memory a process has"))
  func memoryStaysFlatWhileTraining() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    // Ended by a signal long before its last step.
    let program = try sandbox.start([
      "train", "tale.txt", "--quiet", "--steps", "10000000", "--validate-every", "0", "--threads", "1",
      "--dropout", "0.1", "--layers", "2", "--hidden-size", "4", "--embedding-size", "4", "--batch-size", "2",
      "--window", "5",
    ])
    var samples: [(step: Int, bytes: Int)] = []
    for step in [1000, 11_000] {
      var lines = 0
      let isThere = program.wait {
        lines = (try? sandbox.read("runs/tale/metrics.jsonl").count { $0 == UInt8(ascii: "\n") }) ?? 0
        return lines * 10 >= step
      }
      try #require(isThere, "\(program.error)")
      samples.append((lines * 10, try #require(program.residentBytes)))
    }
    program.send(SIGTERM)
    #expect(program.end().code == 128 + SIGTERM)
    let (steps, growth) = (samples[1].step - samples[0].step, samples[1].bytes - samples[0].bytes)
    #expect(growth < 32 * steps, "\(growth) bytes in \(steps) steps")
  }
}
