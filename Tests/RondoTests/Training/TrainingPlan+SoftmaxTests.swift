import RondoText
import Testing

@testable import Rondo

struct TrainingPlanSoftmaxTests {
  /// A text of so many different words, those before the last thousand twice.
  private func data(words count: Int, tokenizer: Tokenizer? = nil) throws -> TrainingData {
    let words = (0..<count).map { "w\($0)" }
    let text = (words + words.prefix(max(0, count - 1000))).joined(separator: " ") + "\n"
    return try TrainingData(
      Corpus(texts: [(name: "text.txt", text: text)]),
      tokenizer: tokenizer.map { .existing($0) }
        ?? .built(TokenizerSettings(kind: .whitespace, normalizer: Normalizer())), validationFraction: 0)
  }

  private func plan(
    _ data: TrainingData, from model: ModelConfiguration? = nil,
    _ change: (inout TrainingRequest) -> Void = { _ in }
  ) throws -> TrainingPlan {
    var request = TrainingRequest()
    request.steps = 1
    if model == nil { (request.hiddenSize, request.layerCount) = (16, 1) }
    change(&request)
    return try TrainingPlan(request, for: data, from: model, threadCount: 1)
  }

  @Test func largeVocabulariesGetClusters() throws {
    // Two of the entries are special.
    let limit = TrainingPlan.smallestAdaptiveVocabulary
    let small = try plan(data(words: limit - 3))
    #expect(small.model.cutoffs == [] && small.notes == [])

    let large = try data(words: limit - 2)
    #expect(large.tokenizer.vocabularySize == limit)
    let chosen = try plan(large)
    #expect(chosen.model.cutoffs == [limit / 20, limit / 4])
    let text = "\(limit / 20),\(limit / 4)"
    #expect(
      chosen.notes == [
        "\(limit) entries are many: an adaptive softmax (--cutoffs \(text)) trains faster than one over all, which "
          + "--softmax full gives"
      ])
    let full = try plan(large) { $0.softmax = .full }
    #expect(full.model.cutoffs == [] && full.notes == [])
    let own = try plan(large) { $0.cutoffs = [100] }
    #expect(own.model.cutoffs == [100] && own.notes == [])
    // Short vectors can be quartered once or not at all.
    #expect(try plan(large) { $0.hiddenSize = 8 }.model.cutoffs == [limit / 20])
    #expect(try plan(large) { $0.hiddenSize = 3 }.model.cutoffs == [])
    #expect(
      try plan(large) { ($0.hiddenSize, $0.tied) = (3, true) }.model.cutoffs == [limit / 20, limit / 4])
    let asked = try plan(data(words: 98)) { $0.softmax = .adaptive }
    #expect(asked.model.cutoffs == [5, 25])
  }

  /// A vocabulary in another order: the head would not have what is frequent.
  @Test func theOrderOfTheEntriesCounts() throws {
    let limit = TrainingPlan.smallestAdaptiveVocabulary
    let ordered = try data(words: limit).tokenizer
    var entries = ordered.vocabulary.entries
    entries[2...].reverse()
    let reversed = try Tokenizer(
      kind: .whitespace, normalizer: ordered.normalizer, vocabulary: Vocabulary(entries: entries))
    let data = try data(words: limit, tokenizer: reversed)
    let chosen = try plan(data)
    #expect(chosen.model.cutoffs == [])
    #expect(
      chosen.notes.count == 1
        && chosen.notes[0].hasSuffix("so the softmax is full although there are \(limit + 2) entries"))
    let asked = try plan(data) { $0.softmax = .adaptive }
    #expect(asked.model.cutoffs == [(limit + 2) / 20, (limit + 2) / 4])
    #expect(asked.notes.count == 1 && asked.notes[0].hasSuffix("an adaptive softmax gains less so"))
  }

  @Test func whatIsGoneOnFromKeepsItsClusters() throws {
    let data = try data(words: 98)
    var model = tinySizes()
    model.cutoffs = [10, 50]
    #expect(try plan(data, from: model).model.cutoffs == [10, 50])
    model.cutoffs = [10, 150]
    let shorter = try plan(data, from: model)
    #expect(shorter.model.cutoffs == [10])
    #expect(
      shorter.notes.contains(
        "clusters of the model's adaptive softmax have no entries in this text: they are left out"))
  }

  @Test func impossibleCutoffs() throws {
    let data = try data(words: 98)
    let error = thrown(ConfigurationError.self) { try plan(data) { $0.cutoffs = [50, 100] } }
    #expect(
      error?.description
        == "the last of the cutoffs is 100: it must be less than the 100 entries of the vocabulary")
  }
}
