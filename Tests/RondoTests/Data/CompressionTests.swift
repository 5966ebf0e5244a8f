import Rondo
import Testing

/// Compressed files, as the traits of the package have them read.
@Suite struct CompressionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let text = Array("The fox ran over a hill, für immer.\n".utf8)

  /// The text, as gzip and zstd write it.
  static let gzip: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x0B, 0xC9, 0x48, 0x55, 0x48, 0xCB, 0xAF,
    0x50,
    0x28, 0x4A, 0xCC, 0x53, 0xC8, 0x2F, 0x4B, 0x2D, 0x52, 0x48, 0x54, 0xC8, 0xC8, 0xCC, 0xC9, 0xD1, 0x51,
    0x48,
    0x3B, 0xBC, 0xA7, 0x48, 0x21, 0x33, 0x37, 0x37, 0xB5, 0x48, 0x8F, 0x0B, 0x00, 0x39, 0x35, 0xD3, 0x2C,
    0x25,
    0x00, 0x00, 0x00,
  ]
  static let zstd: [UInt8] = [
    0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x68, 0x29, 0x01, 0x00, 0x54, 0x68, 0x65, 0x20, 0x66, 0x6F, 0x78, 0x20,
    0x72,
    0x61, 0x6E, 0x20, 0x6F, 0x76, 0x65, 0x72, 0x20, 0x61, 0x20, 0x68, 0x69, 0x6C, 0x6C, 0x2C, 0x20, 0x66,
    0xC3,
    0xBC, 0x72, 0x20, 0x69, 0x6D, 0x6D, 0x65, 0x72, 0x2E, 0x0A, 0x16, 0x3D, 0xA1, 0x55,
  ]

  /// Three million times the letter x, as zstd writes it: blocks that say what is repeated.
  static let manyWithZstd: [UInt8] =
    [
      0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x54, 0x00, 0x00, 0x10, 0x78, 0x78, 0x01, 0x00, 0xFB, 0xFF, 0x39,
      0xC0, 0x02,
    ] + (0..<21).flatMap { _ -> [UInt8] in [0x02, 0x00, 0x10, 0x78] } + [
      0x03, 0x36, 0x0E, 0x78, 0x90, 0x15, 0x4A, 0x72,
    ]

  /// All that holds for both.
  private func check(_ name: String, _ packed: [UInt8], damage: String) throws {
    let file = try folder.write("one/a.txt." + name, packed)
    let corpus = try Corpus(paths: [file])
    #expect(try corpus.documents[0].bytes() == Self.text)
    #expect(corpus.byteCount == Self.text.count && corpus.documents[0].name == "a.txt." + name)
    #expect(
      try Corpus(paths: [file], anyBytes: true).documents[0].bytes() == Self.text, "unpacked all the same")
    // In a folder the extension inside counts; the content says what it is.
    try folder.write("one/b." + name, packed)
    try folder.write("one/c.txt", packed + packed)
    let found = try Corpus(paths: [folder.path + "/one"])
    #expect(try found.documents.map { try $0.bytes() } == [Self.text, Self.text + Self.text])
    #expect(found.skipped == [.init(name: "b." + name, reason: .otherExtension(name))])

    // Whatever is cut off or changed is found, and what is not at its start is not skipped in silence.
    for count in [4, packed.count / 2, packed.count - 1] {
      let cut = try folder.write("cut", Array(packed.prefix(count)))
      #expect(
        throws: CorpusError.damaged(
          name: "cut", reason: "its \(name == "gz" ? "gzip" : "zstd") data end too early")
      ) {
        try Corpus(paths: [cut])
      }
    }
    var wrong = packed
    wrong[30] ^= 1
    let error = CorpusError.damaged(name: "two/d.txt", reason: damage)
    try folder.write("in/two/d.txt", wrong)
    try folder.write("in/e.txt", "fine")
    let rest = try Corpus(paths: [folder.path + "/in"])
    #expect(rest.documents.map(\.name) == ["e.txt"])
    #expect(rest.skipped == [.init(name: "two/d.txt", reason: .undecodable(error))])
    #expect(throws: error) {
      try Corpus(paths: [folder.path + "/in"], options: CorpusOptions(isStrict: true))
    }
  }

  #if Gzip
    @Test func gzipIsUnpacked() throws {
      try check("gz", Self.gzip, damage: "its gzip data are damaged")
      // Zeros after the last member are no part of it; other bytes are.
      let filled = try folder.write(
        "filled", Self.gzip + [UInt8](repeating: 0, count: 300_000) + Self.gzip + [0])
      #expect(try Corpus(paths: [filled]).byteCount == 2 * Self.text.count)
      let more = try folder.write("more", Self.gzip + [1])
      #expect(throws: CorpusError.self) { try Corpus(paths: [more]) }
    }

    @Test func whatIsInsideMayBeInAnotherEncoding() throws {
      // "für" in Latin-1, without compression; the length and its complement, then CRC-32 and length.
      let latin = try folder.write(
        "latin.txt.gz",
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 3, 0, 0xFC, 0xFF, 0x66, 0xFC, 0x72] + [
          0x21, 0xD0, 0x19, 0xB5, 3, 0, 0, 0,
        ])
      let corpus = try Corpus(paths: [latin], options: CorpusOptions(encoding: "LATIN1"))
      #expect(try corpus.documents[0].bytes() == Array("für".utf8))
      let plain = try Corpus(paths: [latin])
      #expect(
        try plain.locating(.invalidUTF8(offset: 1), inDocument: 0) as? CorpusError
          == .notUTF8(name: "latin.txt.gz", offset: 1, line: 1))
    }
  #else
    @Test func gzipNeedsATrait() throws {
      let file = try folder.write("a.txt.gz", Self.gzip)
      let error = CorpusError.needsTrait("Gzip", name: "a.txt.gz")
      #expect(throws: error) { try Corpus(paths: [file]) }
      try folder.write("b.txt", "fine")
      #expect(
        try Corpus(paths: [folder.path]).skipped == [.init(name: "a.txt.gz", reason: .undecodable(error))])
    }
  #endif

  #if Zstd
    @Test func zstdIsUnpacked() throws {
      try check("zst", Self.zstd, damage: "zstd says 'Restored data doesn't match checksum'")
    }

    @Test(arguments: [1, 40_000_000])
    func muchComesOfLittle(memoryLimit: Int) throws {
      let file = try folder.write("a.txt.zst", Self.zstd + Self.manyWithZstd + Self.zstd)
      let corpus = try Corpus(paths: [file], standardInput: 0, memoryLimit: memoryLimit)
      #expect(
        try corpus.documents[0].bytes() == Self.text + [UInt8](repeating: 0x78, count: 3_000_000) + Self.text)
    }
  #else
    @Test func zstdNeedsATrait() throws {
      let file = try folder.write("a.txt.zst", Self.zstd)
      #expect(throws: CorpusError.needsTrait("Zstd", name: "a.txt.zst")) { try Corpus(paths: [file]) }
    }
  #endif
}
