/// Which rows of which parameters an adaptive softmax (Grave et al. 2016, arXiv:1609.04309) is made of.
///
/// The head has a score for each of its tokens and one for each cluster. A cluster's tokens share a softmax of their own,
/// whose probabilities are multiplied by the cluster's. Untied, names and shapes are those of PyTorch's
/// `AdaptiveLogSoftmaxWithLoss` with `div_value=4` and `head_bias=True`: a reduction brings the D numbers of a vector
/// to D / 4 for the first cluster, D / 16 for the second and so on. Tied, the tokens have the encoder's rows in the head
/// and in the clusters, none of them shortened, and a bias each.
struct AdaptiveLayout: Sendable {
  /// Scores = weight[rows] · x + bias[rows].
  struct Linear: Sendable {
    let weight: String
    var bias: String?
    let rows: Range<Int>
    /// Columns of the weight.
    let inputs: Int

    /// The rows' part of a buffer that is laid out as the parameters.
    func weight(in buffer: Buffer<Float>, of parameters: ParameterStore) -> Buffer<Float> {
      let start = parameters.slice(weight).offset
      return buffer[start + rows.lowerBound * inputs..<start + rows.upperBound * inputs]
    }

    func bias(in buffer: Buffer<Float>, of parameters: ParameterStore) -> Buffer<Float>? {
      guard let bias else { return nil }
      let start = parameters.slice(bias).offset
      return buffer[start + rows.lowerBound..<start + rows.upperBound]
    }
  }

  let headTokens: Linear
  let headClusters: Linear
  /// Of each cluster, where not tied.
  let reductions: [Linear]
  /// Of each cluster, the scores of its tokens.
  let clusters: [Linear]
  /// The tokens of each cluster.
  let tokens: [Range<Int>]

  init(_ configuration: NetworkConfiguration) {
    tokens = configuration.clusters
    let first = configuration.cutoffs[0], count = tokens.count, inputs = configuration.decoderInputSize
    if configuration.tied {
      headTokens = Linear(weight: "encoder.weight", bias: "decoder.bias", rows: 0..<first, inputs: inputs)
      headClusters = Linear(
        weight: "decoder.cluster.weight", bias: "decoder.cluster.bias", rows: 0..<count, inputs: inputs)
      reductions = []
      clusters = tokens.map {
        Linear(weight: "encoder.weight", bias: "decoder.bias", rows: $0, inputs: inputs)
      }
    } else {
      let head = "decoder.head.weight", bias = "decoder.head.bias"
      headTokens = Linear(weight: head, bias: bias, rows: 0..<first, inputs: inputs)
      headClusters = Linear(weight: head, bias: bias, rows: first..<first + count, inputs: inputs)
      let sizes = configuration.clusterSizes
      reductions = sizes.enumerated().map { index, size in
        Linear(weight: "decoder.tail.\(index).0.weight", rows: 0..<size, inputs: inputs)
      }
      clusters = zip(tokens, sizes).enumerated().map { index, cluster in
        Linear(
          weight: "decoder.tail.\(index).1.weight", rows: 0..<cluster.0.count, inputs: cluster.1)
      }
    }
  }

  /// Names and shapes of the parameters, the encoder's not among them.
  static func shapes(_ configuration: NetworkConfiguration) -> [(name: String, shape: [Int])] {
    let first = configuration.cutoffs[0], tokens = configuration.clusters
    let inputs = configuration.decoderInputSize
    if configuration.tied {
      return [
        ("decoder.bias", [configuration.vocabularySize]), ("decoder.cluster.weight", [tokens.count, inputs]),
        ("decoder.cluster.bias", [tokens.count]),
      ]
    }
    let head = first + tokens.count
    return [("decoder.head.weight", [head, inputs]), ("decoder.head.bias", [head])]
      + zip(tokens, configuration.clusterSizes).enumerated().flatMap { index, cluster in
        [
          ("decoder.tail.\(index).0.weight", [cluster.1, inputs]),
          ("decoder.tail.\(index).1.weight", [cluster.0.count, cluster.1]),
        ]
      }
  }
}

extension NetworkConfiguration {
  /// The tokens of each cluster of an adaptive softmax.
  package var clusters: [Range<Int>] {
    zip(cutoffs, cutoffs.dropFirst() + [vocabularySize]).map { $0..<$1 }
  }

  /// The length of the vectors that tell each cluster's tokens apart.
  var clusterSizes: [Int] {
    cutoffs.indices.map { tied ? decoderInputSize : decoderInputSize >> (2 * ($0 + 1)) }
  }

  /// The tokens that the first rows of a parameter stand for; nil where a parameter's rows are not those of tokens. The
  /// head of an untied adaptive softmax has a row for each cluster after them.
  package func tokens(ofParameter name: String) -> Range<Int>? {
    switch name {
    case "encoder.weight", "decoder.weight", "decoder.bias": return 0..<vocabularySize
    case "decoder.head.weight", "decoder.head.bias": return 0..<cutoffs[0]
    default:
      return clusters.indices.first { name == "decoder.tail.\($0).1.weight" }.map { clusters[$0] }
    }
  }
}
