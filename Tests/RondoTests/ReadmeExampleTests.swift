import Foundation
import Testing

@testable import Rondo

struct ReadmeExampleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var model: String { folder.path(of: "model.safetensors") }

  /// Trains with the example; the reports are collected where it runs.
  private func trained(steps: Int) throws -> [String] {
    let text = try folder.write("text.txt", "The fox " + words(120))
    var reports: [String] = []
    try train(on: text, saveTo: model, steps: steps, report: { reports.append($0) })
    return reports
  }

  @Test func itTrains() throws {
    let reports = try trained(steps: 4)
    #expect(reports.count == 4)
    #expect(reports[3].hasPrefix("step 4 of 4: loss "))
    let model = try LanguageModel(contentsOf: model)
    #expect(model.training?.progress.step == 4)
    #expect(model.configuration.hiddenSize == 256, "chosen by the size of the text")
  }

  @Test func itCanBeCancelled() async throws {
    let reports = try await Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return try trained(steps: 1000)
    }.value
    #expect(reports.count == 1)
    #expect(try LanguageModel(contentsOf: model).training?.progress.step == 1)
  }

  @Test func itWritesAndBranches() async throws {
    _ = try trained(steps: 4)
    let loaded = try LanguageModel(contentsOf: model)
    var pieces: [String] = []
    try await write("The ", with: model, show: { pieces.append($0) })
    #expect(try generated(loaded, "The ").joined() == pieces.joined())
    #expect(!pieces.isEmpty)

    let ends = try await ends(of: "The fox ", with: loaded)
    let reader = try loaded.reader()
    try reader.read("The fox ")
    let likeliest = reader.next(2).map(\.text)
    #expect(likeliest[0] != likeliest[1])
    #expect(ends.count == 2)
    for (end, next) in zip(ends, likeliest) { #expect(end.hasPrefix("The fox " + next)) }
  }

  /// The text of the seed of the example, by the generator that it does not use.
  private func generated(_ model: LanguageModel, _ prompt: String) throws -> [String] {
    let generator = try TextGenerator(model, prompt: prompt, settings: .init(length: 200, seed: 7))
    var pieces: [String] = []
    while let piece = try generator.next()?.first { pieces.append(piece.text) }
    return pieces
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
