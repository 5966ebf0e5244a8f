/// The tokens a model knows, numbered from 0 without a gap.
///
/// Units are told apart by their bytes, never by canonical equivalence. Looking one up allocates nothing.
public struct Vocabulary: Sendable, Equatable {
  /// All entries; the index is the id.
  public let entries: [VocabularyEntry]

  private let table: ByteStringTable
  /// The id of string number `i` of the table.
  private let tableIDs: [UInt32]
  /// The ids of the one-byte units 0...127, or `none`.
  private let asciiIDs: [UInt32]
  private let specialIDs: [SpecialToken: UInt32]

  /// What stands for "no id" where an optional would cost time.
  static let none = UInt32.max

  /// Makes a vocabulary of entries in the order of their ids.
  ///
  /// - Throws: `TextError.duplicateEntry`, `.emptyEntry` or `.negativeCount`.
  public init(entries: [VocabularyEntry]) throws(TextError) {
    var table = ByteStringTable()
    var tableIDs: [UInt32] = []
    var asciiIDs = [UInt32](repeating: Self.none, count: 128)
    var specialIDs: [SpecialToken: UInt32] = [:]
    for (id, entry) in entries.enumerated() {
      guard entry.count >= 0 else { throw .negativeCount(id: id) }
      switch entry.token {
      case .special(let special):
        guard specialIDs.updateValue(UInt32(id), forKey: special) == nil else {
          throw .duplicateEntry(name: entry.token.name)
        }
      case .bytes(let bytes):
        guard let first = bytes.first else { throw .emptyEntry(id: id) }
        guard table.insert(bytes, in: 0..<bytes.count) == tableIDs.count else {
          throw .duplicateEntry(name: entry.token.name)
        }
        tableIDs.append(UInt32(id))
        if bytes.count == 1, first < 0x80 { asciiIDs[Int(first)] = UInt32(id) }
      }
    }
    self.entries = entries
    self.table = table
    self.tableIDs = tableIDs
    self.asciiIDs = asciiIDs
    self.specialIDs = specialIDs
  }

  /// The same entries with other counts, in the order of their ids.
  func withCounts(_ counts: [Int]) throws(TextError) -> Vocabulary {
    try Vocabulary(entries: zip(entries, counts).map { VocabularyEntry($0.token, count: $1) })
  }

  /// The same entries in the order that a vocabulary is built in: special tokens first, as they are, then the units by
  /// descending count, those of one count by ascending bytes.
  func ranked() throws(TextError) -> Vocabulary {
    var specials: [VocabularyEntry] = []
    var units: [(bytes: [UInt8], count: Int)] = []
    for entry in entries {
      switch entry.token {
      case .special: specials.append(entry)
      case .bytes(let bytes): units.append((bytes, entry.count))
      }
    }
    units.sort(by: UnitCounts.precedes)
    return try Vocabulary(
      entries: specials + units.map { VocabularyEntry(.bytes($0.bytes), count: $0.count) })
  }

  /// The number of entries, special tokens included (V).
  public var count: Int { entries.count }

  /// The id of a unit, or nil where the vocabulary does not have it. Special tokens are never found here.
  public func id(of bytes: [UInt8]) -> UInt32? {
    let id = id(of: bytes, in: 0..<bytes.count)
    return id == Self.none ? nil : id
  }

  /// The id of an entry, or nil where the vocabulary does not have it.
  public func id(of token: VocabularyEntry.Token) -> UInt32? {
    switch token {
    case .special(let special): id(of: special)
    case .bytes(let bytes): id(of: bytes)
    }
  }

  /// The id of a special token, or nil where the vocabulary does not have it.
  public func id(of special: SpecialToken) -> UInt32? { specialIDs[special] }

  /// The special tokens there are, in the order of their ids.
  public var specials: [SpecialToken] {
    specialIDs.sorted { $0.value < $1.value }.map(\.key)
  }

  /// The bytes of entry `id`; for a special token those of its name. Traps where `id` is not below `count`.
  public func bytes(of id: UInt32) -> [UInt8] {
    switch entries[Int(id)].token {
    case .special(let special): Array(special.rawValue.utf8)
    case .bytes(let bytes): bytes
    }
  }

  /// Vocabularies are equal when their entries are, counts included.
  public static func == (left: Vocabulary, right: Vocabulary) -> Bool { left.entries == right.entries }

  /// The id of the unit `text[range]`, or `none`.
  @inline(__always)
  func id(of text: [UInt8], in range: Range<Int>) -> UInt32 {
    guard let index = table.index(of: text, in: range) else { return Self.none }
    return tableIDs[index]
  }

  /// The id of the unit that is one ASCII character, or `none`.
  @inline(__always)
  func id(ofASCII byte: UInt8) -> UInt32 { asciiIDs[Int(byte)] }
}

/// A JSON list of entries.
extension Vocabulary: Codable {
  /// Writes the entries in the order of their ids.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(entries)
  }

  /// Reads a list of entries.
  ///
  /// - Throws: `DecodingError`, or what `init(entries:)` throws.
  public init(from decoder: any Decoder) throws {
    try self.init(entries: decoder.singleValueContainer().decode([VocabularyEntry].self))
  }
}
