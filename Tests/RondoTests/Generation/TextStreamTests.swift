import Testing

@testable import Rondo

struct TextStreamTests {
  private let settings = GenerationSettings(
    sampler: .init(temperature: 1), length: 90, stops: ["zz"], seed: 6)

  @Test func textIsThatOfTheGenerator() async throws {
    let model = try randomModel()
    let generator = try TextGenerator(model, prompt: "the ", settings: settings)
    var expected: [String] = []
    while let piece = try generator.next()?.first { expected.append(piece.text) }
    var pieces: [String] = []
    for try await piece in model.generate(prompt: "the ", settings: settings) { pieces.append(piece) }
    #expect(pieces == expected.filter { !$0.isEmpty })
    #expect(pieces.joined().count == 90)

    // A second pass over the same stream is the same text, and one of four is still one.
    var four = settings
    four.count = 4
    let stream = model.generate(prompt: "the ", settings: four)
    for _ in 0..<2 {
      var again = ""
      for try await piece in stream { again += piece }
      #expect(again == expected.joined())
    }
  }

  @Test func beginsFromAState() async throws {
    let model = try randomModel()
    let reader = try model.reader()
    try reader.read("the ")
    var texts: [String] = []
    for stream in [
      model.generate(prompt: "the fox", settings: settings),
      model.generate(prompt: "fox", from: reader.state, settings: settings),
    ] {
      var text = ""
      for try await piece in stream { text += piece }
      texts.append(text)
    }
    #expect(texts[0] == texts[1])
  }

  @Test(.timeLimit(.minutes(15)))
  func cancellationEndsIt() async throws {
    let model = try randomModel()
    let endless = GenerationSettings(length: .max, seed: 1)
    let (signals, begun) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      var count = 0
      for try await _ in model.generate(settings: endless) {
        count += 1
        if count == 5 { begun.finish() }
      }
      return count
    }
    for await _ in signals {}
    task.cancel()
    #expect(try await task.value >= 5)

    let late = Task {
      while !Task.isCancelled { await Task.yield() }
      for try await piece in model.generate(settings: endless) { Issue.record("\(piece) after the end") }
    }
    late.cancel()
    try await late.value
  }

  @Test func errorsComeWithTheFirstPiece() async throws {
    var iterator = try randomModel().generate(settings: .init(lines: 0)).makeAsyncIterator()
    await #expect(throws: ConfigurationError.self) { try await iterator.next() }
  }
}
