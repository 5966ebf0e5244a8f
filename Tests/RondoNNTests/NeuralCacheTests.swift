import RondoNN
import RondoReference
import TestSupport
import Testing

@Suite struct NeuralCacheTests {
  private static let hidden = 21, size = 7
  private static let windows = [[30], [1, 1, 5, 9, 14], [3, 3, 3, 3, 3, 3, 3, 3, 3, 3]]

  /// Thirty outputs, and the tokens that came then: few, so that they come again.
  private let outputs = (0..<30 as Range<UInt64>).map { numbers(Self.hidden, seed: $0) }
  private let next = tokens(30, below: 4, seed: 77)
  private let losses = Buffer(numbers(30, seed: 78).map { Double(abs($0)) })

  private func cache(maximumRows: Int, flatness: Double = 0.8) throws -> NeuralCache {
    NeuralCache(
      size: Self.size, weight: 0.3, flatness: flatness, hiddenSize: Self.hidden, maximumRows: maximumRows,
      maximumQueries: maximumRows, gang: try ThreadGang(threadCount: 2))
  }

  private func matrix(_ rows: Range<Int>) -> Matrix {
    Matrix(rows.flatMap { outputs[$0] }, rows: rows.count, columns: Self.hidden, padding: 0)
  }

  private func expected(_ row: Int, token: Int, model: Double, flatness: Double = 0.8) -> Double {
    let pairs = (max(0, row - Self.size)..<row).map {
      (output: outputs[$0].map(Double.init), token: Int(next[$0]))
    }
    return referenceCacheProbability(
      of: token, model: model, output: outputs[row].map(Double.init), pairs: pairs, weight: 0.3,
      flatness: flatness)
  }

  /// Each probability is the textbook's, whatever the windows that the text comes in.
  @Test(arguments: Self.windows)
  func scoresAgreeWithTheReference(windows: [Int]) throws {
    for flatness in [0, 0.8, 40] {
      let cache = try cache(maximumRows: windows.max() ?? 0, flatness: flatness)
      for _ in 0..<2 {
        cache.reset()
        var row = 0
        for window in windows {
          let range = row..<row + window
          let scores = cache.logProbabilities(of: next[range], at: matrix(range), losses: losses[range])
          for (index, score) in scores.enumerated() {
            let model = ExactMath.exp(-losses[row + index])
            let expected = expected(
              row + index, token: Int(next[row + index]), model: model, flatness: flatness)
            #expect(abs(ExactMath.exp(score) - expected) <= 1e-4 * expected, "row \(row + index)")
          }
          row += window
        }
      }
    }
  }

  /// The whole distribution, after pairs that came without being asked for; a copy goes its own way.
  @Test func distributionsAgreeWithTheReference() throws {
    let cache = try cache(maximumRows: 12)
    cache.append(matrix(0..<12), next[0..<12])
    let logits = numbers(4, seed: 5)
    let partition = logits.reduce(0) { $0 + ExactMath.exp(Double($1)) }
    let other = cache.copy()
    other.append(matrix(20..<21), next[20..<21])
    let mixed = Buffer(logits)
    cache.mix(into: mixed, at: matrix(12..<13))
    var sum = 0.0
    for token in 0..<4 {
      let expected = expected(12, token: token, model: ExactMath.exp(Double(logits[token])) / partition)
      #expect(abs(ExactMath.exp(Double(mixed[token])) - expected) <= 1e-4 * expected)
      sum += ExactMath.exp(Double(mixed[token]))
    }
    #expect(abs(sum - 1) <= 1e-5)
    let others = Buffer(logits)
    other.mix(into: others, at: matrix(12..<13))
    #expect(others.array != mixed.array)
  }

  @Test func anEmptyCacheChangesNothing() throws {
    let cache = try cache(maximumRows: 1)
    let logits = Buffer(numbers(4, seed: 5))
    cache.mix(into: logits, at: matrix(0..<1))
    #expect(logits.array == numbers(4, seed: 5))
    #expect(cache.logProbabilities(of: next[0..<1], at: matrix(0..<1), losses: losses[0..<1]) == [-losses[0]])
  }
}
