/// The merges of byte-pair encoding, by their ranks: of all pairs in a piece of text, the one that was learned first is
/// merged first, of several the leftmost.
struct MergeRules: Sendable {
  /// The rank of each pair is its number.
  private var ranks = PairTable()
  /// What comes of merging the pair of each rank.
  private var merged: [UInt32] = []

  private static let noRank = UInt32.max
  /// Longer pieces are merged with a heap, shorter ones by looking at all pairs for each merge.
  private static let longestSearched = 64

  /// - Throws: `TextError.mergeOfAbsentToken`, `.mergeWithoutEntry`, `.duplicateMerge`.
  init(_ merges: [SubwordMerge], in vocabulary: Vocabulary) throws(TextError) {
    for (index, merge) in merges.enumerated() {
      var joined: [UInt8] = []
      for id in [merge.left, merge.right] {
        guard id < vocabulary.count, case .bytes(let bytes) = vocabulary.entries[Int(id)].token else {
          throw .mergeOfAbsentToken(index: index, id: id)
        }
        joined += bytes
      }
      guard let id = vocabulary.id(of: joined) else {
        throw .mergeWithoutEntry(index: index, name: VocabularyEntry.Token.bytes(joined).name)
      }
      guard ranks.insert(merge) == index else { throw .duplicateMerge(index: index) }
      merged.append(id)
    }
  }

  /// Merges what `room.symbols` has.
  func merge(_ room: inout MergeRoom) {
    if room.symbols.count <= Self.longestSearched {
      mergeBySearch(&room)
    } else {
      mergeByHeap(&room)
    }
  }

  @inline(__always)
  private func rank(_ left: UInt32, _ right: UInt32) -> UInt32 {
    ranks.index(of: SubwordMerge(left, right)).map { UInt32(truncatingIfNeeded: $0) } ?? Self.noRank
  }

  private func mergeBySearch(_ room: inout MergeRoom) {
    var count = room.symbols.count
    guard count > 1 else { return }
    room.ranks.removeAll(keepingCapacity: true)
    for place in 0..<count - 1 { room.ranks.append(rank(room.symbols[place], room.symbols[place + 1])) }
    while true {
      var best = Self.noRank
      var place = 0
      for other in 0..<count - 1 where room.ranks[other] < best {
        best = room.ranks[other]
        place = other
      }
      guard best != Self.noRank else { break }
      room.symbols[place] = merged[Int(best)]
      count -= 1
      for other in place + 1..<max(count, place + 1) {
        room.symbols[other] = room.symbols[other + 1]
        room.ranks[other - 1] = room.ranks[other]
      }
      if place + 1 < count { room.ranks[place] = rank(room.symbols[place], room.symbols[place + 1]) }
      if place > 0 { room.ranks[place - 1] = rank(room.symbols[place - 1], room.symbols[place]) }
    }
    room.symbols.removeLast(room.symbols.count - count)
  }

  /// In a time that grows with n log n.
  private func mergeByHeap(_ room: inout MergeRoom) {
    let count = room.symbols.count
    // The pairs in the order of their ranks, then of their places: rank in the high half, place in the low.
    var heap = BinaryHeap<UInt64>()
    // The neighbours of each symbol that is not merged into the one before it, `count` and -1 where there is none.
    var next = Array(1...count)
    var previous = Array(-1..<count - 1)
    var isGone = [Bool](repeating: false, count: count)
    func push(_ left: Int, _ right: Int) {
      let rank = rank(room.symbols[left], room.symbols[right])
      if rank != Self.noRank { heap.push(UInt64(rank) << 32 | UInt64(left)) }
    }
    for place in 0..<count - 1 { push(place, place + 1) }
    while let top = heap.pop() {
      let place = Int(top & 0xFFFF_FFFF)
      let best = UInt32(top >> 32)
      let right = next[place]
      // The pair may have been taken apart since it was put there.
      guard !isGone[place], right < count, rank(room.symbols[place], room.symbols[right]) == best else {
        continue
      }
      room.symbols[place] = merged[Int(best)]
      isGone[right] = true
      next[place] = next[right]
      if next[place] < count {
        previous[next[place]] = place
        push(place, next[place])
      }
      if previous[place] >= 0 { push(previous[place], place) }
    }
    var kept = 0
    for place in 0..<count where !isGone[place] {
      room.symbols[kept] = room.symbols[place]
      kept += 1
    }
    room.symbols.removeLast(count - kept)
  }
}

/// Where a piece of text is merged.
struct MergeRoom {
  /// The tokens of the piece, from its bytes to what no merge is left for.
  var symbols: [UInt32] = []
  /// The rank of each pair of neighbours.
  fileprivate var ranks: [UInt32] = []
}
