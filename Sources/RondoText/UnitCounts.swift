/// Counts the units of texts, and makes a vocabulary of what it counted.
struct UnitCounts {
  private var table = ByteStringTable()
  private var counts: [Int] = []
  private var asciiCounts = [Int](repeating: 0, count: 128)
  private var specialCounts: [SpecialToken: Int] = [:]

  /// Counts the unit `text[range]` so often more.
  @inline(__always)
  mutating func add(_ text: [UInt8], in range: Range<Int>, _ occurrences: Int = 1) {
    if range.count == 1, text[range.lowerBound] < 0x80 {
      asciiCounts[Int(text[range.lowerBound])] += occurrences
      return
    }
    let index = table.insert(text, in: range)
    if index == counts.count { counts.append(0) }
    counts[index] += occurrences
  }

  /// Counts a special token `occurrences` times more.
  mutating func add(_ special: SpecialToken, _ occurrences: Int = 1) {
    specialCounts[special, default: 0] += occurrences
  }

  /// How many different units there are, but for ASCII characters.
  var unitCount: Int { table.count }

  /// Moves the units out of memory, but for ASCII characters.
  ///
  /// - Throws: what the store of `runs` throws.
  mutating func move(to runs: UnitRuns) throws {
    let moved = self
    (table, counts) = (ByteStringTable(), [])
    try runs.append(moved.table.ascending().lazy.map { (Array(moved.table[$0]), moved.counts[$0]) })
  }

  /// Adds the units that are counted most often.
  ///
  /// - Parameters:
  ///   - runs: has no ASCII characters.
  ///   - room: how many to add; of several with one count the first by ascending bytes.
  ///   - leaveOut: takes the others.
  /// - Throws: what the store of `runs` throws.
  mutating func add(
    _ runs: UnitRuns, most room: Int,
    leavingOut leaveOut: (_ unit: [UInt8], _ count: Int, inout UnitCounts) -> Void
  ) throws {
    var frequencies: [Int: Int] = [:]
    try runs.forEach { frequencies[$1, default: 0] += 1 }
    // Units of a higher count are added, and of this one so many as there is room for.
    var least = 0
    var room = room
    for (count, units) in frequencies.sorted(by: { $0.key > $1.key }) {
      guard units <= room else {
        least = count
        break
      }
      room -= units
    }
    try runs.forEach { unit, count in
      if count > least || count == least && room > 0 {
        if count == least { room -= 1 }
        add(unit, in: unit.indices, count)
      } else {
        leaveOut(unit, count, &self)
      }
    }
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
  ///   - required: units that are entries however seldom they are: bytes, with which what is left out is spelled then.
  ///   - size: the most entries the vocabulary may have, special tokens included; nil for no limit.
  ///   - minimumCount: the least occurrences a unit needs.
  /// - Throws: `TextError.vocabularySizeTooSmall` or `.noEntries`.
  func vocabulary(
    specials: [SpecialToken], required: [[UInt8]] = [], size: Int?, minimumCount: Int
  ) throws(TextError) -> Vocabulary {
    let least = max(specials.count + required.count, specials.count + 1)
    if let size, size < least { throw .vocabularySizeTooSmall(size: size, minimum: least) }
    let room = (size ?? Int.max) - specials.count - required.count

    let isRequired = Set(required)
    var units = all.filter { !isRequired.contains($0.bytes) }
    units.sort(by: Self.precedes)
    let kept = min(units.prefix { $0.count >= minimumCount }.count, room)
    guard kept + required.count > 0 else { throw .noEntries }

    var spelled = self
    for unit in units[kept...] where !required.isEmpty {
      for index in unit.bytes.indices { spelled.add(unit.bytes, in: index..<index + 1, unit.count) }
    }
    let leftOut = units[kept...].reduce(0) { $0 + $1.count }
    var chosen = units[..<kept] + required.map { (bytes: $0, count: spelled[.bytes($0)]) }
    chosen.sort(by: Self.precedes)
    var entries = specials.map { special in
      let count = self[.special(special)]
      return VocabularyEntry(.special(special), count: special == .unknown ? count + leftOut : count)
    }
    entries += chosen.map { VocabularyEntry(.bytes($0.bytes), count: $0.count) }
    return try Vocabulary(entries: entries)
  }

  /// All units and their counts, in no order, made one by one.
  var all: some Sequence<(bytes: [UInt8], count: Int)> {
    (0..<asciiCounts.count + counts.count).lazy
      .map { index in
        let number = index - asciiCounts.count
        return number < 0
          ? (bytes: [UInt8(index)], count: asciiCounts[index])
          : (bytes: Array(table[number]), count: counts[number])
      }
      .filter { $0.count > 0 }
  }

  /// The order of a vocabulary's units: by descending count, then by ascending bytes.
  static func precedes(_ left: (bytes: [UInt8], count: Int), _ right: (bytes: [UInt8], count: Int)) -> Bool {
    left.count != right.count ? left.count > right.count : left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
