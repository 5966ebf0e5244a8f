/// Numbers pairs of token ids 0, 1, 2 … in the order they come.
struct PairTable: Sendable {
  private struct Slot {
    var key: UInt64
    /// The number of the pair plus 1; 0: the slot is empty.
    var number: UInt32
  }

  /// Open addressing; the length is a power of two.
  private var slots = [Slot](repeating: Slot(key: 0, number: 0), count: 64)
  /// How many pairs there are.
  private(set) var count = 0

  /// The number of a pair, or nil.
  @inline(__always)
  func index(of pair: SubwordMerge) -> Int? {
    let number = slots[slot(of: pair.key)].number
    return number == 0 ? nil : Int(number) - 1
  }

  /// The number of a pair, which is added where it is new.
  @inline(__always)
  mutating func insert(_ pair: SubwordMerge) -> Int {
    let slot = slot(of: pair.key)
    if slots[slot].number != 0 { return Int(slots[slot].number) - 1 }
    count += 1
    slots[slot] = Slot(key: pair.key, number: UInt32(count))
    if count * 2 > slots.count { grow() }
    return count - 1
  }

  /// The slot that holds the pair, or the empty one it belongs into.
  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = slots.count - 1
    let hash = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: hash >> 32) & mask
    while slots[slot].number != 0, slots[slot].key != key { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(key: 0, number: 0), count: old.count * 2)
    for entry in old where entry.number != 0 { slots[slot(of: entry.key)] = entry }
  }
}
