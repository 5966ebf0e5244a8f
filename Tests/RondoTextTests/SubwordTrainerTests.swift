import Testing

@testable import RondoText

struct SubwordTrainerTests {
  private func train(_ words: [[UInt8]: Int], tokenCount: Int, minimumCount: Int) -> [SubwordMerge] {
    var counts = UnitCounts()
    for (word, count) in words { counts.add(word, in: word.indices, count) }
    var trainer = SubwordTrainer(counts, alphabet: (0...255).map { $0 }, firstID: 0)
    let merges = trainer.train(tokenCount: tokenCount, minimumCount: minimumCount)
    #expect(trainer.tokens.count == 256 + merges.count)
    return merges
  }

  /// The same by counting everything anew for each merge.
  private func trainPlainly(
    _ words: [[UInt8]: Int], tokenCount: Int, minimumCount: Int
  ) -> [SubwordMerge] {
    var texts = words.map { (tokens: $0.key.map { UInt32($0) }, count: $0.value) }
    var merges: [SubwordMerge] = []
    while 256 + merges.count < tokenCount {
      var pairs: [SubwordMerge: Int] = [:]
      for text in texts {
        for pair in zip(text.tokens, text.tokens.dropFirst()) {
          pairs[SubwordMerge(pair.0, pair.1), default: 0] += text.count
        }
      }
      let best = pairs.max { $0.value != $1.value ? $0.value < $1.value : $0.key.key > $1.key.key }
      guard let best, best.value >= minimumCount else { break }
      for index in texts.indices {
        var merged: [UInt32] = []
        var rest = texts[index].tokens[...]
        while let token = rest.popFirst() {
          let isPair = token == best.key.left && rest.first == best.key.right
          if isPair { rest.removeFirst() }
          merged.append(isPair ? UInt32(256 + merges.count) : token)
        }
        texts[index].tokens = merged
      }
      merges.append(best.key)
    }
    return merges
  }

  @Test func learnsWhatCountingAnewLearns() {
    var generator = SeededGenerator(state: 12)
    for round in 0..<200 {
      let letters = Array(["a", "ab", "abc", "abcdefgh"][round % 4].utf8)
      var words: [[UInt8]: Int] = [:]
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        // Repeated parts, in which pairs overlap.
        let part = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
          letters.randomElement(using: &generator)!
        }
        let word = Array(repeatElement(part, count: Int.random(in: 1...8, using: &generator)).joined())
        words[word, default: 0] += Int.random(in: 1...5, using: &generator)
      }
      for (tokenCount, minimumCount) in [(270, 1), (1000, 1), (1000, 4)] {
        #expect(
          train(words, tokenCount: tokenCount, minimumCount: minimumCount)
            == trainPlainly(words, tokenCount: tokenCount, minimumCount: minimumCount))
      }
    }
  }

  @Test func stopsWhereNothingIsLeft() {
    #expect(train([:], tokenCount: 1000, minimumCount: 1) == [])
    #expect(train([[1]: 9], tokenCount: 1000, minimumCount: 1) == [])
    #expect(train([[1, 2]: 9], tokenCount: 256, minimumCount: 1) == [])
    #expect(train([[1, 2]: 9], tokenCount: 1000, minimumCount: 10) == [])
    #expect(train([[1, 2]: 9], tokenCount: 1000, minimumCount: 9) == [SubwordMerge(1, 2)])
    #expect(train([[1, 2, 3]: 9], tokenCount: .max, minimumCount: 0).count == 2)
  }
}
