import RondoText
import Testing

struct GraphemeClustersTests {
  private func clusters(_ text: String) -> [String] {
    let utf8 = Array(text.utf8)
    return GraphemeClusters(utf8).map { String(decoding: utf8[$0], as: UTF8.self) }
  }

  @Test(arguments: [
    ["a", "b"], ["\r\n"], ["\r", "\r\n", "\n", "a"], ["a", "\r\n", "b"], ["e\u{301}"],
    ["a", "e\u{301}", "b"],
    ["\u{301}", "a"], ["\n", "\u{301}"], ["\0", "\u{301}"], ["\r", "\u{301}", "\n"], ["x", "\0", "\0"],
    ["👩‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈"], ["🇩🇪", "🇫🇷", "🇯"], ["한", "국"], ["\u{1112}\u{1161}\u{11AB}", "\u{1112}"],
    ["กำ"], ["1️⃣", "2"], ["漢", "字"], ["a\u{200D}", "b"], ["🏴󠁧󠁢󠁥󠁮󠁧󠁿"], ["\u{10FFFF}", "\u{378}"],
  ])
  func cutsWhereUAX29Does(expected: [String]) {
    let found = clusters(expected.joined())
    // Compared by bytes: equal strings may be canonically equivalent only.
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test func coversTheTextWithoutAGap() {
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 500, seed: 4) {
      var end = 0
      var count = 0
      for range in GraphemeClusters(text) {
        #expect(range.lowerBound == end && !range.isEmpty)
        end = range.upperBound
        count += 1
      }
      #expect(end == text.count)
      #expect(clusterCount(text) == count)
    }
  }

  @Test func countsEveryIllFormedByte() {
    #expect(clusterCount([0xFF, 0xFE, 0x61, 0xE2, 0x82]) == 5)
    #expect(clusterCount([]) == 0)
  }
}
