/// The adaptive softmax (Grave, Joulin, Cissé, Grangier & Jégou 2016, arXiv:1609.04309): a softmax for vocabularies of
/// many thousand tokens that need not compute all scores to name one.
///
/// Tokens are numbered by descending frequency, and few of them make up most of a text. So the c₀ most frequent are in
/// the *head*, which every prediction computes, and the others in K *clusters*, of which one is computed where its token
/// came. In the head each cluster has one score, as if it were a token:
///
///     z = x·Hᵀ + b            scores of c₀ tokens and K clusters
///     p = softmax(z)
///     log p(w) = log p_w                                  for a token w of the head
///     log p(w) = log p_cluster + log softmax(zᶜ)_w        for a token w of cluster c
///     zᶜ = (x·Rᶜᵀ)·Wᶜᵀ
///
/// Rᶜ shortens the vectors, the more the rarer the cluster's tokens: from D numbers to D / 4, D / 16 and so on. A rare
/// token has too few examples for a long vector. The probabilities of all V tokens add up to 1.
///
/// Where the weights are tied, H's token rows and the Wᶜ are rows of the encoder, there is no R, and each token has a
/// bias.
struct ReferenceAdaptiveSoftmax<Scalar: ReferenceScalar> {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// A cluster's parameters.
  struct Cluster {
    /// Its tokens.
    let tokens: Range<Int>
    /// R, `[D / 4ⁱ, D]`; none where tied.
    var reduction: Matrix?
    /// W, `[tokens, D / 4ⁱ]`.
    var weights: Matrix
    /// One number for each token where tied, else none.
    var bias: Matrix?
  }

  /// H, `[c₀ + K, D]`.
  var head: Matrix
  /// b, `[c₀ + K]`.
  var headBias: Matrix
  /// The K clusters.
  var clusters: [Cluster]

  /// c₀.
  private var headCount: Int { head.rows - clusters.count }

  /// The logarithms of the probabilities of all tokens, `[B, V]`, for x `[B, D]`.
  func logProbabilities(_ x: Matrix) -> Matrix {
    let own = Self.logSoftmax(headScores(x))
    var result = Matrix(rows: x.rows, columns: clusters.last?.tokens.upperBound ?? headCount)
    for b in 0..<x.rows {
      for token in 0..<headCount { result[b, token] = own[b, token] }
    }
    for (index, cluster) in clusters.enumerated() {
      let scores = Self.logSoftmax(Self.scores(cluster, shortened(x, by: cluster)))
      for b in 0..<x.rows {
        for token in cluster.tokens {
          result[b, token] = own[b, headCount + index] + scores[b, token - cluster.tokens.lowerBound]
        }
      }
    }
    return result
  }

  /// The sum of the losses −log p of B targets, and the gradients of that sum for x and, laid out as `self`, for the
  /// parameters.
  ///
  /// Head and clusters are softmaxes of their own (``ReferenceCrossEntropy``), and the losses add up. A cluster whose
  /// tokens did not come has no gradient.
  func evaluate(_ x: Matrix, targets: [Int]) -> (loss: Scalar, dInput: Matrix, gradients: Self) {
    var gradients = zeros

    // Head: the target is the token, or the cluster that has it.
    let headTargets = targets.map { target in
      clusters.firstIndex { $0.tokens.contains(target) }.map { headCount + $0 } ?? target
    }
    var (loss, dScores) = ReferenceCrossEntropy.evaluate(logits: headScores(x), targets: headTargets)
    gradients.head.add(transposed: dScores, times: x)
    gradients.headBias.add(rowsOf: dScores)
    var dInput = dScores.times(head)

    for (index, cluster) in clusters.enumerated() {
      // Only the rows of x whose target is here.
      let rows = targets.indices.filter { cluster.tokens.contains(targets[$0]) }
      let own = Matrix(rows: rows.count, columns: x.columns, elements: rows.flatMap { x.row($0) })
      let short = shortened(own, by: cluster)
      let (ownLoss, dOwnScores) = ReferenceCrossEntropy.evaluate(
        logits: Self.scores(cluster, short), targets: rows.map { targets[$0] - cluster.tokens.lowerBound })
      loss += ownLoss
      gradients.clusters[index].weights.add(transposed: dOwnScores, times: short)
      gradients.clusters[index].bias?.add(rowsOf: dOwnScores)
      var dOwn = dOwnScores.times(cluster.weights)
      if let reduction = cluster.reduction {
        gradients.clusters[index].reduction?.add(transposed: dOwn, times: own)
        dOwn = dOwn.times(reduction)
      }
      for (from, row) in rows.enumerated() {
        for column in 0..<x.columns { dInput[row, column] += dOwn[from, column] }
      }
    }
    return (loss, dInput, gradients)
  }

  private func headScores(_ x: Matrix) -> Matrix {
    var scores = x.times(transposed: head)
    scores.addToEachRow(headBias)
    return scores
  }

  private func shortened(_ x: Matrix, by cluster: Cluster) -> Matrix {
    cluster.reduction.map { x.times(transposed: $0) } ?? x
  }

  private static func scores(_ cluster: Cluster, _ short: Matrix) -> Matrix {
    var scores = short.times(transposed: cluster.weights)
    if let bias = cluster.bias { scores.addToEachRow(bias) }
    return scores
  }

  private static func logSoftmax(_ scores: Matrix) -> Matrix {
    var result = scores
    for b in 0..<scores.rows {
      let row = scores.row(b)
      let largest = row.max() ?? 0
      let sum = row.reduce(0) { $0 + Scalar.exponential($1 - largest) }
      for column in 0..<scores.columns { result[b, column] -= largest + Scalar.logarithm(sum) }
    }
    return result
  }

  /// Parameters of the same shapes, all 0.
  private var zeros: Self { mapParameters { _ in 0 } }

  /// The results of a function on each number of the parameters.
  func mapParameters(_ function: (Scalar) -> Scalar) -> Self {
    Self(
      head: head.mapElements(function), headBias: headBias.mapElements(function),
      clusters: clusters.map {
        Cluster(
          tokens: $0.tokens, reduction: $0.reduction?.mapElements(function),
          weights: $0.weights.mapElements(function), bias: $0.bias?.mapElements(function))
      })
  }
}

extension ReferenceModel {
  /// The adaptive softmax of a model that has one, its rows taken from wherever they are stored.
  var adaptiveSoftmax: ReferenceAdaptiveSoftmax<Scalar> {
    let first = configuration.cutoffs[0], clusters = configuration.clusters
    guard configuration.tied else {
      return ReferenceAdaptiveSoftmax(
        head: self["decoder.head.weight"], headBias: self["decoder.head.bias"],
        clusters: clusters.enumerated().map { index, tokens in
          .init(
            tokens: tokens, reduction: self["decoder.tail.\(index).0.weight"],
            weights: self["decoder.tail.\(index).1.weight"], bias: nil)
        })
    }
    let encoder = self["encoder.weight"], bias = self["decoder.bias"]
    return ReferenceAdaptiveSoftmax(
      head: encoder.rows(0..<first).above(self["decoder.cluster.weight"]),
      headBias: bias.columns(0..<first).beside(self["decoder.cluster.bias"]),
      clusters: clusters.map {
        .init(tokens: $0, reduction: nil, weights: encoder.rows($0), bias: bias.columns($0))
      })
  }

  /// Adds gradients of ``adaptiveSoftmax`` to those of the parameters that it was taken from.
  func add(_ own: ReferenceAdaptiveSoftmax<Scalar>, to gradients: inout Tensors) {
    let first = configuration.cutoffs[0], count = configuration.cutoffs.count
    func add(_ name: String, _ matrix: Matrix, at start: Int = 0) {
      for (index, value) in matrix.elements.enumerated() { gradients[name]?.elements[start + index] += value }
    }
    guard configuration.tied else {
      add("decoder.head.weight", own.head)
      add("decoder.head.bias", own.headBias)
      for (index, cluster) in own.clusters.enumerated() {
        if let reduction = cluster.reduction { add("decoder.tail.\(index).0.weight", reduction) }
        add("decoder.tail.\(index).1.weight", cluster.weights)
      }
      return
    }
    add("encoder.weight", own.head.rows(0..<first))
    add("decoder.bias", own.headBias.columns(0..<first))
    add("decoder.cluster.weight", own.head.rows(first..<first + count))
    add("decoder.cluster.bias", own.headBias.columns(first..<first + count))
    for cluster in own.clusters {
      add("encoder.weight", cluster.weights, at: cluster.tokens.lowerBound * cluster.weights.columns)
      if let bias = cluster.bias { add("decoder.bias", bias, at: cluster.tokens.lowerBound) }
    }
  }
}
