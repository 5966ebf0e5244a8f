/// Numbers byte strings 0, 1, 2 … in the order they come, and finds the number of one that stands inside a text
/// without copying it.
///
/// Swift's strings compare by canonical equivalence, so a table keyed by them would take different bytes for one.
package struct ByteStringTable: Sendable {
  private var bytes: [UInt8] = []
  /// Where string `i` begins in `bytes`; it ends where string `i + 1` begins.
  private var starts: [Int] = [0]
  private var hashes: [UInt32] = []
  /// Open addressing: the number of a string plus 1, or 0. The length is a power of two.
  private var slots: [UInt32] = [UInt32](repeating: 0, count: 64)

  package init() {}

  /// How many strings there are.
  package var count: Int { hashes.count }

  /// String number `index`.
  package subscript(index: Int) -> ArraySlice<UInt8> { bytes[starts[index]..<starts[index + 1]] }

  /// The number of the string that is `text[range]`, or nil.
  package func index(of text: [UInt8], in range: Range<Int>) -> Int? {
    let slot = slot(of: text, range, hash: Self.hash(text, range))
    return slots[slot] == 0 ? nil : Int(slots[slot]) - 1
  }

  /// The number of the string that is `text[range]`, which is added where it is new.
  package mutating func insert(_ text: [UInt8], in range: Range<Int>) -> Int {
    let hash = Self.hash(text, range)
    let slot = slot(of: text, range, hash: hash)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    bytes.append(contentsOf: text[range])
    starts.append(bytes.count)
    hashes.append(hash)
    slots[slot] = UInt32(count)
    if count * 2 > slots.count { grow() }
    return count - 1
  }

  /// The numbers of the strings by ascending bytes.
  func ascending() -> [Int] {
    // Most strings differ in their first 8 bytes.
    var keys = (0..<count).map { index in (prefix: prefix(of: index), index: UInt32(index)) }
    keys.sort { left, right in
      left.prefix != right.prefix
        ? left.prefix < right.prefix
        : self[Int(left.index)].lexicographicallyPrecedes(self[Int(right.index)])
    }
    return keys.map { Int($0.index) }
  }

  /// The first 8 bytes of a string, as a number that is in the order of the bytes; after its end they are 0.
  private func prefix(of index: Int) -> UInt64 {
    let string = self[index].prefix(8)
    return string.reduce(0) { $0 << 8 | UInt64($1) } << (8 * UInt64(8 - string.count))
  }

  /// The slot that holds the string, or the empty one it belongs into.
  @inline(__always)
  private func slot(of text: [UInt8], _ range: Range<Int>, hash: UInt32) -> Int {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if hashes[index] == hash, isEqual(index, text, range) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  @inline(__always)
  private func isEqual(_ index: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
    let start = starts[index]
    guard starts[index + 1] - start == range.count else { return false }
    for offset in 0..<range.count {
      if bytes[start + offset] != text[range.lowerBound + offset] { return false }
    }
    return true
  }

  /// FNV-1a, with a last step that brings the high bits down.
  @inline(__always)
  private static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt32 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text[range] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
    return UInt32(truncatingIfNeeded: hash >> 32)
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for index in 0..<count {
      var slot = Int(hashes[index]) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }
}
