import Testing

@testable import RondoText

struct UnitRunsTests {
  private let store = ByteArrayStore()

  private func units(_ runs: UnitRuns) throws -> [String: Int] {
    var units: [String: Int] = [:]
    var last: [UInt8]?
    try runs.forEach { unit, count in
      if let last { #expect(last.lexicographicallyPrecedes(unit)) }
      last = unit
      units[String(decoding: unit, as: UTF8.self)] = count
    }
    return units
  }

  @Test func aUnitOfSeveralRunsComesOnceWithItsCountInAll() throws {
    let runs = UnitRuns(in: store)
    #expect(runs.isEmpty)
    #expect(try units(runs) == [:])
    try runs.append([(Array("a".utf8), 1), (Array("ab".utf8), 2), (Array("é".utf8), 3)])
    try runs.append([(Array("ab".utf8), 10), (Array("b".utf8), 20)])
    try runs.append([])
    try runs.append([(Array("a".utf8), 100), (Array("é".utf8), 1 << 40)])
    #expect(!runs.isEmpty)
    #expect(try units(runs) == ["a": 101, "ab": 12, "b": 20, "é": 3 + 1 << 40])
    #expect(try units(runs).count == 4, "they can be read again")
  }

  /// Longer than what is read at once, so that a unit lies over the end of it, or is longer itself.
  @Test func unitsOfAnyLengthComeBack() throws {
    let runs = UnitRuns(in: store)
    let long = (1...40).map { String(repeating: "x", count: $0 * 5_000) }
    try runs.append(long.map { (Array($0.utf8), $0.utf8.count) })
    try runs.append([(Array(long[39].utf8), 1)])
    let units = try units(runs)
    #expect(units.count == 40)
    #expect(units[long[7]] == 40_000)
    #expect(units[long[39]] == 200_001)
  }

  @Test func whatTheStoreThrowsComesThrough() throws {
    struct Full: Error {}
    final class FullStore: ByteStore {
      var isFull = false
      func append(_ bytes: [UInt8]) throws { if isFull { throw Full() } }
      func bytes(_ range: Range<Int>) throws -> [UInt8] { throw Full() }
    }
    let store = FullStore()
    let runs = UnitRuns(in: store)
    try runs.append([([1], 1)])
    #expect(throws: Full.self) { try runs.forEach { _, _ in } }
    store.isFull = true
    #expect(throws: Full.self) { try runs.append([([1], 1)]) }
  }
}
