import TestSupport
import Testing

@testable import Rondo

struct LossWatchTests {
  private let ignorance = 4.2

  /// Losses of independent noise, or of noise that stays for a while, around a level that falls as training's does.
  private func losses(
    _ count: Int, from first: Double = 4.2, to last: Double = 1.4, noise: Double, memory: Double = 0,
    seed: UInt64
  ) -> [Double] {
    var generator = SeededGenerator(seed: seed), level = 0.0
    return (0..<count).map { step in
      // Twelve uniform numbers make a normal one.
      let normal = (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
      level = memory * level + (1 - memory * memory).squareRoot() * normal * noise
      return last + (first - last) / (1 + Double(step) / 100) + level
    }
  }

  private func firstRunaway(_ losses: some Sequence<Double>) -> Int? {
    var watch = LossWatch()
    for (step, loss) in losses.enumerated() where watch.note(loss, ignorance: ignorance) { return step }
    return nil
  }

  @Test(arguments: [(0.02, 0), (0.3, 0), (0.8, 0), (0.3, 0.8), (0.8, 0.5)] as [(Double, Double)])
  func noiseIsNotARunaway(_ noise: Double, _ memory: Double) {
    for seed in 0..<3 as Range<UInt64> {
      #expect(firstRunaway(losses(50_000, noise: noise, memory: memory, seed: seed)) == nil, "seed \(seed)")
    }
    // Of text of which nothing can be known, too.
    #expect(firstRunaway(losses(50_000, from: 4.2, to: 4.2, noise: 0.01, seed: 5)) == nil)
  }

  @Test func strangeWindowsDoNothing() {
    var noisy = losses(5000, noise: 0.1, seed: 1)
    for step in stride(from: 200, to: 5000, by: 40) { (noisy[step], noisy[step + 1]) = (60, 25) }
    #expect(firstRunaway(noisy) == nil)
  }

  /// To the level of a model that knows nothing, a third of the way beyond that of what was learned, and far beyond.
  @Test(arguments: [3.3, 4.2, 20, 1e30])
  func jumpsAreFound(_ loss: Double) throws {
    let before = losses(600, noise: 0.05, seed: 2)
    let step = try #require(firstRunaway(before + Array(repeating: loss, count: 40)))
    #expect((603...615).contains(step), "step \(step)")
  }

  @Test func anotherSubjectIsNoRunaway() {
    let before = losses(1000, noise: 0.1, seed: 3)
    #expect(firstRunaway(before + losses(2000, from: 1.9, to: 1.9, noise: 0.1, seed: 4)) == nil)
  }

  @Test func nothingIsFoundAtFirst() {
    let losses = (0..<110).map { 4 + Double($0) / 10 }
    #expect(firstRunaway(losses.prefix(100)) == nil)
    #expect(firstRunaway(losses) == 100, "worse than to know nothing")
    // A model that was no good to begin with may get better in peace.
    #expect(firstRunaway(losses.reversed().map { $0 + 1 }) == nil)
  }

  @Test func calm() {
    var watch = LossWatch()
    #expect(watch.isCalm(ignorance: ignorance), "before the first step")
    _ = watch.note(4.3, ignorance: ignorance)
    #expect(watch.isCalm(ignorance: ignorance))
    _ = watch.note(400, ignorance: ignorance)
    #expect(!watch.isCalm(ignorance: ignorance))
    watch = LossWatch()
    for loss in losses(1000, noise: 0.05, seed: 6) { _ = watch.note(loss, ignorance: ignorance) }
    #expect(watch.isCalm(ignorance: ignorance))
    var steps = 0
    while watch.isCalm(ignorance: ignorance), steps < 20 {
      let hasRunAway = watch.note(4, ignorance: ignorance)
      #expect(!hasRunAway, "it is no longer calm before it has run away")
      steps += 1
    }
    #expect((1...4).contains(steps))
  }

  @Test func throughJSON() throws {
    var watch = LossWatch()
    for loss in [2.5, 1.5, 1.75] { _ = watch.note(loss, ignorance: 3) }
    let json = JSONText.encode(watch)
    #expect(try JSONText.decode(LossWatch.self, from: json) == watch)
    for key in ["count", "first", "mean", "distance", "quick_mean"] { #expect(json.contains("\"\(key)\":")) }
  }
}
