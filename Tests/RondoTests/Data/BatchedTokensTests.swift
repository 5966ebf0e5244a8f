import CountMalloc
import Testing

@testable import Rondo

@Suite struct BatchedTokensTests {
  /// Tokens that are their own index, so that a value tells where it comes from.
  private func stream(_ count: Int) -> TokenStream { TokenStream((0..<Int32(count)).map { $0 }) }

  @Test func oneWindowByHand() throws {
    // 11 tokens, 10 predictions, 3 streams of 3, one left out.
    var batches = try BatchedTokens(stream(11), batchSize: 3)
    #expect(batches.streamLength == 3)
    var inputs = [Int32](repeating: -1, count: 6)
    var targets = inputs
    #expect(try batches.copyWindow(at: 0, length: 2, inputs: &inputs, targets: &targets) == 2)
    #expect(inputs == [0, 3, 6, 1, 4, 7])
    #expect(targets == [1, 4, 7, 2, 5, 8])
    #expect(try batches.copyWindow(at: 2, length: 2, inputs: &inputs, targets: &targets) == 1)
    #expect(inputs == [2, 5, 8, 1, 4, 7])
    #expect(targets == [3, 6, 9, 2, 5, 8])
  }

  @Test(arguments: [1, 2, 7, 32], [1, 3, 10, 1000])
  func anEpochUsesEachPredictionOnce(batchSize: Int, windowLength: Int) throws {
    for count in [33, 34, 64, 65, 101, 515] {
      var batches = try BatchedTokens(stream(count), batchSize: batchSize)
      var inputs = [Int32](repeating: -1, count: windowLength * batchSize)
      var targets = inputs
      var seen = [Int](repeating: 0, count: count)
      var previous: [Int32]?
      var steps = 0
      for position in stride(from: 0, to: batches.streamLength, by: windowLength) {
        let length = try batches.copyWindow(
          at: position, length: windowLength, inputs: &inputs, targets: &targets)
        #expect(length == batches.windowLength(at: position, length: windowLength))
        #expect(length >= 1 && length <= windowLength)
        for step in 0..<length {
          let row = Array(inputs[(step * batchSize)..<((step + 1) * batchSize)])
          let next = Array(targets[(step * batchSize)..<((step + 1) * batchSize)])
          #expect(next == row.map { $0 + 1 }, "targets are inputs shifted by one")
          if let previous { #expect(row == previous, "streams go on where they were, across windows too") }
          previous = next
          for id in next { seen[Int(id)] += 1 }
        }
        steps += length
      }
      #expect(steps == batches.streamLength)
      let predictions = steps * batchSize
      #expect(predictions <= count - 1 && predictions > count - 1 - batchSize)
      #expect(seen[0] == 0)
      #expect(seen[1...predictions].allSatisfy { $0 == 1 })
      #expect(seen[(predictions + 1)...].allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: [false, true])
  func readingAheadChangesNothing(isFile: Bool) throws {
    // Longer than what is read ahead, in parts that lie apart, as documents with tails do.
    let ids = (0..<700_000).map { UInt32($0 * 7 % 65_536) }
    var writer = SpoolWriter(memoryLimit: isFile ? 0 : .max)
    try writer.append(TokenWidth.two.packed(ids))
    let spool = try writer.finish()
    #expect(spool.isFile == isFile)
    let ranges = [5..<6, 10..<10, 10..<200_000, 200_000..<200_100, 300_000..<700_000]
    let stream = TokenStream(spool, .two, ranges: ranges)
    let expected = ranges.flatMap { ids[$0] }.map { Int32($0) }
    #expect(stream.count == expected.count)
    #expect(try stream.tokens(0..<stream.count) == expected)
    #expect(try stream.tokens(199_989..<200_095) == Array(expected[199_989..<200_095]))

    var batches = try BatchedTokens(stream, batchSize: 2)
    var inputs = [Int32](repeating: 0, count: 2 * 1000)
    var targets = inputs
    let length = batches.streamLength
    // To the end, back to the beginning, and about.
    for position in Array(stride(from: 0, to: length, by: 1000)) + [0, 131_000, 130_000, 5, length - 1] {
      let steps = try batches.copyWindow(at: position, length: 1000, inputs: &inputs, targets: &targets)
      for (step, stream) in [(0, 0), (0, 1), (steps / 2, 0), (steps - 1, 1)] {
        #expect(inputs[step * 2 + stream] == expected[stream * length + position + step])
        #expect(targets[step * 2 + stream] == expected[stream * length + position + step + 1])
      }
    }
  }

  @Test(.enabled(if: canCount, "malloc cannot be stood in for here"), arguments: [false, true])
  func nothingIsAllocatedFromTheSecondWindowOn(isFile: Bool) throws {
    var writer = SpoolWriter(memoryLimit: isFile ? 0 : .max)
    try writer.append(TokenWidth.two.packed((0..<300_000).map { $0 }))
    var batches = try BatchedTokens(
      TokenStream(writer.finish(), .two, ranges: [0..<100_000, 150_000..<300_000]), batchSize: 1)
    var inputs = [Int32](repeating: 0, count: 1000), targets = [Int32](repeating: 0, count: 1000)
    try batches.copyWindow(at: 0, length: 1000, inputs: &inputs, targets: &targets)
    count_malloc_begin()
    // More than what is read ahead.
    for epoch in 0..<2 {
      for position in stride(from: epoch, to: batches.streamLength, by: 1000) {
        try batches.copyWindow(at: position, length: 1000, inputs: &inputs, targets: &targets)
      }
    }
    #expect(count_malloc_end() == 0)
  }

  private static var canCount: Bool {
    count_malloc_begin()
    return count_malloc_end() >= 0
  }

  @Test(arguments: [(0, 1), (1, 1), (4, 4), (64, 64), (2, 64)])
  func tooShort(count: Int, batchSize: Int) {
    #expect(throws: CorpusError.tooShort(tokenCount: count, batchSize: batchSize)) {
      try BatchedTokens(stream(count), batchSize: batchSize)
    }
  }

  @Test func shortestThatIsEnough() throws {
    let batches = try BatchedTokens(stream(5), batchSize: 4)
    #expect(batches.streamLength == 1)
  }

  @Test func misuseTraps() async {
    await #expect(processExitsWith: .failure) { _ = try BatchedTokens(TokenStream([1, 2, 3]), batchSize: 0) }
    await #expect(processExitsWith: .failure) {
      _ = try BatchedTokens(TokenStream([1, 2, 3]), batchSize: 1).windowLength(at: 2, length: 1)
    }
    await #expect(processExitsWith: .failure) {
      var inputs: [Int32] = [0]
      var targets: [Int32] = [0, 0]
      var batches = try BatchedTokens(TokenStream([1, 2, 3]), batchSize: 1)
      try batches.copyWindow(at: 0, length: 2, inputs: &inputs, targets: &targets)
    }
  }
}
