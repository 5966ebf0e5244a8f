/// Keeps bytes that are written one after the other, outside memory perhaps, and gives back those of any place.
package protocol ByteStore: AnyObject {
  /// Adds bytes after those that are there.
  func append(_ bytes: [UInt8]) throws
  /// Some of the bytes.
  func bytes(_ range: Range<Int>) throws -> [UInt8]
}

/// Counted units of which few are in memory at a time: runs, each sorted by bytes, that are merged when they are read
/// (Knuth, The Art of Computer Programming, vol. 3, §5.4).
final class UnitRuns {
  private let store: any ByteStore
  private var runs: [Range<Int>] = []
  private var end = 0

  private static let bufferSize = 1 << 16

  /// Nothing yet.
  init(in store: any ByteStore) { self.store = store }

  var isEmpty: Bool { runs.isEmpty }

  /// Adds a run.
  ///
  /// - Parameter units: each once, by ascending bytes.
  /// - Throws: what the store throws.
  func append(_ units: some Sequence<(bytes: [UInt8], count: Int)>) throws {
    let start = end
    var buffer: [UInt8] = []
    for unit in units {
      UnitRun.write(unit.bytes, unit.count, to: &buffer)
      guard buffer.count >= Self.bufferSize else { continue }
      try append(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
    try append(buffer)
    if end > start { runs.append(start..<end) }
  }

  private func append(_ bytes: [UInt8]) throws {
    try store.append(bytes)
    end += bytes.count
  }

  /// Goes through the units by ascending bytes, each once, with its count in all runs.
  ///
  /// - Throws: what the store throws.
  func forEach(_ body: (_ unit: [UInt8], _ count: Int) -> Void) throws {
    var open = runs.map { UnitRun(range: $0, bufferSize: Self.bufferSize) }
    var heads = BinaryHeap<Head>()
    func advance(_ run: Int) throws {
      if let unit = try open[run].next(in: store) {
        heads.push(Head(bytes: unit.bytes, count: unit.count, run: run))
      }
    }
    for run in open.indices { try advance(run) }
    guard var current = heads.pop() else { return }
    try advance(current.run)
    while let head = heads.pop() {
      if head.bytes == current.bytes {
        current.count += head.count
      } else {
        body(current.bytes, current.count)
        current = head
      }
      try advance(head.run)
    }
    body(current.bytes, current.count)
  }

  /// The next unit of a run.
  private struct Head: Comparable {
    let bytes: [UInt8]
    var count: Int
    let run: Int

    static func < (left: Head, right: Head) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
  }
}

/// Reads a run: each unit is its length and its count, 8 bytes each, and its bytes.
private struct UnitRun {
  /// What has not been read from the store.
  private var rest: Range<Int>
  private let bufferSize: Int
  private var buffer: [UInt8] = []
  private var position = 0

  init(range: Range<Int>, bufferSize: Int) {
    rest = range
    self.bufferSize = bufferSize
  }

  static func write(_ unit: [UInt8], _ count: Int, to output: inout [UInt8]) {
    for number in [unit.count, count] {
      for byte in 0..<8 { output.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
    }
    output += unit
  }

  mutating func next(in store: any ByteStore) throws -> (bytes: [UInt8], count: Int)? {
    guard position < buffer.count || !rest.isEmpty else { return nil }
    let length = try number(in: store)
    let count = try number(in: store)
    try require(length, in: store)
    defer { position += length }
    return (Array(buffer[position..<position + length]), count)
  }

  private mutating func number(in store: any ByteStore) throws -> Int {
    try require(8, in: store)
    defer { position += 8 }
    return (0..<8).reduce(0) { $0 | Int(buffer[position + $1]) << (8 * $1) }
  }

  /// Has so many bytes in the buffer.
  private mutating func require(_ count: Int, in store: any ByteStore) throws {
    guard buffer.count - position < count else { return }
    let after = min(rest.lowerBound + max(bufferSize, count), rest.upperBound)
    buffer = try Array(buffer[position...]) + store.bytes(rest.lowerBound..<after)
    position = 0
    rest = after..<rest.upperBound
  }
}

/// A store in memory.
final class ByteArrayStore: ByteStore {
  private var content: [UInt8] = []

  func append(_ bytes: [UInt8]) { content += bytes }
  func bytes(_ range: Range<Int>) -> [UInt8] { Array(content[range]) }
}
