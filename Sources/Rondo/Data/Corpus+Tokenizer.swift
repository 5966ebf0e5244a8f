import RondoText

extension Corpus {
  /// Makes a tokenizer of the units that the texts have, which are read once.
  ///
  /// - Parameters:
  ///   - threadCount: threads to use, at least 1. The result does not depend on it.
  ///   - onProgress: told now and then how far it is.
  /// - Throws: `CorpusError` for what is not UTF-8 or cannot be read, `TextError` where no vocabulary comes of it.
  package func tokenizer(
    _ settings: TokenizerSettings, threadCount: Int, onProgress: (TrainingData.Progress) -> Void = { _ in }
  ) throws -> Tokenizer {
    let builder = TokenizerBuilder(settings, threadCount: threadCount, store: SpoolStore())
    var progress = TrainingData.Progress(phase: .counting, bytes: 0, totalBytes: byteCount)
    _ = try mapDocuments { document in
      var reader = try document.reader()
      try builder.add { try reader.read($0, &progress, onProgress) }
    }
    return try builder.tokenizer()
  }

  /// How much of the texts, which are read once, a vocabulary knows, and what is odd about them.
  ///
  /// - Parameters:
  ///   - tokenizer: what cuts them.
  ///   - threadCount: threads to use, at least 1. The result does not depend on it.
  ///   - onProgress: told now and then how far it is.
  /// - Throws: `CorpusError` for what is not UTF-8 or cannot be read.
  package func coverage(
    by tokenizer: Tokenizer, threadCount: Int, onProgress: (TrainingData.Progress) -> Void = { _ in }
  ) throws -> (coverage: TextCoverage, warnings: [TextWarning]) {
    var coverage = TextCoverage()
    var progress = TrainingData.Progress(phase: .encoding, bytes: 0, totalBytes: byteCount)
    let findings = try mapDocuments { document in
      var reader = try document.reader()
      var check = DecodingCheck(for: tokenizer)
      try tokenizer.pieces(threadCount: threadCount) { count in
        let bytes = try reader.read(count, &progress, onProgress)
        check.add(bytes)
        return bytes
      } making: { pieces, normalized in
        var part = TextCoverage()
        part.add(pieces, of: normalized)
        return part
      } receiving: {
        coverage.add($0)
      }
      return check.finish()
    }
    return (coverage, TextWarning.all(documents.map(\.name), findings))
  }
}

/// Bytes in a temporary file, which is made when there are any.
private final class SpoolStore: ByteStore {
  private var file: SpoolFile?

  func append(_ bytes: [UInt8]) throws {
    let file = try file ?? SpoolFile()
    self.file = file
    try file.append(bytes)
  }

  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard let file else { return [] }
    var bytes = [UInt8](repeating: 0, count: range.count)
    try file.read(at: range.lowerBound, count: range.count, into: &bytes)
    return bytes
  }
}
