import Foundation
import Rondo
import RondoText
import Testing

@Suite struct CorpusTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func texts(_ corpus: Corpus) throws -> [String] {
    try corpus.documents.map { String(decoding: try $0.bytes(), as: UTF8.self) }
  }

  // MARK: Files

  @Test func filesInTheOrderGivenWhateverTheirExtension() throws {
    let b = try folder.write("b.json", "bee")
    let a = try folder.write("a", "ay")
    let hidden = try folder.write(".c", "sea")
    let corpus = try Corpus(paths: [b, a, hidden])
    #expect(corpus.documents.map(\.name) == ["b.json", "a", ".c"])
    #expect(try texts(corpus) == ["bee", "ay", "sea"])
    #expect(corpus.skipped.isEmpty)
    #expect(corpus.byteCount == 8)
    #expect(corpus.name == "b")
  }

  @Test func everyByteIsKept() throws {
    let all: [UInt8] = Array(UInt8.min...UInt8.max) + [0, 0, 0x0D, 0x0A]
    let corpus = try Corpus(paths: [try folder.write("bytes.bin", all)])
    #expect(try corpus.documents[0].bytes() == all)
    #expect(corpus.documents[0].fileOffset == 0)
  }

  @Test func oneByteOrderMarkIsDropped() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let one = try folder.write("one.txt", mark + [0x61])
    let two = try folder.write("two.txt", mark + mark + [0x62])
    let inside = try folder.write("inside.txt", [0x63] + mark)
    let half = try folder.write("half.txt", [0xEF, 0xBB])
    let corpus = try Corpus(paths: [one, two, inside, half])
    #expect(
      try corpus.documents.map { try $0.bytes() } == [[0x61], mark + [0x62], [0x63] + mark, [0xEF, 0xBB]])
    #expect(corpus.documents.map(\.fileOffset) == [3, 3, 0, 0])
    #expect(corpus.byteCount == 1 + 4 + 4 + 2)
  }

  @Test func aLargeFileOfOneLine() throws {
    var content = [UInt8](repeating: UInt8(ascii: "x"), count: 50 << 20)
    content[12_345_678] = 0
    let corpus = try Corpus(paths: [try folder.write("large.txt", content)])
    #expect(try corpus.documents[0].bytes() == content)
    #expect(try corpus.location(ofByte: content.count - 1, inDocument: 0).line == 1)
  }

  @Test(arguments: [65_534, 65_535, 65_536, 65_537])
  func sizesAroundTheBuffer(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    #expect(try Corpus(paths: [try folder.write("a.txt", content)]).documents[0].bytes() == content)
  }

  @Test func aLinkToAFileIsRead() throws {
    try folder.write("real.txt", "text")
    let corpus = try Corpus(paths: [try folder.link("link.txt", to: "real.txt")])
    #expect(try texts(corpus) == ["text"])
    #expect(corpus.documents[0].name == "link.txt")
  }

  @Test func theSameFileIsReadOnce() throws {
    let file = try folder.write("texts/a.txt", "ay")
    try FileManager.default.linkItem(atPath: file, toPath: folder.path + "/hard.txt")
    let link = try folder.link("link.txt", to: "texts/a.txt")
    let corpus = try Corpus(paths: [
      file, file, folder.path + "/texts/../texts/a.txt", link, folder.path + "/hard.txt",
      folder.path + "/texts",
    ])
    #expect(corpus.documents.map(\.name) == ["a.txt"])
    #expect(
      corpus.skipped
        == ["a.txt", "a.txt", "link.txt", "hard.txt", "a.txt"].map {
          Corpus.Skipped(name: $0, reason: .alreadyRead)
        })
  }

  @Test func equalTextsInTwoFilesAreBothRead() throws {
    let corpus = try Corpus(paths: [try folder.write("a.txt", "same"), try folder.write("b.txt", "same")])
    #expect(try texts(corpus) == ["same", "same"])
  }

  @Test func anEmptyFileAmongOthersIsSkipped() throws {
    let empty = try folder.write("empty.txt", "")
    let mark = try folder.write("mark.txt", [0xEF, 0xBB, 0xBF])
    let corpus = try Corpus(paths: [empty, try folder.write("a.txt", "ay"), mark])
    #expect(corpus.documents.map(\.name) == ["a.txt"])
    #expect(
      corpus.skipped == [.init(name: "empty.txt", reason: .empty), .init(name: "mark.txt", reason: .empty)])
    #expect(corpus.name == "empty", "the name is that of the first path, read or not")
  }

  // MARK: Folders

  @Test func aFolderIsReadInTheOrderOfBytes() throws {
    // An e with an accent of its own is two scalars: bytes put it before f, String's order after z.
    let accent = "e\u{301}a.txt"
    let scrambled = [
      "f.txt", accent, "b.txt", "a/z.txt", "a.txt", "Z.txt", "a-b/c.md", "é.txt", "a/b/c.TXT", "a/b.text",
    ]
    for name in scrambled {
      try folder.write(name, name)
    }
    let corpus = try Corpus(paths: [folder.path + "/"])
    let order = [
      "Z.txt", "a-b/c.md", "a.txt", "a/b.text", "a/b/c.TXT", "a/z.txt", "b.txt", accent, "f.txt", "é.txt",
    ]
    #expect(corpus.documents.map { Array($0.name.utf8) } == order.map { Array($0.utf8) })
    #expect(try texts(corpus) == order)
    #expect(corpus.name == URL(fileURLWithPath: folder.path).lastPathComponent)
    #expect(corpus.skipped.isEmpty)
  }

  @Test func everyListedExtensionCounts() throws {
    for (index, fileExtension) in Corpus.textExtensions.enumerated() {
      try folder.write("\(index + 10).\(fileExtension)", "x")
    }
    #expect(try Corpus(paths: [folder.path]).documents.count == Corpus.textExtensions.count)
  }

  @Test func whatIsSkippedIsSaidWithItsReason() throws {
    try folder.write("in/a.txt", "ay")
    try folder.write("in/.hidden.txt", "no")
    try folder.write("in/.git/b.txt", "no")
    try folder.write("in/picture.PNG", "no")
    try folder.write("in/README", "no")
    try folder.write("in/dot.", "no")
    try folder.write("in/image.txt", [0x61, 0x00])
    try folder.write("in/empty.txt", "")
    try folder.write("in/sub/deep.jpeg", "no")
    try folder.write("out/c.txt", "no")
    try folder.link("in/cycle", to: ".")
    try folder.link("in/elsewhere.txt", to: "../out")
    try folder.link("in/lost.txt", to: "nowhere")
    try folder.link("in/loop.txt", to: "loop.txt")
    try folder.link("in/twice.txt", to: "a.txt")
    try folder.link("in/wanted.txt", to: "../out/c.txt")
    #expect(unsafe mkfifo(folder.path + "/in/pipe.txt", 0o600) == 0)
    let corpus = try Corpus(paths: [folder.path + "/in"])
    #expect(corpus.documents.map(\.name) == ["a.txt", "wanted.txt"])
    let expected: [Corpus.Skipped] = [
      .init(name: ".git/", reason: .hidden),
      .init(name: ".hidden.txt", reason: .hidden),
      .init(name: "README", reason: .noExtension),
      .init(name: "cycle", reason: .linkToFolder),
      .init(name: "dot.", reason: .noExtension),
      .init(name: "elsewhere.txt", reason: .linkToFolder),
      .init(name: "empty.txt", reason: .empty),
      .init(name: "image.txt", reason: .binary),
      .init(name: "loop.txt", reason: .brokenLink),
      .init(name: "lost.txt", reason: .brokenLink),
      .init(name: "picture.PNG", reason: .otherExtension("png")),
      .init(name: "pipe.txt", reason: .special),
      .init(name: "sub/deep.jpeg", reason: .otherExtension("jpeg")),
      .init(name: "twice.txt", reason: .alreadyRead),
    ]
    #expect(corpus.skipped == expected)
    #expect(
      corpus.skipped.map(\.reason.description) == [
        "hidden", "hidden", "no extension", "a link to a folder", "no extension", "a link to a folder",
        "empty",
        "binary", "a link that leads nowhere", "a link that leads nowhere",
        "extension png is not taken for text",
        "neither file nor folder", "extension jpeg is not taken for text", "already read",
      ])
  }

  @Test func onlyTheFirstBytesTellWhatIsBinary() throws {
    let late = [UInt8](repeating: 0x61, count: 8192) + [0]
    let named = try folder.write("named.txt", [0x61, 0])
    try folder.write("in/late.txt", late)
    let corpus = try Corpus(paths: [named, folder.path + "/in"])
    #expect(try corpus.documents.map { try $0.bytes() } == [[0x61, 0], late])
    let binary = folder.path + "/binary"
    try folder.write("binary/early.txt", Array(late.dropFirst()))
    #expect(throws: CorpusError.binary(binary)) { try Corpus(paths: [binary]) }
    #expect(try Corpus(paths: [binary], anyBytes: true).byteCount == 8192)
  }

  @Test func aLinkToAFolderGivenByTheUserIsFollowed() throws {
    try folder.write("real/a.txt", "ay")
    let corpus = try Corpus(paths: [try folder.link("link", to: "real")])
    #expect(try texts(corpus) == ["ay"])
    #expect(corpus.name == "link")
  }

  @Test func aFolderNamedLikeATextIsWalked() throws {
    try folder.write("book.txt/chapter.txt", "one")
    #expect(try Corpus(paths: [folder.path]).documents.map(\.name) == ["book.txt/chapter.txt"])
  }

  #if os(Linux)
    @Test func aFileNameThatIsNotUTF8() throws {
      let bytes = (folder.path + "/caf").utf8.map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0xE9)]
      let suffix = ".txt".utf8.map { CChar(bitPattern: $0) } + [0]
      let descriptor = unsafe open(bytes + suffix, O_WRONLY | O_CREAT, 0o600)
      #expect(unsafe write(descriptor, "x", 1) == 1)
      close(descriptor)
      let corpus = try Corpus(paths: [folder.path])
      #expect(corpus.documents.map(\.name) == ["caf\u{FFFD}.txt"])
      #expect(try texts(corpus) == ["x"])
    }
  #endif

  // MARK: Errors

  @Test func noPaths() {
    #expect(throws: CorpusError.noPaths) { try Corpus(paths: []) }
  }

  @Test func notFound() throws {
    let file = try folder.write("a.txt", "ay")
    for path in [folder.path + "/missing.txt", file + "/below.txt", "", file + "\0hidden"] {
      #expect(throws: CorpusError.notFound(path)) { try Corpus(paths: [file, path]) }
    }
  }

  @Test func aLinkThatLeadsNowhere() throws {
    let link = try folder.link("lost.txt", to: "nowhere")
    #expect(throws: CorpusError.unreadable(link, reason: "it is a link that leads nowhere")) {
      try Corpus(paths: [link])
    }
  }

  @Test func aFolderWithoutText() throws {
    try folder.write("picture.png", "no")
    #expect(throws: CorpusError.noText(folder.path, extensions: Corpus.textExtensions)) {
      try Corpus(paths: [folder.path])
    }
  }

  @Test func allEmpty() throws {
    let file = try folder.write("in/a.txt", "")
    let folderPath = folder.path + "/in"
    #expect(throws: CorpusError.empty(file)) { try Corpus(paths: [file]) }
    #expect(throws: CorpusError.empty(folderPath)) { try Corpus(paths: [folderPath]) }
    #expect(throws: CorpusError.empty("/dev/null")) { try Corpus(paths: ["/dev/null"]) }
  }

  @Test func moreThanMemoryHolds() throws {
    // A file that claims far more than any machine has, and takes no room on the disk.
    let huge = try folder.write("huge.txt", "")
    guard unsafe truncate(huge, 1 << 43) == 0 else { return }
    let document = try Corpus(paths: [huge]).documents[0]
    #expect(document.byteCount == 1 << 43)
    #expect(
      throws: CorpusError.unreadable("huge.txt", reason: "its \(1 << 43) bytes do not fit into memory")
    ) {
      try document.bytes()
    }
    var reader = try document.reader()
    #expect(try reader.read(5) == [0, 0, 0, 0, 0])
  }

  @Test func readsPartByPart() throws {
    let file = try folder.write("a.txt", [0xEF, 0xBB, 0xBF] + Array("abcdefg".utf8))
    for corpus in [try Corpus(paths: [file]), Corpus(texts: [("a", "\u{FEFF}abcdefg")])] {
      var reader = try corpus.documents[0].reader()
      for part in ["abc", "def", "g", "", ""] { #expect(try reader.read(3) == Array(part.utf8)) }
    }
  }

  @Test func aFileThatChanges() throws {
    let file = try folder.write("a.txt", "abcdefg")
    let document = try Corpus(paths: [file]).documents[0]
    // Of the same size, and written at another time.
    var times = [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)]
    #expect(unsafe utimes(file, &times) == 0)
    #expect(throws: CorpusError.changed(file)) { try document.bytes() }

    var reader = try Corpus(paths: [file]).documents[0].reader()
    #expect(try reader.read(3) == Array("abc".utf8))
    try folder.write("a.txt", "abcdefgh")
    #expect(throws: CorpusError.changed(file)) { try reader.read(3) }

    let gone = try Corpus(paths: [file]).documents[0]
    try FileManager.default.removeItem(atPath: file)
    #expect(throws: CorpusError.changed(file)) { try gone.bytes() }
    try folder.write("a.txt", "abcdefgh")
    #expect(throws: CorpusError.changed(file)) { try gone.bytes() }
  }

  #if os(Linux)
    @Test func readingFails() {
      #expect(throws: CorpusError.readFailed("/proc/self/mem", reason: "Input/output error")) {
        try Corpus(paths: ["/proc/self/mem"])
      }
    }

    @Test func aFileThatClaimsToBeEmpty() throws {
      let corpus = try Corpus(paths: ["/proc/self/status"])
      #expect(try String(decoding: corpus.documents[0].bytes(), as: UTF8.self).contains("VmRSS"))
    }

    @Test func withoutPermission() throws {
      let file = try folder.write("in/a.txt", "ay")
      let sub = try folder.write("other/sub/b.txt", "bee")
      let locked = folder.path + "/other/sub"
      #expect(unsafe chmod(file, 0) == 0)
      #expect(unsafe chmod(locked, 0) == 0)
      defer { _ = unsafe chmod(locked, 0o700) }
      let denied = "Permission denied"
      let found = asNobody {
        [[file], [folder.path + "/in"], [folder.path + "/other"], [sub]].map { paths in
          Result { () throws(CorpusError) in try Corpus(paths: paths).byteCount }
        }
      }
      #expect(
        found == [
          .failure(.unreadable(file, reason: denied)), .failure(.unreadable(file, reason: denied)),
          .failure(.unreadable(locked, reason: denied)), .failure(.unreadable(sub, reason: denied)),
        ])
    }

    /// Runs a body without root's right to read everything; the change holds for this thread alone.
    private func asNobody<T>(_ body: () -> T) -> T {
      guard geteuid() == 0 else { return body() }
      let setfsuid = unsafe unsafeBitCast(dlsym(nil, "setfsuid"), to: (@convention(c) (UInt32) -> Int32).self)
      _ = setfsuid(65534)
      defer { _ = setfsuid(0) }
      return body()
    }
  #endif

  // MARK: Places, names

  @Test func placesInDocuments() throws {
    let one = try folder.write("one.txt", [0xEF, 0xBB, 0xBF] + Array("ab\ncd".utf8))
    let two = try folder.write("two.txt", "\n\nx")
    let corpus = try Corpus(paths: [one, two])
    let first = try corpus.location(ofByte: 3, inDocument: 0)
    #expect(first.document == 0 && first.name == "one.txt" && first.fileOffset == 6 && first.line == 2)
    #expect(try corpus.location(ofByte: 2, inDocument: 0).line == 1)
    #expect(try corpus.location(ofByte: 5, inDocument: 0).line == 2, "the end of the file")
    #expect(try corpus.location(ofByte: 2, inDocument: 1).line == 3)
    #expect(
      try corpus.locating(.invalidUTF8(offset: 3), inDocument: 0) as? CorpusError
        == .notUTF8(name: "one.txt", offset: 6, line: 2))
    #expect(
      try corpus.locating(.invalidUTF8(offset: 3), inDocument: 1) as? CorpusError
        == .notUTF8(name: "two.txt", offset: 3, line: 3))
    #expect(
      try corpus.locating(.noPlaceToCut(offset: 3, byteCount: 8 << 20), inDocument: 1) as? CorpusError
        == .noPlaceToCut(name: "two.txt", byteCount: 8 << 20, offset: 3, line: 3))
    #expect(try corpus.locating(.noEntries, inDocument: 0) as? TextError == .noEntries)
  }

  @Test func namesTheDocumentThatIsNoText() throws {
    let corpus = Corpus(texts: [("a.txt", "ab\ncd"), ("b.txt", "x\nyz")])
    #expect(try corpus.mapDocuments { $0.byteCount } == [5, 4])
    #expect(throws: CorpusError.notUTF8(name: "b.txt", offset: 3, line: 2)) {
      try corpus.mapDocuments { document in
        if document.name == "b.txt" { throw TextError.invalidUTF8(offset: 3) }
      }
    }
    #expect(throws: TextError.noEntries) {
      try corpus.mapDocuments { _ -> Int in throw TextError.noEntries }
    }
  }

  @Test(arguments: [
    ("a.b.txt", "a.b"), ("plain", "plain"), (".hidden", "hidden"), ("...", "corpus"), ("a.", "a."),
    ("sub/a.txt", "a"), ("", "corpus"), ("..a.txt", "a"),
  ])
  func nameOfTheCorpus(first: String, name: String) {
    #expect(Corpus(texts: [(first, "x"), ("other.txt", "y")]).name == name)
  }

  @Test func nameOfAFolderThatIsCalledByDots() throws {
    try folder.write("novels/sub/a.txt", "ay")
    #expect(try Corpus(paths: [folder.path + "/novels/."]).name == "novels")
    #expect(try Corpus(paths: [folder.path + "/novels/sub/.."]).name == "novels")
  }

  @Test func textsInMemory() throws {
    let corpus = Corpus(texts: [("a", "\u{FEFF}ay"), ("none", ""), ("b", "bee")])
    #expect(corpus.documents.map(\.name) == ["a", "b"])
    #expect(try corpus.documents.map { try $0.bytes() } == [Array("ay".utf8), Array("bee".utf8)])
    #expect(corpus.skipped == [.init(name: "none", reason: .empty)])
    #expect(Corpus(texts: []).documents.isEmpty)
  }
}
