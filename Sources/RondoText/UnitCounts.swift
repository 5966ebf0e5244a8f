/// Counts the units of texts, and makes a vocabulary of what it counted.
struct UnitCounts {
  private var table = ByteStringTable()
  private var counts: [Int] = []
  private var asciiCounts = [Int](repeating: 0, count: 128)
  private var specialCounts: [SpecialToken: Int] = [:]

  /// Counts the unit `text[range]` once more.
  @inline(__always)
  mutating func add(_ text: [UInt8], in range: Range<Int>) {
    if range.count == 1, text[range.lowerBound] < 0x80 {
      asciiCounts[Int(text[range.lowerBound])] += 1
      return
    }
    let index = table.insert(text, in: range)
    if index == counts.count { counts.append(0) }
    counts[index] += 1
  }

  /// Counts a special token `occurrences` times more.
  mutating func add(_ special: SpecialToken, _ occurrences: Int = 1) {
    specialCounts[special, default: 0] += occurrences
  }

  /// Adds what another counted.
  mutating func add(_ other: UnitCounts) {
    for index in 0..<other.table.count {
      let unit = Array(other.table[index])
      let own = table.insert(unit, in: 0..<unit.count)
      if own == counts.count { counts.append(0) }
      counts[own] += other.counts[index]
    }
    for byte in asciiCounts.indices { asciiCounts[byte] += other.asciiCounts[byte] }
    for (special, count) in other.specialCounts { add(special, count) }
  }

  /// How often a token was counted.
  subscript(token: VocabularyEntry.Token) -> Int {
    switch token {
    case .special(let special):
      return specialCounts[special, default: 0]
    case .bytes(let bytes):
      if bytes.count == 1, bytes[0] < 0x80 { return asciiCounts[Int(bytes[0])] }
      return table.index(of: bytes, in: 0..<bytes.count).map { counts[$0] } ?? 0
    }
  }

  /// Special tokens first, in the order given, then the units by descending count, those of one count by
  /// ascending bytes. What is left out counts as `<unk>`.
  ///
  /// - Parameters:
  ///   - size: the most entries the vocabulary may have, special tokens included; nil for no limit.
  ///   - minimumCount: the least occurrences a unit needs.
  /// - Throws: `TextError.vocabularySizeTooSmall` or `.noEntries`.
  func vocabulary(
    specials: [SpecialToken], size: Int?, minimumCount: Int
  ) throws(TextError) -> Vocabulary {
    if let size, size <= specials.count {
      throw .vocabularySizeTooSmall(size: size, minimum: specials.count + 1)
    }
    let room = (size ?? Int.max) - specials.count

    var units: [(bytes: [UInt8], count: Int)] = []
    for (byte, count) in asciiCounts.enumerated() where count > 0 { units.append(([UInt8(byte)], count)) }
    for (index, count) in counts.enumerated() { units.append((Array(table[index]), count)) }
    units.sort { left, right in
      left.count != right.count ? left.count > right.count : left.bytes.lexicographicallyPrecedes(right.bytes)
    }
    let frequent = units.prefix { $0.count >= minimumCount }.count
    let kept = min(frequent, room)
    guard kept > 0 else { throw .noEntries }

    let leftOut = units[kept...].reduce(0) { $0 + $1.count }
    var entries = specials.map { special in
      let count = self[.special(special)]
      return VocabularyEntry(.special(special), count: special == .unknown ? count + leftOut : count)
    }
    entries += units[..<kept].map { VocabularyEntry(.bytes($0.bytes), count: $0.count) }
    return try Vocabulary(entries: entries)
  }
}
