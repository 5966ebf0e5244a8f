/// The packed weights of an adaptive softmax, and what is computed with them: losses of targets, and the distribution of
/// all tokens. What trains and what only reads share it, so that both give the same bytes.
struct AdaptiveWeights<Linear: PackedLinear>: Sendable {
  private let configuration: NetworkConfiguration
  let headTokens: Linear
  let headClusters: Linear
  /// Of each cluster, none where tied.
  let reductions: [Linear]
  let clusters: [Linear]
  /// The tokens of each cluster, and the length of the vectors that tell them apart.
  private let tokens: [Range<Int>]
  private let sizes: [Int]
  /// Columns of the head's scores and of each cluster's.
  private let headColumns: Int
  private let columns: [Int]

  /// - Parameter pack: makes a layer; the padding of scores gets probability 0.
  init(
    _ configuration: NetworkConfiguration, _ pack: (AdaptiveLayout.Linear, _ isScore: Bool) -> Linear
  ) {
    self.configuration = configuration
    let layout = AdaptiveLayout(configuration)
    headTokens = pack(layout.headTokens, true)
    headClusters = pack(layout.headClusters, true)
    reductions = layout.reductions.map { pack($0, false) }
    clusters = layout.clusters.map { pack($0, true) }
    tokens = configuration.clusters
    sizes = configuration.clusterSizes
    headColumns = AdaptiveWorkspace.headColumns(configuration)
    columns = tokens.map { paddedToVectors($0.count) }
  }

  /// The clusters' part of the head's scores or their gradients, padding included.
  func clusters(of head: Matrix) -> Matrix {
    Matrix(
      buffer: head.buffer, rows: head.rows, columns: paddedToVectors(configuration.cutoffs.count),
      stride: head.stride)
  }

  /// The tokens' part.
  func tokens(of head: Matrix) -> Matrix {
    let first = paddedToVectors(configuration.cutoffs.count)
    return Matrix(
      buffer: head.buffer[first..<head.buffer.count], rows: head.rows, columns: head.columns - first,
      stride: head.stride)
  }

  private func scoreHead(_ input: Matrix, into scores: Matrix, _ gang: ThreadGang) {
    headClusters.apply(input, into: clusters(of: scores), gang)
    headTokens.apply(input, into: tokens(of: scores), gang)
  }

  /// The loss of each row of `input` [R, D] in nats. With a scale other than 0 the scores become their own gradient times
  /// that scale, block by block, for what is to be made of them.
  ///
  /// - Parameters:
  ///   - onHead: a block of rows with the head's gradients.
  ///   - beforeCluster: told of a cluster that the window has tokens of, before its weights are used.
  ///   - onCluster: a cluster, a block of the workspace's gathered rows, what was multiplied, and the gradients.
  func evaluate(
    _ input: Matrix, targets: Buffer<Int32>, gradientScale: Float = 0, losses: Buffer<Double>,
    _ workspace: AdaptiveWorkspace, _ gang: ThreadGang,
    onHead: (Range<Int>, Matrix) -> Void = { _, _ in },
    beforeCluster: (Int) -> Void = { _ in },
    onCluster: (Int, Range<Int>, Matrix, Matrix) -> Void = { _, _, _, _ in }
  ) {
    workspace.sort(targets, rows: input.rows)
    workspace.forEachBlock(of: 0..<input.rows, columns: headColumns) { range, scores in
      scoreHead(input.rows(range), into: scores, gang)
      gang.crossEntropy(
        logits: scores, vocabularySize: scores.columns, targets: workspace.headTargets[range],
        gradientScale: gradientScale, losses: losses[range])
      onHead(range, scores)
    }
    let all = workspace.gatheredRange
    gang.gather(input, ids: workspace.rows[all], into: workspace.gathered)
    for cluster in clusters.indices {
      let own = workspace.range(ofCluster: cluster)
      guard !own.isEmpty else { continue }
      beforeCluster(cluster)
      let vectors = reduce(workspace.gathered.rows(own), at: own, cluster: cluster, workspace, gang)
      workspace.forEachBlock(of: own, columns: columns[cluster]) { range, scores in
        let block = vectors.rows(range.lowerBound - own.lowerBound..<range.upperBound - own.lowerBound)
        clusters[cluster].apply(block, into: scores, gang)
        gang.crossEntropy(
          logits: scores, vocabularySize: scores.columns, targets: workspace.targets[range],
          gradientScale: gradientScale, losses: workspace.losses[range])
        onCluster(cluster, range, block, scores)
      }
    }
    for index in all { losses[Int(workspace.rows[index])] += workspace.losses[index] }
  }

  /// Vectors of a cluster's length, of rows that the workspace has room for at `range`.
  private func reduce(
    _ input: Matrix, at range: Range<Int>, cluster: Int, _ workspace: AdaptiveWorkspace, _ gang: ThreadGang
  ) -> Matrix {
    guard !reductions.isEmpty else { return input }
    let output = workspace.reduced(range, columns: sizes[cluster])
    reductions[cluster].apply(input, into: output, gang)
    return output
  }

  /// The logarithms of the probabilities of all tokens, [R, V], for rows of `input` [R, D].
  func logProbabilities(
    of input: Matrix, into output: Matrix, _ workspace: AdaptiveWorkspace, _ gang: ThreadGang
  ) {
    let first = configuration.cutoffs[0]
    workspace.forEachBlock(of: 0..<input.rows, columns: headColumns) { range, scores in
      scoreHead(input.rows(range), into: scores, gang)
      gang.logSoftmax(scores, start: nil, into: scores)
      for (number, row) in range.enumerated() {
        let tokens = tokens(of: scores.rows(number..<number + 1)).buffer
        output.rows(row..<row + 1).buffer[0..<first].copy(from: tokens[0..<first])
        let clusters = scores.rows(number..<number + 1).buffer[0..<columns.count]
        workspace.clusterLogs.rows(row..<row + 1).buffer[0..<columns.count].copy(from: clusters)
      }
    }
    for cluster in clusters.indices {
      let rows = 0..<input.rows
      let vectors = reduce(input, at: rows, cluster: cluster, workspace, gang)
      workspace.forEachBlock(of: rows, columns: columns[cluster]) { range, scores in
        clusters[cluster].apply(vectors.rows(range), into: scores, gang)
        let part = output.rows(range)
        gang.logSoftmax(
          scores, start: workspace.clusterLogs.rows(range).columns(cluster..<cluster + 1),
          into: part.columns(tokens[cluster]))
      }
    }
  }
}
