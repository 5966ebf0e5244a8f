/// Brings one segment of a text into a normal form (UAX #15, section 1.3), with buffers that are used again for the
/// next.
///
/// Marks are ordered here, since the library's own ordering takes quadratic time.
struct SegmentNormalizer {
  private let column: CodePointTable.Column
  private let table = CodePointTable.shared
  private var scalars: [Int32] = []
  private var sorted: [Int32] = []

  init(_ column: CodePointTable.Column) {
    self.column = column
  }

  /// Appends the normal form of the segment that begins at `start` and reaches at least to `minimumEnd`, and
  /// returns where the next segment begins.
  mutating func append(
    _ utf8: [UInt8], from start: Int, through minimumEnd: Int, to output: inout [UInt8]
  ) -> Int {
    let mapping = column.mapping
    var count = 0
    var position = start
    while position < utf8.count {
      let scalar = decodeScalar(utf8, at: position)
      if position >= minimumEnd, table.isKept(scalar.value, column), table.combiningClass(scalar.value) == 0 {
        break
      }
      count += UTF8Proc.decompose(Int32(scalar.value), mapping, into: &scalars, at: count)
      position += scalar.length
    }
    orderMarks(count)
    if column.composes { count = UTF8Proc.compose(&scalars, count: count) }
    for value in scalars[..<count] { appendScalar(UInt32(value), to: &output) }
    return position
  }

  /// Puts every run of marks into canonical order.
  private mutating func orderMarks(_ count: Int) {
    var start = 0
    while start < count {
      guard combiningClass(at: start) != 0 else {
        start += 1
        continue
      }
      var end = start + 1
      var isOrdered = true
      while end < count, combiningClass(at: end) != 0 {
        if combiningClass(at: end) < combiningClass(at: end - 1) { isOrdered = false }
        end += 1
      }
      if !isOrdered {
        if end - start <= 16 { sortByInsertion(start..<end) } else { sortByCounting(start..<end) }
      }
      start = end
    }
  }

  @inline(__always)
  private func combiningClass(at index: Int) -> UInt8 {
    table.combiningClass(UInt32(bitPattern: scalars[index]))
  }

  /// Stable, for short runs.
  private mutating func sortByInsertion(_ run: Range<Int>) {
    for index in run.dropFirst() {
      var hole = index
      while hole > run.lowerBound, combiningClass(at: hole) < combiningClass(at: hole - 1) {
        scalars.swapAt(hole, hole - 1)
        hole -= 1
      }
    }
  }

  /// Stable, in linear time.
  private mutating func sortByCounting(_ run: Range<Int>) {
    var next = [Int](repeating: 0, count: 257)
    for index in run { next[Int(combiningClass(at: index)) + 1] += 1 }
    for index in 1..<257 { next[index] += next[index - 1] }
    sorted.removeAll(keepingCapacity: true)
    sorted.append(contentsOf: repeatElement(0, count: run.count))
    for index in run {
      let place = Int(combiningClass(at: index))
      sorted[next[place]] = scalars[index]
      next[place] += 1
    }
    scalars.replaceSubrange(run, with: sorted)
  }
}
