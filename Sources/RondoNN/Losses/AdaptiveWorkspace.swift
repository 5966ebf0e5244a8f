/// The memory of an adaptive softmax for windows of up to R rows, and the rows of a window sorted by cluster.
struct AdaptiveWorkspace: Sendable {
  private let configuration: NetworkConfiguration
  /// Scores of a block of rows: of the head or of a cluster.
  private let scores: Buffer<Float>
  private let maximumRows: Int
  /// [R, D]: the rows whose target is in a cluster, cluster after cluster, each in the order of the window.
  let gathered: Matrix
  /// The same after the clusters' reductions.
  private let reduced: Buffer<Float>
  private let reducedStride: Int
  /// The rows that were gathered.
  let rows: Buffer<Int32>
  /// The target of each as a column of its cluster's scores.
  let targets: Buffer<Int32>
  /// The loss of each within its cluster.
  let losses: Buffer<Double>
  /// The target of each row of the window as a column of the head's scores.
  let headTargets: Buffer<Int32>
  /// Logarithms of the clusters' probabilities, [R, K].
  let clusterLogs: Matrix
  /// Where each cluster's rows begin in `rows`; their number after the last.
  private let starts: Buffer<Int>

  init(_ configuration: NetworkConfiguration, maximumRows: Int) {
    self.configuration = configuration
    self.maximumRows = maximumRows
    let count = configuration.cutoffs.count
    scores = Buffer(count: Self.scoresSize(configuration, maximumRows: maximumRows))
    gathered = Matrix(rows: maximumRows, columns: configuration.decoderInputSize)
    reducedStride = configuration.tied ? 0 : paddedToVectors(configuration.clusterSizes[0])
    reduced = Buffer(count: Self.reducedSize(configuration, maximumRows: maximumRows))
    rows = Buffer(count: maximumRows)
    targets = Buffer(count: maximumRows)
    losses = Buffer(count: maximumRows)
    headTargets = Buffer(count: maximumRows)
    clusterLogs = Matrix(rows: maximumRows, columns: count)
    starts = Buffer(count: count + 1)
  }

  // MARK: Columns and blocks

  /// Columns of the head's scores: the clusters, padding, its tokens, padding.
  static func headColumns(_ configuration: NetworkConfiguration) -> Int {
    paddedToVectors(configuration.cutoffs.count) + paddedToVectors(configuration.cutoffs[0])
  }

  /// At least 512 rows, so that a block's products run near peak; more where there are few columns.
  private static func blockRows(columns: Int, maximumRows: Int) -> Int {
    min(maximumRows, max(512, (1 << 20) / columns))
  }

  static func scoresSize(_ configuration: NetworkConfiguration, maximumRows: Int) -> Int {
    let columns = [headColumns(configuration)] + configuration.clusters.map { paddedToVectors($0.count) }
    return columns.reduce(0) { max($0, $1 * blockRows(columns: $1, maximumRows: maximumRows)) }
  }

  static func reducedSize(_ configuration: NetworkConfiguration, maximumRows: Int) -> Int {
    configuration.tied ? 0 : maximumRows * paddedToVectors(configuration.clusterSizes[0])
  }

  /// Goes through rows in blocks whose scores of so many columns there is room for.
  func forEachBlock(of range: Range<Int>, columns: Int, _ body: (Range<Int>, Matrix) -> Void) {
    let most = Self.blockRows(columns: columns, maximumRows: maximumRows)
    var row = range.lowerBound
    while row < range.upperBound {
      let end = min(row + most, range.upperBound)
      body(row..<end, Matrix(buffer: scores, rows: end - row, columns: columns, stride: columns))
      row = end
    }
  }

  /// The rows of a cluster in `rows`, `targets`, `gathered` and `losses`.
  func range(ofCluster cluster: Int) -> Range<Int> { starts[cluster]..<starts[cluster + 1] }

  /// All of them.
  var gatheredRange: Range<Int> { 0..<starts[configuration.cutoffs.count] }

  /// Where all rows of a cluster are as short as its reduction makes them; blocks of them are rows of this matrix, whose
  /// distance is the cluster's own.
  func reduced(_ range: Range<Int>, columns: Int) -> Matrix {
    reduced(range, columns: columns, in: reduced)
  }

  /// The same in another buffer of that size.
  func reduced(_ range: Range<Int>, columns: Int, in buffer: Buffer<Float>) -> Matrix {
    Matrix(
      buffer: buffer[range.lowerBound * reducedStride..<buffer.count], rows: range.count, columns: columns,
      stride: paddedToVectors(columns))
  }

  // MARK: Targets

  /// Sorts a window's rows by the cluster of their target.
  func sort(_ targets: Buffer<Int32>, rows count: Int) {
    var next = 0
    let cutoffs = configuration.cutoffs, clusterColumns = Int32(paddedToVectors(cutoffs.count))
    for cluster in cutoffs.indices {
      starts[cluster] = next
      let first = Int32(cutoffs[cluster])
      let end = Int32(cluster + 1 < cutoffs.count ? cutoffs[cluster + 1] : configuration.vocabularySize)
      for row in 0..<count where targets[row] >= first && targets[row] < end {
        rows[next] = Int32(row)
        self.targets[next] = targets[row] - first
        headTargets[row] = Int32(cluster)
        next += 1
      }
    }
    starts[cutoffs.count] = next
    for row in 0..<count where targets[row] < Int32(cutoffs[0]) {
      headTargets[row] = clusterColumns + targets[row]
    }
  }
}

/// A linear layer packed for products, by what trains or by what only reads.
protocol PackedLinear: Sendable {
  /// output [R, columns] = bias + input · weight.
  func apply(_ input: Matrix, into output: Matrix, _ gang: ThreadGang)
}
