import Testing

@testable import Rondo

struct WindowLengthsTests {
  private func lengths(_ base: Int, random: Bool = true, seed: UInt64 = 1) -> WindowLengths {
    WindowLengths(
      TrainingSettings(batchSize: 2, windowLength: base, randomWindow: random, steps: 1, seed: seed))
  }

  @Test func fixedUnlessAskedFor() {
    let fixed = lengths(70, random: false)
    #expect((0..<100).allSatisfy { fixed.length(step: $0) == 70 })
    #expect(fixed.longest == 70)
    #expect(fixed.rateFactor(steps: 3) == 1, "the last window of a pass has the whole rate")
    #expect(fixed.steps(forEpochs: 3, streamLength: 141) == 9)
  }

  @Test(arguments: [(10, 1, 10), (10, 3, 4), (9, 3, 3), (1, 5, 1), (10, 10, 1), (11, 10, 2)])
  func stepsRoundUp(streamLength: Int, window: Int, steps: Int) {
    #expect(lengths(window, random: false).steps(forEpochs: 1, streamLength: streamLength) == steps)
  }

  /// What lengths 70 and 35 with a deviation of 5 look like, their fractions dropped.
  @Test func distribution() {
    let windows = lengths(70)
    let drawn = (0..<100_000).map { windows.length(step: $0) }
    let halves = drawn.filter { $0 < 52 }
    #expect(abs(Double(halves.count) / 100_000 - 0.05) < 0.003)
    for (group, mean) in [(halves, 34.5), (drawn.filter { $0 >= 52 }, 69.5)] as [([Int], Double)] {
      let count = Double(group.count)
      let found = Double(group.reduce(0, +)) / count
      #expect(abs(found - mean) < 0.3)
      let variance = group.reduce(0) { $0 + (Double($1) - found) * (Double($1) - found) } / count
      // A uniform fraction that is dropped adds a twelfth.
      #expect(abs(variance.squareRoot() - (25 + 1.0 / 12).squareRoot()) < 0.3)
    }
    // Both sides of the mean are alike: the angle goes all the way round.
    #expect(abs(Double(drawn.count { $0 >= 70 }) / 95_000 - 0.5) < 0.01)
  }

  @Test func bounds() {
    #expect(lengths(70).longest == 90)
    let short = lengths(6)
    let drawn = Set((0..<100_000).map { short.length(step: $0) })
    #expect(drawn.min() == 5)
    #expect((drawn.max() ?? 0) <= short.longest)
    #expect((drawn.max() ?? 0) >= 22, "the cap is far out")
    #expect(lengths(70).rateFactor(steps: 35) == 0.5)
  }

  /// The same everywhere and whenever it is asked; another seed has others.
  @Test func functionOfSeedAndStep() {
    let windows = lengths(70)
    let first = [39, 73, 74, 55, 87, 57, 76, 62, 81, 65, 71, 75]
    #expect((0..<12).map { windows.length(step: $0) } == first)
    #expect((0..<12).reversed().map { windows.length(step: $0) } == first.reversed())
    #expect((0..<12).map { lengths(70, seed: 2).length(step: $0) } != first)
    #expect(windows.length(step: 1 << 40) >= 5)
  }
}
