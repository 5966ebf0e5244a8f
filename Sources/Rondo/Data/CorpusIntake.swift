#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import RondoText

/// Opens what a survey found, looks at its first bytes, and makes documents of it. A file in UTF-8 stays where it is; what
/// comes from a pipe or has to be converted is kept, all of it together in one spool.
struct CorpusIntake: ~Copyable {
  /// A document to be: the spool is not there yet.
  private struct Content {
    var name: String
    var place: Place
    var hasMark: Bool

    enum Place {
      case file(FilePath, pathText: String, FileStatus)
      case spool(Range<Int>)
    }
  }

  /// What is looked at to tell whether a file is binary.
  private static let beginningCount = 8192
  private static let partCount = 1 << 18

  private let encoding: String?
  private let isStrict: Bool
  private let anyBytes: Bool
  /// Whether a text in the encoding has bytes of zero, so that these say nothing.
  private let hasZeroBytes: Bool
  private var writer: SpoolWriter
  private var contents: [Content] = []
  private var skipped: [Corpus.Skipped] = []

  /// - Throws: `CorpusError.unknownEncoding`.
  init(_ options: CorpusOptions, anyBytes: Bool, memoryLimit: Int) throws(CorpusError) {
    let isUTF8 = options.encoding.map { ["utf-8", "utf8"].contains(FilePath.lowercased($0.utf8)) } ?? true
    encoding = isUTF8 ? nil : options.encoding
    if let encoding, CharacterDecoder(encoding) == nil { throw .unknownEncoding(encoding) }
    hasZeroBytes = encoding.map(CharacterDecoder.hasZeroBytes) ?? false
    isStrict = options.isStrict
    self.anyBytes = anyBytes
    writer = SpoolWriter(memoryLimit: memoryLimit)
  }

  /// Takes in one finding of a survey.
  ///
  /// - Parameter onBytes: told of each part that was read, how many bytes it had.
  /// - Throws: as `Corpus.init(paths:options:anyBytes:onProgress:)`.
  mutating func add(
    _ item: CorpusSurvey.Item, standardInput: Int32, onBytes: (Int) -> Void
  ) throws(CorpusError) {
    switch item.finding {
    case .skipped(let reason): skip(item, reason)
    case .standardInput: try read(item, from: standardInput, file: nil, onBytes)
    case .file(let path):
      let descriptor: Int32
      do { descriptor = try FileReading.openForReading(path) } catch {
        throw CorpusError(error, item.pathText)
      }
      defer { close(descriptor) }
      do {
        try read(item, from: descriptor, file: path, onBytes)
      } catch  where item.isInFolder && !isStrict && error.kind == .badData {
        skip(item, .undecodable(error))
      }
    }
  }

  /// The documents, in their order.
  consuming func finish() throws(CorpusError) -> (documents: [Corpus.Document], skipped: [Corpus.Skipped]) {
    let (contents, skipped) = (contents, skipped)
    let spool = try writer.finish()
    let documents = contents.map { content in
      switch content.place {
      case .file(let path, let pathText, let status):
        Corpus.Document(
          name: content.name, path: path, pathText: pathText, status: status, hasMark: content.hasMark)
      case .spool(let range):
        Corpus.Document(name: content.name, spool: spool, range: range, hasMark: content.hasMark)
      }
    }
    return (documents, skipped)
  }

  private mutating func skip(_ item: CorpusSurvey.Item, _ reason: Corpus.Skipped.Reason) {
    skipped.append(Corpus.Skipped(name: item.name, reason: reason))
  }

  private mutating func read(
    _ item: CorpusSurvey.Item, from descriptor: Int32, file path: FilePath?, _ onBytes: (Int) -> Void
  ) throws(CorpusError) {
    let status = try? FileStatus(descriptor: descriptor)
    var source = PartReader(descriptor, item.pathText)
    let beginning = try source.next(Self.beginningCount, onBytes)
    let isPacked = Compression(beginning) != nil
    let marked = ByteOrderMark.wide(beginning) != nil
    if item.isInFolder, !anyBytes, !isPacked, !marked, !hasZeroBytes, beginning.contains(0) {
      return skip(item, .binary)
    }
    let hasMark = !anyBytes && beginning.starts(with: ByteOrderMark.utf8)
    // A mark counts for more than the encoding that was named.
    let isUTF8 = anyBytes || hasMark || !marked && encoding == nil
    let check = item.isInFolder && !isStrict && !anyBytes ? UTF8Check() : nil
    guard let path, let status, status.kind == .file, status.byteCount > 0, !isPacked, isUTF8 else {
      do { return try keep(item, beginning, &source, check, onBytes) } catch CorpusError.binary {
        return skip(item, .binary)
      }
    }
    if let check { try Self.checkAll(item, beginning, &source, check, onBytes) }
    add(item, .file(path, pathText: item.pathText, status), count: status.byteCount, hasMark: hasMark)
  }

  /// Reads a file to its end that stays where it is.
  private static func checkAll(
    _ item: CorpusSurvey.Item, _ beginning: [UInt8], _ source: inout PartReader, _ check: UTF8Check,
    _ onBytes: (Int) -> Void
  ) throws(CorpusError) {
    var check = check
    var part = beginning
    while !part.isEmpty {
      try check.add(part, of: item.name)
      part = try source.next(partCount, onBytes)
    }
    try check.finish(of: item.name)
  }

  /// Converts what comes to its end, and keeps it. What was kept before an error was met is never read.
  ///
  /// - Throws: `CorpusError.binary` for a compressed file of a folder that is binary inside.
  private mutating func keep(
    _ item: CorpusSurvey.Item, _ beginning: [UInt8], _ source: inout PartReader, _ check: UTF8Check?,
    _ onBytes: (Int) -> Void
  ) throws(CorpusError) {
    let start = writer.count
    let looksForZeros = item.isInFolder && !anyBytes && !hasZeroBytes && Compression(beginning) != nil
    var check = check
    var mark: [UInt8] = []
    var converter = try TextConverter(
      name: item.name, beginning: beginning, encoding: encoding, anyBytes: anyBytes)
    func receive(_ text: [UInt8]) throws(CorpusError) {
      if looksForZeros, writer.count == start, text.prefix(Self.beginningCount).contains(0) {
        throw .binary(item.pathText)
      }
      if !anyBytes { mark += text.prefix(ByteOrderMark.utf8.count - mark.count) }
      try check?.add(text, of: item.name)
      try writer.append(text)
    }
    var part = beginning
    while !part.isEmpty {
      try converter.convert(part, receiving: receive)
      part = try source.next(Self.partCount, onBytes)
    }
    try converter.finish(receiving: receive)
    try check?.finish(of: item.name)
    add(
      item, .spool(start..<writer.count), count: writer.count - start, hasMark: mark == ByteOrderMark.utf8)
  }

  private mutating func add(_ item: CorpusSurvey.Item, _ place: Content.Place, count: Int, hasMark: Bool) {
    if count == (hasMark ? ByteOrderMark.utf8.count : 0) { return skip(item, .empty) }
    contents.append(Content(name: item.name, place: place, hasMark: hasMark))
  }
}

/// Reads a descriptor to its end.
private struct PartReader {
  private let descriptor: Int32
  private let pathText: String
  private var ended = false

  init(_ descriptor: Int32, _ pathText: String) {
    self.descriptor = descriptor
    self.pathText = pathText
  }

  /// The next bytes, which are told of; none at the end alone.
  mutating func next(_ count: Int, _ onBytes: (Int) -> Void) throws(CorpusError) -> [UInt8] {
    if ended { return [] }
    do {
      let part = try FileReading.part(from: descriptor, count: count)
      ended = part.ended
      onBytes(part.bytes.count)
      return part.bytes
    } catch {
      throw CorpusError(error, pathText)
    }
  }
}

extension UTF8Check {
  /// Takes the next bytes of a document.
  fileprivate mutating func add(_ part: [UInt8], of name: String) throws(CorpusError) {
    do { try add(part) } catch { throw .notUTF8(name: name, offset: error.offset, line: error.line) }
  }

  /// Says that the document has no more.
  fileprivate func finish(of name: String) throws(CorpusError) {
    do { try finish() } catch { throw .notUTF8(name: name, offset: error.offset, line: error.line) }
  }
}
