import Testing

@testable import RondoText

struct ByteStringTableTests {
  @Test func numbersStringsAsTheyCome() {
    var table = ByteStringTable()
    let text = Array("to be or not to be".utf8)
    #expect(table.insert(text, in: 0..<2) == 0)
    #expect(table.insert(text, in: 3..<5) == 1)
    #expect(table.insert(text, in: 13..<15) == 0)
    #expect(table.index(of: text, in: 16..<18) == 1)
    #expect(table.index(of: text, in: 6..<8) == nil)
    #expect(Array(table[1]) == Array("be".utf8) && table.count == 2)
  }

  @Test func ascendingIsTheOrderOfTheBytes() {
    let strings =
      randomTexts(count: 2_000, seed: 5) + [
        [0, 0], [0], [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8, 0],
      ]
      + ["abcdefgh", "abcdefghi", "abcdefg", "abcdefgh\u{0}"].map { Array($0.utf8) }
    var table = ByteStringTable()
    for string in strings { _ = table.insert(string, in: string.indices) }
    let ordered = table.ascending().map { Array(table[$0]) }
    #expect(ordered == Set(strings).sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test func findsEverythingAfterItGrew() {
    var table = ByteStringTable()
    for number in 0..<20_000 {
      let bytes = Array("\(number)".utf8)
      #expect(table.insert(bytes, in: 0..<bytes.count) == number)
    }
    for number in 0..<20_000 {
      let bytes = Array("x\(number)y".utf8)
      #expect(table.index(of: bytes, in: 1..<bytes.count - 1) == number)
      #expect(table.index(of: bytes, in: 0..<bytes.count) == nil)
    }
  }
}
