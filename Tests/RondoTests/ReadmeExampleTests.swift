import Foundation
import Testing

@testable import Rondo

struct ReadmeExampleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The reports are collected where the example runs.
  private func run(steps: Int) async throws -> (ends: [String], reports: [String]) {
    let text = try folder.write("text.txt", "The fox " + words(120))
    var reports: [String] = []
    let ends = try await fable(
      from: text, model: folder.path(of: "fables.safetensors"), steps: steps, report: { reports.append($0) })
    return (ends, reports)
  }

  @Test func itRuns() async throws {
    let (ends, reports) = try await run(steps: 4)
    #expect(reports.count == 4 + 2)
    #expect(reports[3].hasPrefix("step 4 of 4: loss "))
    #expect(ends.count == 2)
    #expect(ends[0] != ends[1])
    #expect(ends.allSatisfy { $0.hasPrefix("The fox ") })
    let model = try LanguageModel(contentsOf: folder.path(of: "fables.safetensors"))
    #expect(model.training?.progress.step == 4)
    #expect(model.configuration.hiddenSize == 128, "chosen by the size of the text")
  }

  @Test func itCanBeCancelled() async throws {
    let (ends, reports) = try await Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return try await run(steps: 1000)
    }.value
    #expect(reports.count == 1 + 2)
    #expect(ends.allSatisfy { $0.count < 20 }, "nothing but the next tokens")
    let model = try LanguageModel(contentsOf: folder.path(of: "fables.safetensors"))
    #expect(model.training?.progress.step == 1)
  }

  /// What README.md shows is what is compiled here.
  @Test func itIsTheOneInTheReadme() throws {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
    let source = try lines(of: here.appendingPathComponent("ReadmeExample.swift"))
    let begin = try #require(source.firstIndex(of: "// README begin"))
    let end = try #require(source.firstIndex(of: "// README end"))
    let example = Array(source[begin + 1..<end])
    #expect(example.first == "import Rondo")

    let readme = root.appendingPathComponent("README.md")
    guard FileManager.default.fileExists(atPath: readme.path) else { return }
    let text = try lines(of: readme)
    let start = try #require(
      text.indices.first { text[$0] == "```swift" && text[($0 + 1)...].first == "import Rondo" },
      "README.md has a block of Swift that begins with 'import Rondo'")
    #expect(Array(text[(start + 1)...].prefix { $0 != "```" }) == example)
  }

  private func lines(of file: URL) throws -> [String] {
    String(decoding: try Data(contentsOf: file), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
