import Rondo
import Testing

@Suite struct HeldOutSplitTests {
  /// Documents of one vocabulary, each beginning elsewhere in it.
  private func document(_ number: Int, count: Int) -> [UInt32] {
    (0..<count).map { UInt32((number * 3 + $0) % 5) }
  }

  @Test func tailOfEachDocument() {
    let documents = [document(0, count: 10), document(1, count: 25)]
    let split = HeldOutSplit(documents: documents, fraction: 0.1)
    #expect(split.train.map(\.tokens) == [0..<9, 0..<22])
    #expect(split.validation.map(\.tokens) == [9..<10, 22..<25])
    #expect(split.train.map(\.document) == [0, 1])
    #expect(split.validation.map(\.document) == [0, 1])
    #expect(split.train.map(\.startsDocument) == [true, true])
    #expect(split.train.map(\.endsDocument) == [false, false])
    #expect(split.validation.map(\.startsDocument) == [false, false])
    #expect(split.validation.map(\.endsDocument) == [true, true])
  }

  @Test(arguments: [
    // tokens, fraction, held out
    (1, 0.5, 0), (2, 0.001, 1), (2, 0.999, 1), (3, 0.999, 2), (10, 0.11, 2), (10, 0.1, 1),
    (100, 0.07, 7), (100, 0.29, 29), (1000, 0.001, 1), (1001, 0.001, 2), (100, 1e-300, 1),
  ])
  func tailLength(count: Int, fraction: Double, heldOut: Int) {
    let split = HeldOutSplit(documents: [document(0, count: count)], fraction: fraction)
    #expect(split.validation.reduce(0) { $0 + $1.tokens.count } == heldOut)
    #expect(split.train.reduce(0) { $0 + $1.tokens.count } == count - heldOut)
  }

  @Test(arguments: [
    (0, 0.1), (1_000, 0.1), (10_000_000, 0.1), (10_000_010, 0.05), (20_000_020, 0.02), (50_000_050, 0.01),
    (100_000_100, 0.005), (2_000_000_000, 0.0005),
  ])
  func noMoreThanAMillionTokensAreHeldOutUnasked(tokenCount: Int, fraction: Double) {
    #expect(HeldOutSplit.defaultFraction(tokenCount: tokenCount) == fraction)
  }

  @Test func aSingleTokenIsLearnedFrom() {
    let split = HeldOutSplit(documents: [[7]], fraction: 0.5)
    #expect(split.train.map(\.tokens) == [0..<1])
    #expect(split.train[0].endsDocument)
    #expect(split.validation.isEmpty)
  }

  @Test(arguments: [3, 30])
  func fractionZeroHoldsNothingOut(documentCount: Int) {
    let documents = (0..<documentCount).map { document($0, count: 5) }
    let split = HeldOutSplit(documents: documents, fraction: 0)
    #expect(split.train.map(\.tokens) == documents.map(\.indices))
    #expect(split.train.allSatisfy { $0.startsDocument && $0.endsDocument })
    #expect(split.validation.isEmpty)
  }

  @Test(arguments: [
    // documents, fraction, which are held out
    (20, 0.1, [9, 19]), (25, 0.1, [9, 19]), (20, 0.05, [19]), (21, 0.3, [3, 6, 9, 13, 16, 19]),
    (20, 0.5, [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]), (20, 0.9, Array(1...9) + Array(11...19)),
  ])
  func wholeDocuments(documentCount: Int, fraction: Double, heldOut: [Int]) {
    let documents = (0..<documentCount).map { document($0, count: 10) }
    let split = HeldOutSplit(documents: documents, fraction: fraction)
    #expect(split.validation.map(\.document) == heldOut)
    #expect(split.validation.map(\.tokens) == heldOut.map { documents[$0].indices })
    #expect(split.train.map(\.document) == documents.indices.filter { !heldOut.contains($0) })
    #expect((split.train + split.validation).allSatisfy { $0.startsDocument && $0.endsDocument })
  }

  private func heldOutCount(_ split: HeldOutSplit) -> Int {
    split.validation.reduce(0) { $0 + $1.tokens.count }
  }

  /// Whole documents are chosen by their tokens, not by their number.
  @Test(arguments: [0.05, 0.1, 0.25, 0.5])
  func wholeDocumentsOfManySizes(fraction: Double) {
    let documents = (0..<60).map { document($0, count: 5 + $0 * $0 * 13 % 400) }
    let total = documents.reduce(0) { $0 + $1.count }
    let split = HeldOutSplit(documents: documents, fraction: fraction)
    let part = Double(heldOutCount(split)) / Double(total)
    #expect(part > 0.75 * fraction && part <= fraction, "\(part)")
    #expect((split.train + split.validation).allSatisfy { $0.startsDocument && $0.endsDocument })
    let heldOut = split.validation.map(\.document)
    #expect(heldOut.contains { $0 < 20 } && heldOut.contains { $0 >= 40 }, "from all over the corpus")
  }

  @Test(arguments: [0, 9, 23])
  func oneBookAmongNotesLosesItsTailToo(place: Int) {
    let documents = (0..<24).map { document($0, count: $0 == place ? 50_000 : 30) }
    let split = HeldOutSplit(documents: documents, fraction: 0.1)
    #expect(split.validation.map(\.document) == Array(0..<24))
    #expect(split.validation.map(\.tokens.count) == documents.map { $0.count / 10 })
    #expect(split.train.map(\.document) == Array(0..<24))
  }

  /// A folder of many languages: what no other document has cannot be measured by.
  @Test func documentsOfTheirOwnKindLoseTheirTails() {
    var documents = (0..<40).map { document($0, count: 100) }
    let shared = HeldOutSplit(documents: documents, fraction: 0.1)
    #expect(shared.validation.map(\.document) == [9, 19, 29, 39])
    // Of the 400 tokens held out 4 may be unknown to the others, and no more.
    for place in 0..<4 { documents[9][place] = 77 }
    #expect(HeldOutSplit(documents: documents, fraction: 0.1).validation.map(\.document) == [9, 19, 29, 39])
    documents[19][0] = 78
    let tails = HeldOutSplit(documents: documents, fraction: 0.1)
    #expect(tails.validation.map(\.document) == Array(0..<40))
    #expect(tails.validation.allSatisfy { $0.tokens.count == 10 })
  }

  @Test(arguments: [0.04, 0.001, 1e-300])
  func aPartSmallerThanADocumentIsTails(fraction: Double) {
    let split = HeldOutSplit(documents: (0..<20).map { document($0, count: 25) }, fraction: fraction)
    #expect(split.validation.map(\.tokens.count) == Array(repeating: 1, count: 20))
  }

  @Test func somethingIsLeftToLearnFrom() {
    let split = HeldOutSplit(
      documents: (0..<20).map { document($0, count: 2) }, fraction: 1.0.nextDown)
    #expect(split.train.map(\.tokens.count) == Array(repeating: 1, count: 20))
  }

  @Test func nineteenDocumentsLoseTheirTails() {
    let split = HeldOutSplit(documents: (0..<19).map { document($0, count: 10) }, fraction: 0.1)
    #expect(split.validation.count == 19)
    #expect(split.train.count == 19)
  }

  @Test func emptyDocumentsCountForNothing() {
    // Twenty with one empty among them are nineteen.
    var documents = (0..<20).map { document($0, count: 10) }
    documents[4] = []
    let split = HeldOutSplit(documents: documents, fraction: 0.1)
    #expect(split.validation.map(\.document) == (0..<20).filter { $0 != 4 })
    #expect(split.validation.allSatisfy { $0.tokens.count == 1 })
    // Of twenty-one with one empty, the tenth that is not is held out.
    documents.append(document(20, count: 10))
    #expect(HeldOutSplit(documents: documents, fraction: 0.1).validation.map(\.document) == [10, 20])
    #expect(HeldOutSplit(documents: [], fraction: 0.1).train.isEmpty)
    #expect(HeldOutSplit(documents: [[]], fraction: 0.1).train.isEmpty)
  }

  @Test(arguments: [2, 19, 20, 47], [0.01, 0.1, 0.37, 0.5, 0.99])
  func nothingIsLostOrInBothParts(documentCount: Int, fraction: Double) {
    let documents = (0..<documentCount).map { document($0, count: 1 + $0 * 7 % 40) }
    let split = HeldOutSplit(documents: documents, fraction: fraction)
    let all = (split.train + split.validation).flatMap { documents[$0.document][$0.tokens] }
    #expect(all.sorted() == documents.flatMap { $0 }.sorted())
    #expect(!split.validation.isEmpty)
    #expect(!split.train.isEmpty)
  }

  @Test func fractionOutsideItsRangeTraps() async {
    await #expect(processExitsWith: .failure) { _ = HeldOutSplit(documents: [[1, 2]], fraction: 1) }
    await #expect(processExitsWith: .failure) { _ = HeldOutSplit(documents: [[1, 2]], fraction: -0.1) }
    await #expect(processExitsWith: .failure) { _ = HeldOutSplit(documents: [[1, 2]], fraction: .nan) }
  }
}

extension HeldOutSplit {
  fileprivate init(documents: [[UInt32]], fraction: Double) {
    self.init(tokenCounts: documents.map(\.count), fraction: fraction) { document, body in
      documents[document].forEach(body)
    }
  }
}
