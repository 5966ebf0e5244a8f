import Foundation
import Testing

@testable import Rondo

/// What becomes of files that are not UTF-8, or not text at all.
@Suite struct CorpusIntakeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func texts(_ corpus: Corpus) throws -> [String] {
    try corpus.documents.map { String(decoding: try $0.bytes(), as: UTF8.self) }
  }

  static let text = "aé漢👩\nlast"

  static func units<Unit: FixedWidthInteger>(_ units: some Sequence<Unit>, bigEndian: Bool) -> [UInt8] {
    units.flatMap { unit in
      unsafe withUnsafeBytes(of: bigEndian ? unit.bigEndian : unit.littleEndian) { unsafe Array($0) }
    }
  }

  /// The text in UTF-16 and UTF-32, without and with a byte-order mark.
  static func wide(_ text: String, bits: Int, bigEndian: Bool, mark: Bool) -> [UInt8] {
    let text = (mark ? "\u{FEFF}" : "") + text
    return bits == 16
      ? units(text.utf16, bigEndian: bigEndian)
      : units(text.unicodeScalars.map(\.value), bigEndian: bigEndian)
  }

  @Test(arguments: [16, 32], [true, false])
  func aByteOrderMarkNamesTheEncoding(bits: Int, bigEndian: Bool) throws {
    let bytes = Self.wide(Self.text, bits: bits, bigEndian: bigEndian, mark: true)
    try folder.write("in/a.txt", bytes)
    for options in [CorpusOptions(), CorpusOptions(encoding: "SHIFT_JIS", isStrict: true)] {
      let corpus = try Corpus(paths: [folder.path + "/in"], options: options)
      #expect(try texts(corpus) == [Self.text])
      #expect(corpus.byteCount == Self.text.utf8.count)
      #expect(corpus.documents[0].fileOffset == 0)
      let place = try corpus.location(ofByte: 12, inDocument: 0)
      #expect(place.line == 2 && place.fileOffset == 12)
    }
    #expect(try Corpus(paths: [folder.path + "/in"], anyBytes: true).documents[0].bytes() == bytes)
    let mark = try folder.write(
      "mark.txt", Self.wide("", bits: bits, bigEndian: bigEndian, mark: true))
    #expect(throws: CorpusError.empty(mark)) { try Corpus(paths: [mark]) }
  }

  @Test func aMarkIsThreeBytesWhereAnyBytesAreTaken() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let file = try folder.write("in/a.txt", mark + Array("text".utf8))
    let alone = try folder.write("in/b.txt", mark)
    let descriptor = try FileReading.openForReading(FilePath(file))
    defer { close(descriptor) }
    let corpus = try Corpus(paths: [folder.path + "/in", "-"], anyBytes: true, standardInput: descriptor)
    #expect(
      try corpus.documents.map { try $0.bytes() } == [
        mark + Array("text".utf8), mark, mark + Array("text".utf8),
      ])
    #expect(corpus.documents.allSatisfy { $0.fileOffset == 0 })
    #expect(throws: CorpusError.empty(alone)) { try Corpus(paths: [alone]) }
  }

  /// Longer than all parts in which something is read or converted, and with characters across their ends.
  @Test(arguments: [1, 40_000_000])
  func muchIsConvertedPartByPart(memoryLimit: Int) throws {
    let long = String(repeating: "x漢👩 é\n", count: 100_000)
    for mark in [true, false] {
      let file = try folder.write("a.txt", Self.wide(long, bits: 16, bigEndian: true, mark: mark))
      let other = try folder.write("b.txt", Self.wide("sm\u{F6}l", bits: 16, bigEndian: false, mark: true))
      let corpus = try Corpus(
        paths: [file, other, file, "/dev/null"], options: CorpusOptions(encoding: mark ? nil : "UTF-16BE"),
        standardInput: 0, memoryLimit: memoryLimit)
      #expect(try texts(corpus) == [long, "smöl"])
      #expect(corpus.skipped.map(\.reason) == [.alreadyRead, .empty])
    }
  }

  @Test func whatUTF16CannotBeIsNamed() throws {
    // A high surrogate without its half, a low one alone, half a unit, half a pair.
    let cases: [(bytes: [UInt8], offset: Int)] = [
      ([0xFF, 0xFE, 0x61, 0, 0x3D, 0xD8, 0x61, 0], 4), ([0xFE, 0xFF, 0, 0x61, 0xDC, 0x69, 0, 0x61], 4),
      ([0xFF, 0xFE, 0x61, 0, 0x62], 4), ([0xFF, 0xFE, 0x61, 0, 0x62, 0, 0x3D, 0xD8], 6),
    ]
    for (bytes, offset) in cases {
      let file = try folder.write("a.txt", bytes)
      let encoding = bytes[0] == 0xFF ? "UTF-16LE" : "UTF-16BE"
      #expect(throws: CorpusError.undecodable(name: "a.txt", encoding: encoding, offset: offset)) {
        try Corpus(paths: [file])
      }
    }
  }

  @Test func theOptionNamesTheEncodingOfWhatHasNoMark() throws {
    let sjis: [UInt8] = [0x8A, 0xBF, 0x8E, 0x9A]
    let file = try folder.write("a.txt", sjis)
    let marked = try folder.write("b.txt", [0xEF, 0xBB, 0xBF] + Array("漢".utf8))
    let options = CorpusOptions(encoding: "shift_jis")
    let corpus = try Corpus(paths: [file, marked], options: options)
    #expect(try texts(corpus) == ["漢字", "漢"])
    #expect(corpus.documents.map(\.fileOffset) == [0, 3])
    #expect(try Corpus(paths: [file], options: options, anyBytes: true).documents[0].bytes() == sjis)
    // It has states; what ends in another one than it begins with has to be ended.
    let jis = try folder.write("c.txt", [0x1B, 0x24, 0x42, 0x34, 0x41, 0x3B, 0x7A])
    #expect(try texts(Corpus(paths: [jis], options: CorpusOptions(encoding: "ISO-2022-JP"))) == ["漢字"])
    let latin = try folder.write("d.txt", [0x66, 0xFC, 0x72, 0x80])
    #expect(try texts(Corpus(paths: [latin], options: CorpusOptions(encoding: "CP1252"))) == ["für€"])
    let plain = try folder.write("e.txt", "漢")
    #expect(try texts(Corpus(paths: [plain], options: CorpusOptions(encoding: "Utf-8"))) == ["漢"])
  }

  @Test func whatTheEncodingDoesNotHaveIsNamed() throws {
    let file = try folder.write("a.txt", [0x61, 0x62, 0x8A, 0xBF, 0xFF, 0x61])
    #expect(throws: CorpusError.undecodable(name: "a.txt", encoding: "SHIFT_JIS", offset: 4)) {
      try Corpus(paths: [file], options: CorpusOptions(encoding: "SHIFT_JIS"))
    }
    let cut = try folder.write("b.txt", [0x61, 0x8A])
    #expect(throws: CorpusError.undecodable(name: "b.txt", encoding: "SHIFT_JIS", offset: 1)) {
      try Corpus(paths: [cut], options: CorpusOptions(encoding: "SHIFT_JIS"))
    }
  }

  @Test(arguments: ["klingon", "", "LATIN1//IGNORE", "UTF-8//TRANSLIT", "LATIN1\0"])
  func anEncodingNobodyKnows(name: String) {
    #expect(throws: CorpusError.unknownEncoding(name)) {
      try Corpus(paths: ["/nowhere.txt"], options: CorpusOptions(encoding: name))
    }
  }

  @Test func zerosAreNoSignWhereTheEncodingHasThem() throws {
    try folder.write("in/a.txt", Self.wide("plain", bits: 16, bigEndian: false, mark: false))
    let path = folder.path + "/in"
    #expect(throws: CorpusError.binary(path)) { try Corpus(paths: [path]) }
    #expect(throws: CorpusError.binary(path)) {
      try Corpus(paths: [path], options: CorpusOptions(encoding: "CP1252"))
    }
    #expect(try texts(Corpus(paths: [path], options: CorpusOptions(encoding: "UTF-16LE"))) == ["plain"])
  }

  // MARK: Files in folders that cannot be decoded

  @Test func oneBadFileInAFolderIsSkipped() throws {
    let bad = try folder.write("in/b.txt", Array("one\ntwo ".utf8) + [0xFC] + Array("r\n".utf8))
    try folder.write("in/a.txt", "ay")
    try folder.write("in/c.txt", [0xFF, 0xFE, 0x61])
    try folder.write("in/d.txt", [UInt8](repeating: 0x0A, count: 1_000_000) + [0xC3])
    let path = folder.path + "/in"
    let error = CorpusError.notUTF8(name: "b.txt", offset: 8, line: 2)
    let corpus = try Corpus(paths: [path])
    #expect(try texts(corpus) == ["ay"])
    #expect(
      corpus.skipped == [
        .init(name: "b.txt", reason: .undecodable(error)),
        .init(
          name: "c.txt", reason: .undecodable(.undecodable(name: "c.txt", encoding: "UTF-16LE", offset: 2))),
        .init(
          name: "d.txt", reason: .undecodable(.notUTF8(name: "d.txt", offset: 1_000_000, line: 1_000_001))),
      ])
    // Who names it wants it, and who is strict wants all.
    let named = try Corpus(paths: [bad])
    #expect(try named.locating(.invalidUTF8(offset: 8), inDocument: 0) as? CorpusError == error)
    #expect(throws: CorpusError.undecodable(name: "c.txt", encoding: "UTF-16LE", offset: 2)) {
      try Corpus(paths: [path], options: CorpusOptions(isStrict: true))
    }
    #expect(try Corpus(paths: [path], anyBytes: true).documents.count == 4)
    // A mark and what is across the ends of parts are no reason.
    try folder.write(
      "sound/a.txt", [0xEF, 0xBB, 0xBF] + Array(String(repeating: "漢字かな", count: 100_000).utf8))
    let sound = try Corpus(paths: [folder.path + "/sound"])
    #expect(sound.byteCount == 1_200_000 && sound.skipped.isEmpty && sound.documents[0].fileOffset == 3)
  }

  @Test func nothingButBadFilesIsAnError() throws {
    try folder.write("in/b.txt", [0xFC])
    try folder.write("in/c.txt", "")
    #expect(throws: CorpusError.notUTF8(name: "b.txt", offset: 0, line: 1)) {
      try Corpus(paths: [folder.path + "/in"])
    }
  }
}
