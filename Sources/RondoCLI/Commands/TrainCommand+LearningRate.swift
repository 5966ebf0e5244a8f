import ArgumentParser
import Rondo

extension TrainCommand {
  /// Tries rising learning rates on a model that is thrown away, and shows what became of the loss.
  func searchLearningRate() throws {
    let unfit = namesOfGiven([
      ("--learning-rate", training.learningRate != nil), ("--resume", resume != nil), ("--out", out != nil),
    ])
    guard unfit.isEmpty else {
      throw Failure(
        "\(unfit.joined(separator: ", ")) cannot be given with --find-learning-rate: it trains nothing that is kept",
        code: Failure.usage)
    }
    let prepared = try prepared()
    say("trying learning rates on a model that is thrown away; Ctrl-C stops")
    Interrupts.watch()
    let search = try LearningRateSearch(
      plan: prepared.plan, data: prepared.data, base: prepared.tuning, threadCount: threads
    ) { point in
      if json { Console.print(json: PointLine(point)) }
      return Interrupts.signal == nil && Console.outputFailure == nil
    }
    if let signal = Interrupts.signal { throw ExitCode(128 + signal) }
    if let failure = Console.outputFailure { throw failure }
    guard let rate = search.suggestion else {
      throw Failure("the loss fell at no rate: there is nothing to suggest", code: Failure.badData)
    }
    if json {
      Console.print(json: SuggestionLine(suggestedLearningRate: rate))
    } else {
      let plot = LearningRatePlot(search, width: Console.width, hasColours: Console.outputHasColours)
      Console.print("smoothed loss in nats, by the learning rate\n")
      for line in plot.lines { Console.print(line) }
      Console.print("\na good learning rate: \(rate)")
    }
    let words = CommandLine.arguments.dropFirst().filter { !["--find-learning-rate", "--json"].contains($0) }
    say(
      "train with it: rondo \((words + ["--learning-rate", "\(rate)"]).map(Format.shell).joined(separator: " "))"
    )
  }

  private struct PointLine: Encodable {
    var learningRate, loss, smoothedLoss: Double

    init(_ point: LearningRateSearch.Point) {
      learningRate = point.learningRate
      loss = point.loss
      smoothedLoss = point.smoothedLoss
    }
  }

  private struct SuggestionLine: Encodable {
    var suggestedLearningRate: Double
  }
}
