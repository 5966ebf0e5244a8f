import Testing

@testable import Rondo

struct LearningRateScheduleTests {
  private func factors(
    _ schedule: LearningRateSchedule, _ steps: some Sequence<Int>, of total: Int = 100, epoch: Int = 0,
    warmup: Int = 0, plateau: Double = 1
  ) -> [Double] {
    steps.map {
      schedule.factor(step: $0, of: total, epoch: epoch, warmupSteps: warmup, plateauFactor: plateau)
    }
  }

  @Test func constant() {
    #expect(factors(.constant, [0, 1, 50, 99]) == [1, 1, 1, 1])
  }

  @Test func warmupRisesInALine() {
    #expect(factors(.constant, 0..<6, warmup: 4) == [0.25, 0.5, 0.75, 1, 1, 1])
    #expect(factors(.plateau(factor: 0.5), [0, 3, 4], warmup: 4, plateau: 0.125) == [0.25, 1, 0.125])
  }

  /// 0.01 + 0.99 · (1 + cos πx) / 2 at x = 0, ¼, ½, ¾, 1, by hand.
  @Test func cosine() {
    let expected: [Double] = [1, 0.855_017_856_687_34, 0.505, 0.154_982_143_312_66, 0.01]
    for (actual, expected) in zip(factors(.cosine, [0, 25, 50, 75, 100]), expected) {
      #expect(abs(actual - expected) < 1e-12)
    }
    // After a warm-up it begins at its end, and after the last step it stays low.
    let later = factors(.cosine, [20, 60, 100, 500], warmup: 20)
    for (actual, expected) in zip(later, [1, 0.505, 0.01, 0.01] as [Double]) {
      #expect(abs(actual - expected) < 1e-12)
    }
    #expect(factors(.cosine, [0], of: 1) == [1])
  }

  @Test func step() {
    #expect(
      factors(.step(every: 10, factor: 0.5), [0, 9, 10, 19, 20, 30]) == [1, 1, 0.5, 0.5, 0.25, 0.125])
  }

  /// By squaring, as many steps as there may be cost no time: one by one, these would take minutes.
  @Test(.timeLimit(.minutes(15))) func stepFarAlong() {
    let expected = (0..<700).reduce(1.0) { product, _ in product * 0.97 }
    for (steps, power) in [(699, 1 / 0.97), (700, 1), (701, 0.97)] {
      let factor = factors(.step(every: 1, factor: 0.97), [steps])[0]
      #expect(abs(factor / (expected * power) - 1) < 1e-12)
    }
    for _ in 0..<100 {
      #expect(factors(.step(every: 1, factor: 0.999_999_999), [999_999_999], of: 1_000_000_000)[0] > 0.36)
    }
    #expect(factors(.step(every: 1, factor: 0.5), [1_000_000]) == [0])
  }

  /// Zaremba's small model: 4 passes at the full rate, half of it in the fifth. (13 in all: 2⁻⁹ in the last.)
  @Test func epochs() {
    let schedule = LearningRateSchedule.epochs(after: 4, factor: 0.5)
    let rates = (0..<13).map { factors(schedule, [1000], epoch: $0)[0] }
    #expect(rates == [1, 1, 1, 1, 0.5, 0.25, 0.125] + (4...9).map { 1 / Double(1 << $0) })
    #expect(factors(.epochs(after: 0, factor: 0.5), [5], epoch: 0) == [0.5])
    #expect(factors(schedule, [0, 3, 4], epoch: 9, warmup: 4) == [0.25, 1, 1.0 / 64])
  }

  @Test func plateauIsWhatValidationsCalledFor() {
    #expect(factors(.plateau(factor: 0.5), [0, 99], plateau: 0.25) == [0.25, 0.25])
  }

  @Test(arguments: [
    (LearningRateSchedule.constant, "constant"), (.cosine, "cosine"),
    (.epochs(after: 6, factor: 0.8), "epochs:6:0.8"), (.step(every: 500, factor: 0.5), "step:500:0.5"),
    (.plateau(factor: 0.7), "plateau:0.7"),
    (.step(every: 1, factor: 1.0 / 3), "step:1:0.3333333333333333"),
  ])
  func textAndBack(_ schedule: LearningRateSchedule, _ text: String) throws {
    #expect(schedule.description == text)
    #expect(LearningRateSchedule(text) == schedule)
    #expect(JSONText.encode([schedule]) == "[\"\(text)\"]")
    #expect(try JSONText.decode([LearningRateSchedule].self, from: "[\"\(text)\"]") == [schedule])
  }

  @Test func plateauAloneHalves() {
    #expect(LearningRateSchedule("plateau") == .plateau(factor: 0.5))
  }

  @Test(arguments: [
    "", "Cosine", "cosine:", "cosine:1", "constant:1", "step", "step:10", "step:x:0.5", "step:10:y",
    "step:10:0.5:1", "epochs", "epochs:4", "epochs:x:0.5", "epochs:4:y", "epochs:4:0.5:1",
    "step:1.5:0.5", "plateau:", "plateau:x", "plateau:0.5:1", " cosine", "linear",
  ])
  func whatIsNoSchedule(_ text: String) {
    #expect(LearningRateSchedule(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONText.decode([LearningRateSchedule].self, from: "[\"\(text)\"]")
    }
  }

  @Test(arguments: [
    (
      LearningRateSchedule.step(every: 0, factor: 0.5),
      "schedule step's number of steps is 0: it must be at least 1"
    ),
    (.step(every: -3, factor: 0.5), "schedule step's number of steps is -3: it must be at least 1"),
    (.step(every: 5, factor: 1), "the schedule's factor is 1.0: it must be more than 0 and less than 1"),
    (.epochs(after: -1, factor: 0.5), "schedule epochs' number of passes is -1: it must be at least 0"),
    (.epochs(after: 4, factor: 1), "the schedule's factor is 1.0: it must be more than 0 and less than 1"),
    (.plateau(factor: 0), "the schedule's factor is 0.0: it must be more than 0 and less than 1"),
    (.plateau(factor: -.infinity), "the schedule's factor is -inf: it must be more than 0 and less than 1"),
    (.plateau(factor: .nan), "the schedule's factor is nan: it must be more than 0 and less than 1"),
  ])
  func impossibleSchedule(_ schedule: LearningRateSchedule, _ message: String) {
    #expect(thrown(ConfigurationError.self) { try schedule.validate() }?.description == message)
  }
}
