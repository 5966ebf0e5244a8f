import Foundation
import Rondo
import Testing

@Suite struct CorpusOptionsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in [
      "a.txt", "b.HTML", "c", "d.swift", "e.txt.swift", ".f.swift", "g.html.gz", "h.gz", "i.txt.zst",
    ] {
      try folder.write(name, "some text")
    }
    try folder.write("j.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
  }

  private func names(_ extensions: [String]) throws -> [String] {
    try Corpus(paths: [folder.path], options: CorpusOptions(extensions: extensions)).documents.map(\.name)
  }

  @Test func extensionsTakeThePlaceOfTheUsualOnes() throws {
    #expect(try names(["html"]) == ["b.HTML", "g.html.gz"])
    #expect(try names(["SWIFT", "Txt"]) == ["a.txt", "d.swift", "e.txt.swift", "i.txt.zst"])
    #expect(
      try names(["gz"]) == ["g.html.gz", "h.gz"], "a file is what its content is, whatever it is called")
    #expect(throws: CorpusError.noText(folder.path, extensions: ["doc"])) { try names(["doc"]) }
  }

  @Test func aStarTakesAllThatIsNeitherHiddenNorBinary() throws {
    let all = ["a.txt", "b.HTML", "c", "d.swift", "e.txt.swift", "g.html.gz", "h.gz", "i.txt.zst"]
    #expect(try names(["*"]) == all)
    #expect(try names(["doc", "*"]) == all)
    let corpus = try Corpus(paths: [folder.path], options: CorpusOptions(extensions: ["*"]))
    #expect(
      corpus.skipped == [.init(name: ".f.swift", reason: .hidden), .init(name: "j.png", reason: .binary)])
  }

  @Test func aFileThatIsNamedNeedsNoExtension() throws {
    let options = CorpusOptions(extensions: ["doc"])
    #expect(try Corpus(paths: [folder.path(of: "c")], options: options).documents.map(\.name) == ["c"])
  }

  @Test func isKeptAsJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let options = CorpusOptions(extensions: ["html", "*"], encoding: "SHIFT_JIS", isStrict: true)
    let data = try encoder.encode(options)
    #expect(
      String(decoding: data, as: UTF8.self)
        == #"{"encoding":"SHIFT_JIS","include":["html","*"],"strict":true}"#)
    #expect(try JSONDecoder().decode(CorpusOptions.self, from: data) == options)
  }
}
