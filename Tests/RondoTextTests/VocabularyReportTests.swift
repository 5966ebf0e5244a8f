import RondoText
import Testing

struct VocabularyReportTests {
  private func report(_ entries: (String, Int)...) throws -> VocabularyReport {
    VocabularyReport(
      try Vocabulary(
        entries: [VocabularyEntry(.special(.unknown), count: 3)]
          + entries.map { VocabularyEntry(.bytes(Array($0.0.utf8)), count: $0.1) }))
  }

  @Test func findsTheRarest() throws {
    #expect(try report(("a", 3), ("b", 1), ("é", 0), ("c", 1)).rarest == [3, 2, 4, 1])
  }

  /// A byte that the text never had is an entry to spell with.
  @Test func leavesOutWhatIsNoText() throws {
    let report = VocabularyReport(
      try Vocabulary(
        entries: (0...255).map { VocabularyEntry(.bytes([$0]), count: $0 == 0x61 || $0 == 0xC3 ? 2 : 0) }))
    #expect(report.rarest == [0x61])
    #expect(report.invisible.isEmpty)
    #expect(report.confusable.isEmpty)
  }

  @Test func findsWhatCannotBeSeen() throws {
    let report = try report(("a", 2), ("co\u{AD}op\u{200B}", 2), ("\n", 1), ("👨‍👩‍👧", 1), ("\u{A0}", 1))
    #expect(report.invisible.map(\.id) == [2, 5])
    #expect(report.invisible.map(\.scalars) == [["\u{AD}", "\u{200B}"], ["\u{A0}"]])
  }

  @Test func findsWhatLooksAlike() throws {
    let report = try report(
      ("а", 1), ("’", 5), ("a", 7), ("l", 3), ("1", 2), ("I", 2), ("\u{200B}", 1), ("\u{200C}", 1), ("'", 5))
    #expect(report.confusable == [[3, 1], [2, 9]])
  }
}
