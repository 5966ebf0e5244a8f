import Dispatch
import Foundation
import RondoText
import Testing

@testable import Rondo

struct TokenCacheTests {
  private typealias Phase = TrainingData.Progress.Phase

  private let folder: TemporaryFolder
  private let first: String
  private let second: String
  private var cache: TokenCache { TokenCache(folder: folder.path(of: "cache")) }

  init() throws {
    folder = try TemporaryFolder()
    first = try folder.write("texts/a.txt", String(repeating: "the fox ran\n", count: 50))
    second = try folder.write("texts/b.txt", String(repeating: "the crow flew\n", count: 40))
  }

  /// Data from the cache, and the bytes that were read for them, by what for.
  private func cached(
    _ paths: [String]? = nil, _ source: TrainingData.TokenizerSource = .built(TokenizerSettings()),
    fraction: Double = 0.25, validation: [String]? = nil
  ) throws -> (data: TrainingData, origin: TokenCache.Outcome.Origin, damaged: [String], read: [Phase: Int]) {
    var read: [Phase: Int] = [:]
    let data = try TrainingData(
      Corpus(paths: paths ?? [first, second]), validation: validation.map { try Corpus(paths: $0) },
      tokenizer: source, validationFraction: fraction, cache: cache
    ) { read[$0.phase] = $0.bytes }
    let outcome = try #require(data.cacheOutcome)
    #expect(FileManager.default.fileExists(atPath: outcome.path))
    return (data, outcome.origin, outcome.damaged, read)
  }

  private func expectSame(_ one: TrainingData, _ other: TrainingData) throws {
    #expect(one.tokenizer == other.tokenizer)
    #expect(one.documentNames == other.documentNames)
    #expect(one.unknownCount == other.unknownCount)
    #expect(one.trainingDocumentCount == other.trainingDocumentCount)
    #expect(one.digest == other.digest)
    for (stream, otherStream) in [(one.training, other.training), (one.validation, other.validation)] {
      #expect(
        try stream.tokens(0..<stream.count) == otherStream.tokens(0..<otherStream.count))
    }
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: cache.folder)) ?? []).sorted()
  }
  private func file(_ kind: String) throws -> String {
    "cache/" + (try #require(names.first { $0.hasSuffix(kind) }))
  }
  private func touch(_ path: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
  }

  @Test func findsFilesWithoutReadingThem() throws {
    let made = try cached()
    let size = 50 * 12 + 40 * 14
    #expect(made.origin == .made && made.read == [.counting: size, .encoding: size])
    #expect(names.map { $0.drop { $0 != "." } } == [".entry", ".tokens"])
    for fraction in [0.25, 0.5, 0] {
      let found = try cached(fraction: fraction)
      #expect(found.origin == .foundByFiles && found.damaged == [])
      #expect(found.read == [.checking: 2 * (size + 3)])
      try expectSame(
        found.data, TrainingData(Corpus(paths: [first, second]), validationFraction: fraction))
    }
  }

  @Test func warnsAgainOfWhatItFinds() throws {
    try folder.write("texts/a.txt", "\u{FFFD}\u{FFFD}\u{FFFD}")
    for origin in [TokenCache.Outcome.Origin.made, .foundByFiles] {
      let cached = try cached()
      #expect(cached.origin == origin)
      #expect(
        cached.data.warnings == [.replacementCharacters(documents: ["a.txt"], count: 3, byteCount: 9)])
    }
  }

  @Test func findsTheSameContentInOtherFiles() throws {
    _ = try cached()
    try touch(second)
    let found = try cached()
    #expect(found.origin == .foundByContent)
    #expect(found.read[.comparing] == 40 * 14, "the other file is known")
    #expect(found.read[.encoding] == nil)
    #expect(try cached().origin == .foundByFiles)
    let copies = try ["c.txt", "d.txt"].map {
      try folder.write("copies/" + $0, folder.bytes(of: "texts/" + ($0 == "c.txt" ? "a.txt" : "b.txt")))
    }
    let copied = try cached(copies)
    #expect(copied.origin == .foundByContent && copied.read[.comparing] == 50 * 12 + 40 * 14)
    #expect(copied.data.documentNames == ["c.txt", "d.txt"])
    #expect(names.count == 2)
  }

  @Test func anEditedFileIsAnotherText() throws {
    _ = try cached()
    try folder.write("texts/b.txt", String(repeating: "the crow flow\n", count: 40))
    let edited = try cached()
    #expect(edited.origin == .made && names.count == 4)
    try expectSame(edited.data, TrainingData(Corpus(paths: [first, second]), validationFraction: 0.25))
    // The one before is still there.
    try folder.write("texts/b.txt", String(repeating: "the crow flew\n", count: 40))
    #expect(try cached().origin == .foundByContent)
    #expect(try cached([second, first]).origin == .made, "another order")
    #expect(try cached([first]).origin == .made)
  }

  @Test func anotherTokenizerIsAnotherEntry() throws {
    let data = try cached().data
    #expect(try cached(nil, .existing(data.tokenizer)).origin == .foundByFiles, "as when resuming")
    for settings in [
      TokenizerSettings(kind: .byte), TokenizerSettings(unknown: .bytes),
      TokenizerSettings(vocabularySize: 8), TokenizerSettings(minimumCount: 45),
      TokenizerSettings(normalizer: Normalizer(form: .nfkc)),
    ] {
      let other = try cached(nil, .built(settings))
      #expect(other.origin == .made)
      try expectSame(
        other.data,
        TrainingData(
          Corpus(paths: [first, second]), tokenizer: .built(settings), validationFraction: 0.25))
      #expect(try cached(nil, .built(settings)).origin == .foundByFiles)
      #expect(try cached(nil, .existing(other.data.tokenizer)).origin == .foundByFiles)
    }
  }

  @Test func settingsThatGiveTheSameTokenizerAreTwoEntries() throws {
    let settings = [TokenizerSettings(), TokenizerSettings(vocabularySize: 100)]
    let made = try settings.map { try cached(nil, .built($0)) }
    #expect(made.map(\.origin) == [.made, .made])
    #expect(made[0].data.tokenizer == made[1].data.tokenizer)
    for settings in settings + settings {
      #expect(try cached(nil, .built(settings)).origin == .foundByFiles)
    }
  }

  @Test func aTextToValidateOnIsPartOfIt() throws {
    let made = try cached([first], validation: [second])
    #expect(made.origin == .made)
    #expect(try cached([first, second]).origin == .made)
    let found = try cached([first], validation: [second])
    #expect(found.origin == .foundByFiles)
    try expectSame(made.data, found.data)
    #expect(found.data.unknownCount > 0)
  }

  @Test func whatWasKeptIsKnownByItsContent() throws {
    let wide = try folder.write("wide.txt", [0xFF, 0xFE] + "a text".utf8.flatMap { [$0, 0] })
    #expect(try cached([wide]).origin == .made)
    let found = try cached([wide])
    #expect(found.origin == .foundByContent && found.read[.comparing] == 6)
  }

  @Test func whatWasReadFromStandardInputOnceIsStillKnownByItsFile() throws {
    _ = try cached([first])
    let descriptor = try FileReading.openForReading(FilePath(first))
    defer { close(descriptor) }
    let corpus = try Corpus(paths: ["-"], standardInput: descriptor)
    let data = try TrainingData(corpus, validationFraction: 0.25, cache: cache)
    #expect(data.cacheOutcome?.origin == .foundByContent)
    #expect(try cached([first]).origin == .foundByFiles)
  }

  @Test(arguments: ["a bit of .entry", "a bit of .tokens", "the end of .entry", "the end of .tokens"])
  func nothingIsTakenFromADamagedEntry(damage: String) throws {
    _ = try cached()
    let file = try file(String(damage.drop { $0 != "." }))
    var bytes = try folder.bytes(of: file)
    if damage.hasPrefix("a bit") { bytes[bytes.count / 2] ^= 1 } else { bytes.removeLast() }
    try folder.write(file, bytes)
    let again = try cached()
    #expect(again.origin == .made && again.damaged == [folder.path(of: file)])
    try expectSame(again.data, TrainingData(Corpus(paths: [first, second]), validationFraction: 0.25))
    #expect(names.count == 2)
    #expect(try cached().origin == .foundByFiles)
  }

  @Test func anEntryWithoutTokensIsNone() throws {
    _ = try cached()
    try FileManager.default.removeItem(atPath: folder.path(of: file(".tokens")))
    #expect(try cached().origin == .made)
    #expect(try cached().origin == .foundByFiles)
    try FileManager.default.removeItem(atPath: folder.path(of: file(".entry")))
    #expect(try cached().origin == .made)
  }

  @Test func anEntryUnderTheNameOfAnotherIsNone() throws {
    _ = try cached()
    _ = try cached([first])
    let entries = try FileManager.default.contentsOfDirectory(atPath: cache.folder).filter {
      $0.hasSuffix(".entry")
    }
    let contents = try entries.map { try folder.bytes(of: "cache/" + $0) }
    for (name, content) in zip(entries, contents.reversed()) { try folder.write("cache/" + name, content) }
    for paths in [[first, second], [first]] {
      let again = try cached(paths)
      #expect(again.origin == .made && again.damaged == [])
    }
  }

  @Test func twoOrFourBytesForAToken() throws {
    let words = try folder.write("words.txt", (0..<70_000).map { "w\($0)\n" }.joined())
    for (path, width) in [(first, 2), (words, 4)] {
      let settings = TokenizerSettings(kind: .whitespace)
      _ = try cached([path], .built(settings))
      let found = try cached([path], .built(settings), fraction: 0)
      #expect(found.origin == .foundByFiles)
      let path = try #require(found.data.cacheOutcome?.path)
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      #expect(size == found.data.training.count * width)
      #expect(
        try found.data.training.tokens(0..<found.data.training.count).max()
          == Int32(found.data.tokenizer.vocabularySize - 1))
    }
  }

  @Test func aTextThatFailsLeavesNothing() throws {
    let bad = try folder.write("bad.txt", [UInt8](repeating: 0x61, count: 3_000_000) + [0xFF])
    #expect(throws: CorpusError.self) { try cached([bad]) }
    #expect(throws: CorpusError.self) { try cached([bad], .existing(cached().data.tokenizer)) }
    #expect(names.map { $0.drop { $0 != "." } } == [".entry", ".tokens"], "those of the sound text")
  }

  @Test func leftoversAreRemovedUnlessSomebodyWrites() throws {
    let leftover = try folder.write("cache/.new.tokens.tmp-1-1", "half of it")
    do {
      let lock = try FolderLock(cache.folder, isShared: true)
      _ = try cached()
      #expect(FileManager.default.fileExists(atPath: leftover))
      withExtendedLifetime(lock) {}
    }
    _ = try cached([first])
    #expect(!FileManager.default.fileExists(atPath: leftover))
    #expect(names.count == 4)
  }

  @Test func tokensWithoutADescriptionAreRemoved() throws {
    _ = try cached()
    // As it is between the two renames.
    try FileManager.default.removeItem(atPath: folder.path(of: file(".entry")))
    let tokens = try file(".tokens")
    _ = try cached([first])
    #expect(!FileManager.default.fileExists(atPath: folder.path(of: tokens)))
    #expect(names.count == 2)
  }

  @Test func filesOfOthersStay() throws {
    let name = "0123456789abcdef-0123456789abcdef"
    let others = [
      ".foo.tmp-1", ".model.safetensors.tmp-1-1", ".new.tokens.tmp-a", ".\(name).entry.tmp",
      "\(name)0.tokens",
      "new.tokens", "\(name).txt", "\(name.uppercased()).tokens",
    ]
    for other in others { try folder.write("cache/" + other, "not of the cache") }
    try folder.write("cache/.\(name).entry.tmp-7-2", "of the cache")
    _ = try cached()
    #expect(Set(names).isSuperset(of: others))
    #expect(names.count == others.count + 2)
  }

  @Test func severalAtOnce() throws {
    let plain = try TrainingData(Corpus(paths: [first, second]), validationFraction: 0.25)
    let results = Results()
    DispatchQueue.concurrentPerform(iterations: 6) { number in
      results.add(Result { try cached().data.digest })
    }
    #expect(try results.all.map { try $0.get() } == Array(repeating: plain.digest, count: 6))
    #expect(names.count == 2)
    try expectSame(plain, cached().data)
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var all: [Result<String, any Error>] = []

    func add(_ result: Result<String, any Error>) { lock.withLock { all.append(result) } }
  }
}
