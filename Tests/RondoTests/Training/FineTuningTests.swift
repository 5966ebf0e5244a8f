import RondoNN
import RondoText
import Testing

@testable import Rondo

struct FineTuningTests {
  private func tokenizer(
    _ text: String, kind: TokenizerKind = .character, normalizer: Normalizer = Normalizer()
  ) throws -> Tokenizer {
    try Tokenizer.build(TokenizerSettings(kind: kind, normalizer: normalizer), from: [Array(text.utf8)])
  }

  /// The row of an entry in a tensor of a vocabulary's rows.
  private func row(_ tensor: String, _ character: String, _ values: [String: [Float]], _ tokenizer: Tokenizer)
    throws -> [Float]
  {
    let id = Int(try #require(tokenizer.vocabulary.id(of: Array(character.utf8))))
    let tensor = try #require(values[tensor])
    let width = tensor.count / tokenizer.vocabularySize
    return Array(tensor[id * width..<(id + 1) * width])
  }

  /// One-hot input: a token's column of the first layer's weight follows it.
  @Test func columnsFollowTheirTokens() throws {
    let old = try tokenizer("aaaabbbccd")
    let data = try trainingData("dddddccccxxxyyb", fraction: 0)
    let sizes = ModelConfiguration(layerCount: 1, hiddenSize: 4, embeddingSize: 0, oneHot: true)
    let parameters = ParameterStore(sizes.network(vocabularySize: old.vocabularySize))
    for index in 0..<parameters.values.count { parameters.values[index] = Float(index + 1) }
    let base = LanguageModel(configuration: sizes, tokenizer: old, training: nil, parameters: parameters)
    let plan = TrainingPlan(
      model: sizes, settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1, seed: 5))
    let tuning = try FineTuning(base, for: data.tokenizer)
    let tuned = try Trainer(plan: plan, data: data, base: tuning, threadCount: 1).model.tensors
    let fresh = try Trainer(plan: plan, data: data, threadCount: 1).model.tensors
    func column(_ character: String, _ tensors: [String: [Float]], _ tokenizer: Tokenizer) throws -> [Float] {
      let id = Int(try #require(tokenizer.vocabulary.id(of: Array(character.utf8))))
      let weight = try #require(tensors["rnn.weight_ih_l0"])
      return stride(from: id, to: weight.count, by: tokenizer.vocabularySize).map { weight[$0] }
    }
    for shared in ["b", "c", "d"] {
      #expect(try column(shared, tuned, data.tokenizer) == column(shared, base.tensors, old), "\(shared)")
    }
    for new in ["x", "y"] {
      #expect(try column(new, tuned, data.tokenizer) == column(new, fresh, data.tokenizer), "\(new)")
    }
  }

  @Test(arguments: [false, true])
  func rowsFollowTheirTokens(_ tied: Bool) throws {
    // By frequency: a b c d in the old text, d c x y b in the new one, so that every shared id has moved.
    let old = try tokenizer("aaaabbbccd")
    let data = try trainingData("dddddccccxxxyyb", fraction: 0)
    let sizes = tinySizes(tied: tied)
    let parameters = ParameterStore(sizes.network(vocabularySize: old.vocabularySize))
    for index in 0..<parameters.values.count { parameters.values[index] = Float(index + 1) }
    let base = LanguageModel(configuration: sizes, tokenizer: old, training: nil, parameters: parameters)

    let tuning = try FineTuning(base, for: data.tokenizer)
    // <unk> and <boundary> are shared as well.
    #expect(tuning.sharedCount == 5)
    #expect(tuning.newCount == 2)
    #expect(tuning.droppedCount == 1)
    #expect(tuning.model == sizes)

    let plan = TrainingPlan(
      model: sizes, settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1, seed: 5))
    let tuned = try Trainer(plan: plan, data: data, base: tuning, threadCount: 1).model.tensors
    let fresh = try Trainer(plan: plan, data: data, threadCount: 1).model.tensors
    let before = base.tensors
    for name in ["encoder.weight", "decoder.bias"] + (tied ? [] : ["decoder.weight"]) {
      for shared in ["b", "c", "d"] {
        #expect(
          old.vocabulary.id(of: Array(shared.utf8)) != data.tokenizer.vocabulary.id(of: Array(shared.utf8)))
        #expect(
          try row(name, shared, tuned, data.tokenizer) == row(name, shared, before, old), "\(name) \(shared)")
      }
      for new in ["x", "y"] {
        #expect(
          try row(name, new, tuned, data.tokenizer) == row(name, new, fresh, data.tokenizer), "\(name) \(new)"
        )
      }
      for special in 0..<2 {
        let width = try #require(tuned[name]).count / data.tokenizer.vocabularySize
        let range = special * width..<(special + 1) * width
        #expect(tuned[name]?[range] == before[name]?[range], "\(name) special token \(special)")
      }
    }
    for name in before.keys where name.hasPrefix("rnn.") { #expect(tuned[name] == before[name], "\(name)") }
  }

  /// A token's row goes with it where it stays in its cluster; between clusters it has no row of the same length. The head
  /// takes what a token was scored with in its cluster.
  @Test func rowsStayInTheirClusters() throws {
    // By frequency: a b c d in the old text, d c x y b in the new one, after two special tokens.
    let old = try tokenizer("aaaabbbccd")
    let data = try trainingData("dddddccccxxxyyb", fraction: 0)
    var sizes = tinySizes()
    sizes.cutoffs = [3, 5]
    let parameters = ParameterStore(sizes.network(vocabularySize: old.vocabularySize))
    for index in 0..<parameters.values.count { parameters.values[index] = Float(index + 1) }
    let base = LanguageModel(configuration: sizes, tokenizer: old, training: nil, parameters: parameters)
    let plan = TrainingPlan(
      model: sizes, settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1, seed: 5))
    let tuning = try FineTuning(base, for: data.tokenizer)
    let tuned = try Trainer(plan: plan, data: data, base: tuning, threadCount: 1).model.tensors
    let fresh = try Trainer(plan: plan, data: data, threadCount: 1).model.tensors
    let before = base.tensors
    func rows(_ name: String, _ tensors: [String: [Float]], _ width: Int, _ range: Range<Int>) -> ArraySlice<
      Float
    >? {
      tensors[name]?[range.lowerBound * width..<range.upperBound * width]
    }
    // Head: the special tokens stay, d has come, and the clusters' own rows are after them.
    let head = "decoder.head.weight", first = "decoder.tail.0.1.weight", second = "decoder.tail.1.1.weight"
    #expect(rows(head, tuned, 20, 0..<2) == rows(head, before, 20, 0..<2))
    let d = try score(of: 5, before, cutoffs: sizes.cutoffs)
    #expect(try #require(rows(head, tuned, 20, 2..<3)).elementsEqual(d.row))
    #expect(tuned["decoder.head.bias"]?[2] == d.bias)
    #expect(rows(head, tuned, 20, 3..<5) == rows(head, before, 20, 3..<5))
    // c has moved within the first cluster, x is new; b has come to the second.
    #expect(rows(first, tuned, 5, 0..<1) == rows(first, before, 5, 1..<2))
    #expect(rows(first, tuned, 5, 1..<2) == rows(first, fresh, 5, 1..<2))
    #expect(tuned[second] == fresh[second])
    for name in ["decoder.tail.0.0.weight", "decoder.tail.1.0.weight"] {
      #expect(tuned[name] == before[name])
    }
  }

  /// What an adaptive softmax that is not tied scores a token with before the softmax of its cluster, as one row of 20
  /// weights and a bias.
  private func score(of token: Int, _ tensors: [String: [Float]], cutoffs: [Int]) throws -> (
    row: [Float], bias: Float
  ) {
    let head = try #require(tensors["decoder.head.weight"]),
      biases = try #require(tensors["decoder.head.bias"])
    guard let cluster = cutoffs.lastIndex(where: { $0 <= token }) else {
      return (Array(head[token * 20..<token * 20 + 20]), biases[token])
    }
    let reduction = try #require(tensors["decoder.tail.\(cluster).0.weight"])
    let own = try #require(tensors["decoder.tail.\(cluster).1.weight"])
    let size = reduction.count / 20, place = token - cutoffs[cluster], first = (cutoffs[0] + cluster) * 20
    let row = (0..<20).map { column in
      (0..<size).reduce(head[first + column]) {
        $0 + own[place * size + $1] * reduction[$1 * 20 + column]
      }
    }
    return (row, biases[cutoffs[0] + cluster])
  }

  /// Where the text has no entries for the last clusters or for any, tokens keep what they are scored with.
  @Test(arguments: [[], [3]], [false, true])
  func scoresOutliveTheirClusters(_ cutoffs: [Int], _ tied: Bool) throws {
    // <unk> <boundary> a b c d in the old text, <unk> <boundary> d b x in the new one.
    let old = try tokenizer("aaaabbbccd"), data = try trainingData("ddddbbbx", fraction: 0)
    var before = tinySizes(tied: tied)
    before.cutoffs = [3, 5]
    let parameters = ParameterStore(before.network(vocabularySize: old.vocabularySize))
    for index in 0..<parameters.values.count { parameters.values[index] = Float(index % 64) }
    let base = LanguageModel(configuration: before, tokenizer: old, training: nil, parameters: parameters)
    var sizes = before
    sizes.cutoffs = cutoffs
    let plan = TrainingPlan(
      model: sizes, settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1, seed: 5))
    let tuning = try FineTuning(base, for: data.tokenizer)
    let tuned = try Trainer(plan: plan, data: data, base: tuning, threadCount: 1).model.tensors
    let known = base.tensors
    if tied {
      let biases = try #require(tuned["decoder.bias"]), all = try #require(known["decoder.bias"])
      #expect(biases[..<4] == [all[0], all[1], all[5], all[3]])
      let cluster = tuned["decoder.cluster.weight"]
      #expect(cluster == (cutoffs.isEmpty ? nil : known["decoder.cluster.weight"].map { Array($0[..<20]) }))
      return
    }
    let prefix = cutoffs.isEmpty ? "decoder." : "decoder.head."
    let rows = try #require(tuned[prefix + "weight"]), biases = try #require(tuned[prefix + "bias"])
    for (place, token) in [0, 1, 5, 3].enumerated().prefix(cutoffs.first ?? 4) {
      let expected = try score(of: token, known, cutoffs: before.cutoffs)
      #expect(rows[place * 20..<place * 20 + 20].elementsEqual(expected.row), "\(token)")
      #expect(biases[place] == expected.bias, "\(token)")
    }
    guard !cutoffs.isEmpty else { return }
    #expect(rows.suffix(20) == known["decoder.head.weight"]?[60..<80], "the cluster's row")
    #expect(tuned["decoder.tail.0.1.weight"]?.prefix(5) == known["decoder.tail.0.1.weight"]?.prefix(5), "b")
  }

  @Test func anotherModelIsRefused() throws {
    let base = try randomModel("abcabc"), data = try trainingData("abcabcabc", fraction: 0)
    let tuning = try FineTuning(base, for: data.tokenizer)
    var sizes = tinySizes(dropout: 0.5)
    _ = try Trainer(
      plan: TrainingPlan(model: sizes, settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1)),
      data: data, base: tuning, threadCount: 1)
    sizes.embeddingSize = 11
    let error = thrown(ConfigurationError.self) {
      try Trainer(
        plan: TrainingPlan(model: sizes, settings: TrainingSettings(batchSize: 1, windowLength: 4, steps: 1)),
        data: data, base: tuning, threadCount: 1)
    }
    #expect(error?.description == "the sizes are not those of the model to go on from: it has its own")
  }

  @Test func anotherTokenizerIsRefused() throws {
    let base = try randomModel("abcabc")
    let byte = thrown(TrainingError.self) { try FineTuning(base, for: tokenizer("abc", kind: .byte)) }
    #expect(
      byte?.description
        == "cannot begin with this model: its tokenizer is character, nfc, not byte, nfc; ask for the same, "
        + "or train without a model to begin with")
    let folded = thrown(TrainingError.self) {
      try FineTuning(base, for: tokenizer("abc", normalizer: Normalizer(foldsCase: true)))
    }
    #expect(folded?.description.contains("not character, nfc, case folded;") == true)
    #expect(throws: TrainingError.self) {
      try FineTuning(base, for: tokenizer("abc", normalizer: Normalizer(form: .nfkc)))
    }
    _ = try FineTuning(base, for: tokenizer("xyz"))
  }

  @Test func whatWasLearnedIsTheBeginning() throws {
    let text = String(repeating: "to be or not to be\n", count: 40)
    let settings = TrainingSettings(
      batchSize: 3, windowLength: 8, steps: 250, learningRate: 0.02, schedule: .constant)
    let first = try Trainer(
      plan: TrainingPlan(model: tinySizes(), settings: settings), data: trainingData(text, fraction: 0),
      threadCount: 1)
    _ = try first.run()
    // A text with other frequencies and a new character: other ids.
    let data = try trainingData("x" + text + "eeeeeeeeeeeeeeeeeeeeeeeeee", fraction: 0)
    let tuning = try FineTuning(first.model, for: data.tokenizer)
    let second = try Trainer(
      plan: TrainingPlan(model: tinySizes(), settings: settings), data: data, base: tuning, threadCount: 1)
    #expect(try second.step().loss < 1, "a fresh model's is about 2.6")
  }
}
