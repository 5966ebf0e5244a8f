import Foundation
import Rondo
import Testing

/// One after the other, since one of them exchanges the process's standard input.
@Suite(.serialized) struct CorpusStandardInputTests {
  private struct Pipe {
    var readEnd: Int32
    var writeEnd: Int32

    init() {
      var ends: [Int32] = [-1, -1]
      #expect(unsafe pipe(&ends) == 0)
      readEnd = ends[0]
      writeEnd = ends[1]
    }

    /// Writes from another thread, in parts with a pause between them, and closes its end.
    func send(_ content: [UInt8], partSize: Int, pause: UInt32 = 0) {
      let descriptor = writeEnd
      Thread.detachNewThread {
        var rest = content[...]
        while !rest.isEmpty {
          let part = Array(rest.prefix(partSize))
          let count = unsafe write(descriptor, part, part.count)
          guard count > 0 else { break }
          rest = rest.dropFirst(count)
          usleep(pause)
        }
        close(descriptor)
      }
    }
  }

  private func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
  }

  @Test func theProcessesOwn() throws {
    let pipe = Pipe()
    let saved = dup(0)
    #expect(dup2(pipe.readEnd, 0) == 0)
    close(pipe.readEnd)
    defer {
      _ = dup2(saved, 0)
      close(saved)
    }
    pipe.send([0xEF, 0xBB, 0xBF] + Array("typed\n".utf8), partSize: 100)
    let corpus = try Corpus(paths: ["-"])
    #expect(corpus.documents.map(\.name) == ["standard input"])
    #expect(try corpus.documents[0].bytes() == Array("typed\n".utf8))
    #expect(corpus.documents[0].fileOffset == 3)
    #expect(corpus.name == "stdin")
  }

  @Test(arguments: [1, 65_536, 65_537, 1_000_003])
  func aPipeIsReadToItsEnd(count: Int) throws {
    let pipe = Pipe()
    defer { close(pipe.readEnd) }
    pipe.send(content(count), partSize: 10_007)
    let corpus = try Corpus(paths: ["-"], standardInput: pipe.readEnd)
    #expect(try corpus.documents[0].bytes() == content(count))
  }

  @Test func aSlowPipeThatDoesNotBlock() throws {
    let pipe = Pipe()
    defer { close(pipe.readEnd) }
    #expect(fcntl(pipe.readEnd, F_SETFL, O_NONBLOCK) == 0)
    pipe.send(content(50), partSize: 10, pause: 10_000)
    let corpus = try Corpus(paths: ["-"], standardInput: pipe.readEnd)
    #expect(try corpus.documents[0].bytes() == content(50))
  }

  @Test func inItsPlaceAmongFiles() throws {
    let folder = try TemporaryFolder()
    let pipe = Pipe()
    defer { close(pipe.readEnd) }
    pipe.send(Array("middle".utf8), partSize: 10)
    let paths = [try folder.write("a.txt", "ay"), "-", try folder.write("-", "dash")]
    let corpus = try Corpus(paths: paths, standardInput: pipe.readEnd)
    #expect(corpus.documents.map(\.name) == ["a.txt", "standard input", "-"])
    #expect(corpus.name == "a")
  }

  @Test func emptyInput() {
    let pipe = Pipe()
    close(pipe.writeEnd)
    defer { close(pipe.readEnd) }
    #expect(throws: CorpusError.empty("-")) {
      try Corpus(paths: ["-"], standardInput: pipe.readEnd)
    }
  }

  @Test func twice() {
    #expect(throws: CorpusError.standardInputTwice) { try Corpus(paths: ["-", "a.txt", "-"]) }
  }

  @Test func aMisspeltPathIsKnownBeforeAnythingIsReadIn() {
    // The pipe's other end stays open: reading it would wait for ever.
    let pipe = Pipe()
    defer {
      close(pipe.readEnd)
      close(pipe.writeEnd)
    }
    #expect(throws: CorpusError.notFound("/nowhere/a.txt")) {
      try Corpus(paths: ["-", "/nowhere/a.txt"], standardInput: pipe.readEnd)
    }
  }

  @Test(arguments: [1, 999_999, 3_000_000])
  func whatIsMuchGoesToAFile(memoryLimit: Int) throws {
    let pipe = Pipe()
    defer { close(pipe.readEnd) }
    let sent: [UInt8] = [0xEF, 0xBB, 0xBF] + content(2_500_000)
    pipe.send(sent, partSize: 100_000)
    let corpus = try Corpus(paths: ["-"], standardInput: pipe.readEnd, memoryLimit: memoryLimit)
    for _ in 0..<2 { #expect(try corpus.documents[0].bytes() == content(2_500_000)) }
    #expect(corpus.documents[0].fileOffset == 3)
  }

  @Test func aFolderOrNothingInItsPlace() throws {
    let folder = try TemporaryFolder()
    let descriptor = unsafe open(folder.path, O_RDONLY)
    #expect(throws: CorpusError.readFailed("standard input", reason: "Is a directory")) {
      try Corpus(paths: ["-"], standardInput: descriptor)
    }
    close(descriptor)
    #expect(throws: CorpusError.readFailed("standard input", reason: "Bad file descriptor")) {
      try Corpus(paths: ["-"], standardInput: -1)
    }
  }
}
