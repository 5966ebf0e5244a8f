/// An adaptive softmax that learns: losses and gradients of a window. A cluster's scores are computed for the rows whose
/// target it has, gathered in the order of the window, and no other; so its weights take part only where they are needed.
struct AdaptiveSoftmax: Sendable {
  /// A linear layer's packed weight and its bias.
  private struct Packed: PackedLinear {
    let layout: AdaptiveLayout.Linear
    let panels: Panels
    let bias: Buffer<Float>?

    init(_ layout: AdaptiveLayout.Linear, isScore: Bool) {
      self.layout = layout
      panels = Panels(
        map: .plain(layout.rows.count), weightColumns: layout.inputs, direction: .forward)
      bias = isScore ? Buffer(count: panels.map.columns) : nil
    }

    /// - Parameter zeros: what scores begin with that have no bias.
    func pack(_ parameters: ParameterStore, zeros: Buffer<Float>, _ gang: ThreadGang) {
      gang.pack(layout.weight(in: parameters.values, of: parameters), into: panels)
      guard let bias else { return }
      gang.packBias(
        layout.bias(in: parameters.values, of: parameters) ?? zeros[0..<layout.rows.count], nil,
        map: panels.map, padding: -.infinity, into: bias)
    }

    func apply(_ input: Matrix, into output: Matrix, _ gang: ThreadGang) {
      gang.product(input, panels, bias: bias, into: output)
    }
  }

  private let weights: AdaptiveWeights<Packed>
  private let workspace: AdaptiveWorkspace
  let losses: Buffer<Double>
  private let zeros: Buffer<Float>
  /// Whether each cluster's weights are packed.
  private let isPacked: Buffer<UInt8>
  /// [R, D]: the gradients of the gathered rows, and of what the reductions made of them.
  private let gatheredGradient: Matrix
  private let reducedGradient: Buffer<Float>
  /// Packed for the way back when their turn comes, in memory that all weights share; the head's clusters have their own.
  private let shared: Buffer<Float>
  private let headClustersBackward: Panels

  /// - Parameter shared: memory for a packed weight, which others use too.
  init(_ configuration: NetworkConfiguration, maximumRows: Int, panels shared: Buffer<Float>) {
    self.shared = shared
    weights = AdaptiveWeights(configuration) { Packed($0, isScore: $1) }
    workspace = AdaptiveWorkspace(configuration, maximumRows: maximumRows)
    losses = Buffer(count: maximumRows)
    zeros = Buffer(count: configuration.tied ? 0 : configuration.clusters.map(\.count).max() ?? 0)
    isPacked = Buffer(count: configuration.cutoffs.count)
    gatheredGradient = Matrix(rows: maximumRows, columns: configuration.decoderInputSize)
    reducedGradient = Buffer(
      count: AdaptiveWorkspace.reducedSize(configuration, maximumRows: maximumRows))
    headClustersBackward = Panels(
      map: .plain(configuration.cutoffs.count), weightColumns: configuration.decoderInputSize,
      direction: .backward)
  }

  /// Makes anew what is derived from the parameters. A cluster's turn comes when a window has a token of it.
  func pack(_ parameters: ParameterStore, _ gang: ThreadGang) {
    weights.headTokens.pack(parameters, zeros: zeros, gang)
    weights.headClusters.pack(parameters, zeros: zeros, gang)
    isPacked.fill(0)
  }

  private func packCluster(_ cluster: Int, _ parameters: ParameterStore, _ gang: ThreadGang) {
    guard isPacked[cluster] == 0 else { return }
    if !weights.reductions.isEmpty { weights.reductions[cluster].pack(parameters, zeros: zeros, gang) }
    weights.clusters[cluster].pack(parameters, zeros: zeros, gang)
    isPacked[cluster] = 1
  }

  /// The sum of the rows' losses in nats.
  func score(
    _ input: Matrix, targets: Buffer<Int32>, parameters: ParameterStore, _ gang: ThreadGang
  ) -> Double {
    weights.evaluate(
      input, targets: targets, losses: losses, workspace, gang,
      beforeCluster: { packCluster($0, parameters, gang) })
    return sum(input.rows)
  }

  /// The same, with the gradients of the parameters (mean over rows) and that of the input.
  func scoreAndBackward(
    _ input: Matrix, targets: Buffer<Int32>, inputGradient: Matrix, parameters: ParameterStore,
    gradients: Buffer<Float>, scratch: Buffer<Float>, _ gang: ThreadGang
  ) -> Double {
    func gradient(
      of layer: Packed, _ scores: Matrix, _ input: Matrix, accumulates: Bool
    ) {
      gang.outer(
        scores, layer.panels.map, input, into: layer.layout.weight(in: gradients, of: parameters),
        columnSums: layer.layout.bias(in: gradients, of: parameters), accumulates: accumulates,
        scratch: scratch)
    }
    let tokensBackward = backward(weights.headTokens, parameters, gang)
    gang.pack(
      weights.headClusters.layout.weight(in: parameters.values, of: parameters), into: headClustersBackward)
    weights.evaluate(
      input, targets: targets, gradientScale: 1 / Float(input.rows), losses: losses, workspace, gang,
      onHead: { range, scores in
        let tokens = weights.tokens(of: scores), clusters = weights.clusters(of: scores)
        let rows = input.rows(range), below = inputGradient.rows(range)
        gang.product(tokens, tokensBackward, into: below)
        gang.product(clusters, headClustersBackward, accumulates: true, into: below)
        gradient(of: weights.headTokens, tokens, rows, accumulates: range.lowerBound > 0)
        gradient(of: weights.headClusters, clusters, rows, accumulates: range.lowerBound > 0)
      },
      beforeCluster: { packCluster($0, parameters, gang) },
      onCluster: { cluster, range, vectors, scores in
        let layer = weights.clusters[cluster], own = workspace.range(ofCluster: cluster)
        let panels =
          range.lowerBound == own.lowerBound
          ? backward(layer, parameters, gang) : backwardPanels(layer)
        let block = range.lowerBound - own.lowerBound..<range.upperBound - own.lowerBound
        gang.product(scores, panels, into: vectorGradient(ofCluster: cluster).rows(block))
        gradient(of: layer, scores, vectors, accumulates: range.lowerBound > own.lowerBound)
      })
    for cluster in weights.clusters.indices {
      let own = workspace.range(ofCluster: cluster)
      guard !own.isEmpty else {
        clear(weights.clusters[cluster], gradients, parameters)
        if !weights.reductions.isEmpty { clear(weights.reductions[cluster], gradients, parameters) }
        continue
      }
      guard !weights.reductions.isEmpty else { continue }
      let layer = weights.reductions[cluster], reduced = vectorGradient(ofCluster: cluster)
      gradient(of: layer, reduced, workspace.gathered.rows(own), accumulates: false)
      gang.product(reduced, backward(layer, parameters, gang), into: gatheredGradient.rows(own))
    }
    gang.scatterAdd(
      gatheredGradient, ids: workspace.rows[workspace.gatheredRange], into: inputGradient)
    return sum(input.rows)
  }

  /// Where the gradient of a cluster's vectors belongs, padding included, which becomes zero.
  private func vectorGradient(ofCluster cluster: Int) -> Matrix {
    let own = workspace.range(ofCluster: cluster)
    guard !weights.reductions.isEmpty else { return gatheredGradient.rows(own) }
    return workspace.reduced(
      own, columns: weights.reductions[cluster].panels.map.columns, in: reducedGradient)
  }

  private func backwardPanels(_ layer: Packed) -> Panels {
    Panels(map: layer.panels.map, weightColumns: layer.layout.inputs, direction: .backward, shared: shared)
  }

  private func backward(_ layer: Packed, _ parameters: ParameterStore, _ gang: ThreadGang) -> Panels {
    let panels = backwardPanels(layer)
    gang.pack(layer.layout.weight(in: parameters.values, of: parameters), into: panels)
    return panels
  }

  private func clear(_ layer: Packed, _ gradients: Buffer<Float>, _ parameters: ParameterStore) {
    layer.layout.weight(in: gradients, of: parameters).fill(0)
    layer.layout.bias(in: gradients, of: parameters)?.fill(0)
  }

  private func sum(_ rows: Int) -> Double {
    var sum = 0.0
    for row in 0..<rows { sum += losses[row] }
    return sum
  }

  // MARK: Memory

  /// The floats of the packed weights, small ones left out.
  static func panelsSize(_ configuration: NetworkConfiguration) -> Int {
    let layout = AdaptiveLayout(configuration)
    return ([layout.headTokens] + layout.reductions + layout.clusters).reduce(0) {
      $0 + size($1, .forward)
    }
  }

  /// The floats of shared memory that the largest weight takes, packed for the way back.
  static func sharedPanelsSize(_ configuration: NetworkConfiguration) -> Int {
    let layout = AdaptiveLayout(configuration)
    return ([layout.headTokens] + layout.reductions + layout.clusters).reduce(0) {
      max($0, size($1, .backward))
    }
  }

  /// The floats that a window of so many rows takes.
  static func activationsSize(_ configuration: NetworkConfiguration, maximumRows: Int) -> Int {
    2 * maximumRows * paddedToVectors(configuration.decoderInputSize)
      + 2 * AdaptiveWorkspace.reducedSize(configuration, maximumRows: maximumRows)
      + maximumRows * paddedToVectors(configuration.cutoffs.count)
      + AdaptiveWorkspace.scoresSize(configuration, maximumRows: maximumRows)
  }

  private static func size(_ layer: AdaptiveLayout.Linear, _ direction: Panels.Direction) -> Int {
    Panels.size(map: .plain(layer.rows.count), weightColumns: layer.inputs, direction: direction)
  }
}
