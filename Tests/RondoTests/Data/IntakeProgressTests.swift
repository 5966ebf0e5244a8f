import Foundation
import Testing

@testable import Rondo

struct IntakeProgressTests {
  private typealias Progress = TrainingData.Progress

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What is told while a corpus is made.
  private func told(
    _ paths: [String], _ options: CorpusOptions = CorpusOptions(), standardInput: Int32 = 0
  ) throws -> [Progress] {
    var told: [Progress] = []
    _ = try Corpus(paths: paths, options: options, standardInput: standardInput) { told.append($0) }
    return told
  }

  private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x61, count: count) }

  @Test func filesOfFoldersAreReadWhole() throws {
    for name in ["a", "b"] { try folder.write("in/\(name).txt", bytes(1_000_000)) }
    try folder.write("in/c.txt", [0xFF] + bytes(999_999))
    let told = try told([folder.path + "/in"])
    #expect(told.allSatisfy { $0.phase == .preparing && $0.bytes <= $0.totalBytes ?? 0 })
    #expect(told.map(\.bytes) == told.map(\.bytes).sorted())
    #expect(told.first?.totalBytes == 3_000_000)
    let half = try #require(told.first { $0.bytes >= 1_500_000 })
    #expect(half.bytes < 2_000_000 && half.totalBytes == 3_000_000)
    // The last is not UTF-8 at its start, so its beginning alone was read.
    #expect(told.last?.bytes == 2_000_000 + 8192)
  }

  @Test func whatNeedsNotBeReadIsNotCounted() throws {
    let plain = try folder.write("a.txt", bytes(1_000_000))
    let wide = try folder.write("b.txt", [0xFF, 0xFE] + bytes(600_000))
    let told = try told([plain, wide])
    #expect(told.first == Progress(phase: .preparing, bytes: 8192, totalBytes: 1_600_002))
    #expect(told.last == Progress(phase: .preparing, bytes: 608_194, totalBytes: 608_194))
    // In another encoding all are read.
    #expect(
      try self.told([plain, wide], CorpusOptions(encoding: "LATIN1")).last
        == Progress(phase: .preparing, bytes: 1_600_002, totalBytes: 1_600_002))
  }

  @Test func nobodyKnowsTheLengthOfAPipe() throws {
    let file = try folder.write("a.txt", bytes(1_000_000))
    let descriptor = try FileReading.openForReading(FilePath(file))
    defer { close(descriptor) }
    let told = try told(["-"], standardInput: descriptor)
    #expect(told.count > 2 && told.allSatisfy { $0.phase == .receiving && $0.totalBytes == nil })
    #expect(told.last?.bytes == 1_000_000)
  }
}
