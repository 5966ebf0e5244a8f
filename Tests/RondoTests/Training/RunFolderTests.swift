import Foundation
import Testing

@testable import Rondo

struct RunFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func namesOfItsFiles() {
    let run = RunFolder(existing: "a/b")
    #expect(run.bestPath == "a/b/best.safetensors")
    #expect(run.lastPath == "a/b/last.safetensors")
    #expect(run.metricsPath == "a/b/metrics.jsonl")
  }

  @Test func takenNamesAreNumbered() throws {
    let runs = folder.path(of: "runs")
    #expect(try RunFolder(named: "fables", in: runs).path == runs + "/fables")
    #expect(try RunFolder(named: "fables", in: runs).path == runs + "/fables-2")
    #expect(try RunFolder(named: "fables", in: runs).path == runs + "/fables-3")
    // A file takes a name as well.
    try folder.write("runs/other", "text")
    #expect(try RunFolder(named: "other", in: runs).path == runs + "/other-2")
    // So does a link to nowhere, which a look through it would not find.
    try folder.link("runs/linked", to: "nowhere")
    #expect(try RunFolder(named: "linked", in: runs).path == runs + "/linked-2")
    #expect(try FileManager.default.contentsOfDirectory(atPath: runs).count == 7)
  }

  @Test func everyoneWhoAsksAtOnceGetsAFolder() async throws {
    for round in 0..<200 {
      let runs = folder.path(of: "runs-\(round)")
      let paths = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 { group.addTask { try RunFolder(named: "fables", in: runs).path } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(paths == Set((["fables"] + (2...8).map { "fables-\($0)" }).map { runs + "/" + $0 }))
    }
  }

  @Test func folderThatIsNotEmptyIsRefused() throws {
    try folder.write("full/file", "text")
    let path = folder.path(of: "full")
    #expect(
      checkpointError { try RunFolder(creating: path) }
        == .cannotCreate(
          path: path, reason: "the folder is not empty"))
    #expect(try RunFolder(creating: folder.path(of: "new/deep")).path == folder.path(of: "new/deep"))
    #expect(try RunFolder(creating: folder.path(of: "new/deep")).path == folder.path(of: "new/deep"), "empty")
    #expect(try RunFolder(creating: folder.path(of: "new/slash//")).path == folder.path(of: "new/slash//"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "new")).sorted() == [
        "deep", "slash",
      ])
    let file = folder.path(of: "full/file")
    #expect(
      checkpointError { try RunFolder(creating: file) }
        == .cannotCreate(path: file, reason: "a file has this name"))
    let inFile = folder.path(of: "full/file/run")
    #expect(
      checkpointError { try RunFolder(creating: inFile) }
        == .cannotCreate(path: inFile, reason: "the folder that it would lie in cannot be made"))
    #expect(
      checkpointError { try RunFolder(named: "run", in: folder.path(of: "full/file")) }
        == .cannotCreate(path: inFile, reason: "the folder that it would lie in cannot be made"))
  }

  @Test func aRunThatNeverBeganIsRemoved() throws {
    for name in ["run.json", "metrics.jsonl"] { try folder.write("begun/\(name)", "x") }
    try folder.write("begun/last.safetensors", "x")
    let begun = RunFolder(existing: folder.path(of: "begun"))
    begun.removeUnlessBegun()
    #expect(try FileManager.default.contentsOfDirectory(atPath: begun.path).count == 3)

    let new = try RunFolder(creating: folder.path(of: "new"))
    try new.write(.init(corpus: ["x"]))
    new.removeUnlessBegun()
    // With something that is not the run's, and where it was there before, the folder stays.
    let shared = try RunFolder(creating: folder.path(of: "shared"))
    try shared.write(.init(corpus: ["x"]))
    try folder.write("shared/notes", "x")
    shared.removeUnlessBegun()
    try FileManager.default.createDirectory(
      atPath: folder.path(of: "empty"), withIntermediateDirectories: false)
    let empty = try RunFolder(creating: folder.path(of: "empty"))
    try empty.write(.init(corpus: ["x"]))
    empty.removeUnlessBegun()
    #expect(folder.names == ["begun", "empty", "shared"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: shared.path) == ["notes"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: empty.path) == [])
  }

  @Test func newestIsTheOneWrittenLast() throws {
    #expect(RunFolder.newest(in: folder.path(of: "none")) == nil)
    #expect(RunFolder.newest(in: folder.path) == nil)
    for (name, age) in [("a", 30.0), ("b", 10), ("c", 20)] {
      let path = try folder.write("\(name)/last.safetensors", "x")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000 - age)], ofItemAtPath: path)
    }
    try folder.write("d/best.safetensors", "no run: nothing of its last state")
    try folder.write("file", "text")
    #expect(RunFolder.newest(in: folder.path)?.path == folder.path(of: "b"))
  }

  @Test func aRunThatHasJustBegunIsNotTheNewest() throws {
    let data = try trainingData(words(20))
    var request = TrainingRequest()
    request.steps = 1
    let trainer = try Trainer(
      plan: TrainingPlan(request, for: data, threadCount: 1), data: data, threadCount: 1)
    for name in ["a", "b"] {
      let run = try RunFolder(creating: folder.path(of: name))
      try trainer.save(to: run.lastPath)
    }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)],
      ofItemAtPath: folder.path(of: "a/last.safetensors"))
    #expect(RunFolder.newest(in: folder.path)?.path == folder.path(of: "b"), "where no other is")
    try trainer.step()
    try trainer.save(to: folder.path(of: "a/last.safetensors"))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)],
      ofItemAtPath: folder.path(of: "a/last.safetensors"))
    #expect(RunFolder.newest(in: folder.path)?.path == folder.path(of: "a"))
  }

  @Test func modelOfAName() throws {
    try folder.write("both/best.safetensors", "x")
    try folder.write("both/last.safetensors", "x")
    try folder.write("last/last.safetensors", "x")
    let file = try folder.write("model.safetensors", "x")
    #expect(try RunFolder.model(at: folder.path(of: "both")) == folder.path(of: "both") + "/best.safetensors")
    #expect(try RunFolder.model(at: folder.path(of: "last")) == folder.path(of: "last") + "/last.safetensors")
    #expect(try RunFolder.model(at: file) == file)
    #expect(try RunFolder.model(at: "not/there") == "not/there")
    #expect(
      checkpointError { try LanguageModel(contentsOf: folder.path) }
        == .modelMissing(path: folder.path))
  }

  @Test func namesOfTheTexts() throws {
    let run = try RunFolder(creating: folder.path(of: "run"))
    #expect(checkpointError { try run.sources() } == .sourcesMissing(path: folder.path(of: "run/run.json")))
    for sources in [
      RunFolder.Sources(corpus: ["/home/a b/寓言.txt", "-"]), .init(corpus: ["x"], validation: "held \"out\"/"),
    ] {
      try run.write(sources)
      #expect(try run.sources() == sources)
    }
    try folder.write("run/run.json", "{}")
    #expect(checkpointError { try run.sources() } == .sourcesDamaged(path: folder.path(of: "run/run.json")))
  }
}
