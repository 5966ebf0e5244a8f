import CRondoKernels

/// The packed weights of the rounds of a Mogrifier LSTM's layer.
struct MogrifierWeights: Sendable {
  struct Round: Sendable {
    let weight: PackedWeight
    let narrowing: PackedWeight?
  }

  let shapes: [MogrifierRound]
  let rounds: [Round]

  init(
    _ shapes: [MogrifierRound], precision: InferencePrecision, _ gang: ThreadGang,
    tensor: (String) -> RawTensor
  ) {
    func packed(_ parameter: MogrifierRound.Parameter) -> PackedWeight {
      PackedWeight(
        tensor(parameter.name), map: .plain(parameter.shape[0]), columns: parameter.shape[1],
        precision: precision, gang)
    }
    self.shapes = shapes
    rounds = shapes.map {
      Round(weight: packed($0.weight), narrowing: $0.narrowing.map(packed))
    }
  }
}

/// The rounds with the memory of one step of up to B streams, which each step takes anew.
@safe
struct InferenceMogrifier: Sendable {
  private let weights: MogrifierWeights
  /// [B, K] and [B, H]: what the rounds have made of x and h′.
  private let changed: [Matrix]
  /// [B, gated]: y.
  private let factors: Matrix
  /// [B, rank]
  private let narrow: Matrix?
  /// Its addresses are those of the members above.
  private let kernelRounds: Buffer<rondo_mogrifier_round>

  init(_ weights: MogrifierWeights, maximumBatch: Int) {
    let sizes = [weights.shapes[0].gatedSize, weights.shapes[0].gatingSize]
    let changed = sizes.map { Matrix(rows: maximumBatch, columns: $0) }
    let factors = Matrix(rows: maximumBatch, columns: max(sizes[0], sizes[1]))
    let narrow = weights.shapes[0].narrowing.map { Matrix(rows: maximumBatch, columns: $0.shape[0]) }
    unsafe kernelRounds = Buffer(count: weights.rounds.count)
    for (index, round) in weights.rounds.enumerated() {
      unsafe kernelRounds[index] = rondo_mogrifier_round(
        weight: round.weight.raw, narrowing: round.narrowing?.raw ?? rondo_weights(),
        factors: factors.buffer.pointer, output: changed[index % 2].buffer.pointer,
        narrow: narrow?.buffer.pointer)
    }
    self.weights = weights
    self.changed = changed
    self.factors = factors
    self.narrow = narrow
  }

  /// For the kernels; valid as long as this is there.
  var raw: rondo_mogrifier_rounds {
    unsafe rondo_mogrifier_rounds(
      count: Int32(kernelRounds.count), rank: Int32(narrow?.columns ?? 0), rounds: kernelRounds.pointer)
  }
}
