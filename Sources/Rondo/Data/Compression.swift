/// The ways of compressing a file that can be undone, where the package was built with the trait of that name.
enum Compression: String, CaseIterable {
  case gzip = "Gzip"
  case zstd = "Zstd"

  /// What a file begins with says how it is compressed; nil for a file that is not.
  init?(_ beginning: [UInt8]) {
    guard let found = Self.allCases.first(where: { beginning.starts(with: $0.magic) }) else { return nil }
    self = found
  }

  /// RFC 1952, 2.3.1, with the one method there is; RFC 8878, 3.1.1.
  private var magic: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B, 0x08]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    }
  }

  /// What the names of such files end in.
  var fileExtension: String {
    switch self {
    case .gzip: "gz"
    case .zstd: "zst"
    }
  }

  /// What undoes it.
  ///
  /// - Throws: `CorpusError.needsTrait` where the package was built without.
  func unpacker(for name: String) throws(CorpusError) -> any Unpacker {
    switch self {
    case .gzip:
      #if Gzip
        return GzipUnpacker(name)
      #else
        throw .needsTrait(rawValue, name: name)
      #endif
    case .zstd:
      #if Zstd
        return ZstdUnpacker(name)
      #else
        throw .needsTrait(rawValue, name: name)
      #endif
    }
  }
}

/// Undoes a compression, part by part.
protocol Unpacker: AnyObject {
  /// Hands on what the next bytes were made of, in parts of a bounded size.
  ///
  /// - Throws: `CorpusError.damaged`, and what `receive` throws.
  func unpack(
    _ bytes: [UInt8], receiving receive: ([UInt8]) throws(CorpusError) -> Void
  ) throws(CorpusError)

  /// Says that nothing comes after.
  ///
  /// - Throws: `CorpusError.damaged` where the end is missing.
  func finish() throws(CorpusError)
}
