/// The continuous cache of Grave, Joulin & Usunier 2017 (arXiv:1612.04426) for one text: the last n pairs of a top layer's
/// output and the token that came then.
package final class NeuralCache {
  /// n, λ and θ.
  private let size: Int
  private let cacheWeight: Double
  private let flatness: Double
  private let gang: ThreadGang
  private let hiddenSize: Int
  private let maximumRows: Int
  private let maximumQueries: Int
  /// Outputs [n + R, H], the oldest first, and the tokens that came then.
  private let outputs: Matrix
  private var tokens: [Int32] = []
  /// Q outputs as a weight [Q, H].
  private let queries: Buffer<Float>
  private let panels: Panels
  /// [n + R, Q]: the products of outputs and queries.
  private let products: Matrix
  private var weights: [Double] = []

  /// The bytes that a cache takes, small buffers left out.
  package static func byteCount(size: Int, hiddenSize: Int, maximumRows: Int, maximumQueries: Int) -> Int {
    4 * (size + maximumRows) * (paddedToVectors(hiddenSize) + paddedToVectors(maximumQueries))
  }

  /// - Parameters:
  ///   - maximumRows: the most pairs to be given at once, R.
  ///   - maximumQueries: the most outputs to ask for at once, Q.
  package init(
    size: Int, weight: Double, flatness: Double, hiddenSize: Int, maximumRows: Int, maximumQueries: Int,
    gang: ThreadGang
  ) {
    self.size = size
    cacheWeight = weight
    self.flatness = flatness
    self.gang = gang
    self.hiddenSize = hiddenSize
    self.maximumRows = maximumRows
    self.maximumQueries = maximumQueries
    outputs = Matrix(rows: size + maximumRows, columns: hiddenSize)
    queries = Buffer(count: maximumQueries * hiddenSize)
    panels = Panels(map: .plain(maximumQueries), weightColumns: hiddenSize, direction: .forward)
    products = Matrix(rows: size + maximumRows, columns: maximumQueries)
  }

  /// A cache of its own with the same pairs.
  package func copy() -> NeuralCache {
    let copy = NeuralCache(
      size: size, weight: cacheWeight, flatness: flatness, hiddenSize: hiddenSize, maximumRows: maximumRows,
      maximumQueries: maximumQueries, gang: gang)
    let used = 0..<tokens.count * outputs.stride
    copy.outputs.buffer[used].copy(from: outputs.buffer[used])
    copy.tokens = tokens
    return copy
  }

  package func reset() { tokens = [] }

  /// Keeps the pairs of outputs [R, H] and tokens.
  package func append(_ outputs: Matrix, _ tokens: ArraySlice<Int32>) {
    add(outputs, tokens)
    drop()
  }

  /// The logarithms of the tokens' probabilities: each at its output [R, H], from the model's losses and the pairs before
  /// it, those of the same call among them. The pairs are kept.
  package func logProbabilities(of tokens: ArraySlice<Int32>, at outputs: Matrix, losses: Buffer<Double>)
    -> [Double]
  {
    let before = self.tokens.count
    add(outputs, tokens)
    multiply(by: outputs)
    let result = tokens.enumerated().map { row, token in
      let model = -losses[row]
      guard let sum = weigh(pairs: max(0, before + row - size)..<before + row, row: row) else {
        return model
      }
      var matching = 0.0
      let first = before + row - weights.count
      for (index, weight) in weights.enumerated() where self.tokens[first + index] == token {
        matching += weight
      }
      return ExactMath.log(
        (1 - cacheWeight) * ExactMath.exp(model) + cacheWeight * matching / sum)
    }
    drop()
    return result
  }

  /// Turns logits [V] at an output [1, H] into the logarithms of the probabilities with the cache.
  package func mix(into logits: Buffer<Float>, at output: Matrix) {
    multiply(by: output)
    guard let sum = weigh(pairs: 0..<tokens.count, row: 0) else { return }
    var values = (0..<logits.count).map { Double(logits[$0]) }
    ExactMath.exponentials(of: &values, largest: values.max() ?? 0)
    let total = values.reduce(0, +)
    for index in values.indices { values[index] *= (1 - cacheWeight) / total }
    for (index, weight) in weights.enumerated() {
      values[Int(tokens[index])] += cacheWeight * weight / sum
    }
    for index in values.indices { logits[index] = Float(ExactMath.log(values[index])) }
  }

  private func add(_ outputs: Matrix, _ tokens: ArraySlice<Int32>) {
    let start = self.tokens.count, stride = outputs.stride
    precondition(outputs.rows == tokens.count && tokens.count <= maximumRows, "a token for each output")
    for row in 0..<outputs.rows {
      self.outputs.buffer[(start + row) * stride..<(start + row) * stride + hiddenSize].copy(
        from: outputs.buffer[row * stride..<row * stride + hiddenSize])
    }
    self.tokens += tokens
  }

  /// Forgets the oldest pairs.
  private func drop() {
    let surplus = tokens.count - size
    guard surplus > 0 else { return }
    tokens.removeFirst(surplus)
    let start = surplus * outputs.stride, count = tokens.count * outputs.stride
    outputs.buffer[0..<count].copy(from: outputs.buffer[start..<start + count])
  }

  private func multiply(by queries: Matrix) {
    precondition(queries.rows <= maximumQueries, "queries")
    for row in 0..<queries.rows {
      self.queries[row * hiddenSize..<(row + 1) * hiddenSize].copy(
        from: queries.buffer[row * queries.stride..<row * queries.stride + hiddenSize])
    }
    gang.pack(self.queries, into: panels)
    gang.product(
      outputs.rows(0..<tokens.count), panels, into: products.rows(0..<tokens.count))
  }

  /// Fills `weights` with exp(θ (product − largest)) of some pairs.
  ///
  /// - Returns: their sum; nil where there are none.
  private func weigh(pairs: Range<Int>, row: Int) -> Double? {
    weights.removeAll(keepingCapacity: true)
    for pair in pairs { weights.append(Double(products.buffer[pair * products.stride + row])) }
    guard let largest = weights.max() else { return nil }
    // The differences first: a large θ then leads to 0 and never to infinity.
    for index in weights.indices { weights[index] = flatness * (weights[index] - largest) }
    ExactMath.exponentials(of: &weights, largest: 0)
    return weights.reduce(0, +)
  }
}
