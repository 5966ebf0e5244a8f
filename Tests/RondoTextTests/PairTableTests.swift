import Testing

@testable import RondoText

struct PairTableTests {
  @Test func numbersPairsAsTheyCome() {
    var table = PairTable()
    for number in 0..<20_000 {
      let pair = SubwordMerge(UInt32(number / 100), UInt32(number % 100))
      #expect(table.index(of: pair) == nil)
      #expect(table.insert(pair) == number)
    }
    #expect(table.count == 20_000)
    for number in stride(from: 0, to: 20_000, by: 7) {
      let pair = SubwordMerge(UInt32(number / 100), UInt32(number % 100))
      #expect(table.index(of: pair) == number && table.insert(pair) == number)
    }
    #expect(table.index(of: SubwordMerge(0, 0)) == 0)
    #expect(table.index(of: SubwordMerge(0, 100)) == nil)
    #expect(table.index(of: SubwordMerge(.max, .max)) == nil)
  }
}
