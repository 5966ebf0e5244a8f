import Testing

@testable import Rondo

struct LearningRateSearchTests {
  private func search(
    _ optimizer: TrainingSettings.OptimizerKind, threads: Int = 1,
    goesOn: (LearningRateSearch.Point) -> Bool = { _ in true }
  ) throws -> LearningRateSearch {
    try LearningRateSearch(
      plan: TrainingPlan(
        model: tinySizes(),
        settings: TrainingSettings(
          batchSize: 4, windowLength: 8, steps: 1, optimizer: optimizer, warmupSteps: 50)),
      data: trainingData(words(550)), threadCount: threads, goesOn: goesOn)
  }

  /// From where nothing is learned to where all is lost, in equal ratios.
  @Test(arguments: TrainingSettings.OptimizerKind.allCases)
  func ratesRiseUntilTheLossDoes(_ optimizer: TrainingSettings.OptimizerKind) throws {
    let search = try search(optimizer, threads: 2)
    let points = search.points
    let range = optimizer.searchedRates
    #expect(points.count > 50)
    #expect(abs(points[0].learningRate / range.lowerBound - 1) < 1e-12)
    #expect(points.dropLast().allSatisfy { $0.smoothedLoss <= 1.1 * points[0].loss })
    #expect(
      points.allSatisfy {
        range.contains($0.learningRate / (1 + 1e-12)) || $0.learningRate < range.upperBound
      })
    let ratio = points[1].learningRate / points[0].learningRate
    for (point, next) in zip(points, points.dropFirst()) {
      #expect(abs(next.learningRate / point.learningRate - ratio) < 1e-9)
    }
    let suggestion = try #require(search.suggestion)
    let least = points.min { $0.smoothedLoss < $1.smoothedLoss }!
    #expect(least.smoothedLoss < 0.95 * points[0].loss, "something was learned on the way")
    #expect((0.05...0.2).contains(suggestion / least.learningRate))
    #expect(try self.search(optimizer).points == points, "one thread finds the same")
  }

  @Test func smoothingIsAMeanOfWhatWasSeen() throws {
    let points = try search(.adamw).points
    #expect(abs(points[0].smoothedLoss - points[0].loss) < 1e-12)
    let second = (0.9 * points[0].loss + points[1].loss) / 1.9
    #expect(abs(points[1].smoothedLoss - second) < 1e-12)
  }

  /// It begins where the model to go on from stands.
  @Test func goesOnFromAModel() throws {
    let data = try trainingData(words(550))
    let plan = TrainingPlan(
      model: tinySizes(),
      settings: TrainingSettings(batchSize: 4, windowLength: 8, steps: 60, learningRate: 0.01))
    let trainer = try Trainer(plan: plan, data: data, threadCount: 1)
    for _ in 0..<60 { try trainer.step() }
    let base = try FineTuning(trainer.model, for: data.tokenizer)
    let fresh = try LearningRateSearch(plan: plan, data: data, threadCount: 1) { _ in false }
    let trained = try LearningRateSearch(plan: plan, data: data, base: base, threadCount: 1) { _ in false }
    #expect(trained.points[0].loss < 0.9 * fresh.points[0].loss)
  }

  @Test func endsWhereItIsToldTo() throws {
    var seen = 0
    let points = try search(.adamw) { _ in
      seen += 1
      return seen < 5
    }.points
    #expect(points.count == 5)
  }

  private func points(_ losses: [Double], at rates: [Double]) -> [LearningRateSearch.Point] {
    zip(rates, losses).map { .init(learningRate: $0, loss: $1, smoothedLoss: $1) }
  }

  @Test(
    arguments: [(0.11, 0.01), (0.013, 0.0015), (0.0239, 0.002), (0.27, 0.03), (60, 7), (8.9, 1)]
      as [(Double, Double)])
  func suggestionIsATenthInRoundNumbers(_ least: Double, _ suggestion: Double) {
    let search = LearningRateSearch(points: points([4, 2, 3], at: [1e-6, least, 1e3]))
    #expect(search.suggestion == suggestion)
  }

  @Test func nothingIsSuggestedWhereNothingWasLearned() {
    #expect(LearningRateSearch(points: points([4, 5], at: [1, 2])).suggestion == nil)
    #expect(LearningRateSearch(points: []).suggestion == nil)
  }
}
