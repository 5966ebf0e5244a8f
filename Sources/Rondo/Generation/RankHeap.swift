/// A token with its logit or its weight.
struct Candidate: Sendable {
  var value: Double
  let id: UInt32

  /// Whether this one comes before the other: the larger value, of equal values the lower id. A total order,
  /// since ids differ and values are never NaN.
  func ranksAbove(_ other: Candidate) -> Bool {
    value > other.value || (value == other.value && id < other.id)
  }
}

/// A binary heap that gives up candidates from the first rank down: the first n of V cost O(V + n log V),
/// where sorting costs O(V log V). Its memory is kept from one use to the next.
struct RankHeap: Sendable {
  private var items: [Candidate] = []

  init(capacity: Int) {
    items.reserveCapacity(capacity)
  }

  /// Candidates in it.
  var count: Int { items.count }

  /// Takes the values above a limit, with their indices as ids, instead of what it has.
  mutating func fill(_ values: [Double], above limit: Double) {
    items.removeAll(keepingCapacity: true)
    for (index, value) in values.enumerated() where value > limit {
      items.append(Candidate(value: value, id: UInt32(index)))
    }
    for root in stride(from: items.count / 2 - 1, through: 0, by: -1) { sink(items[root], from: root) }
  }

  /// Takes out the candidate of the first rank; nil when none is left.
  mutating func popFirst() -> Candidate? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    if !items.isEmpty { sink(last, from: 0) }
    return first
  }

  /// Puts an item into the hole at `start`, or below it where larger ones move up.
  private mutating func sink(_ item: Candidate, from start: Int) {
    var hole = start
    while true {
      var child = 2 * hole + 1
      guard child < items.count else { break }
      if child + 1 < items.count, items[child + 1].ranksAbove(items[child]) { child += 1 }
      guard items[child].ranksAbove(item) else { break }
      items[hole] = items[child]
      hole = child
    }
    items[hole] = item
  }
}
