import CRondoKernels

/// What a mask is drawn for: with the seed and the step it names every random number of a window.
package struct DropoutKey: Sendable {
  package var seed: UInt64
  package var step: UInt64

  package init(seed: UInt64, step: UInt64) {
    self.seed = seed
    self.step = step
  }
}

extension ThreadGang {
  /// Softmax cross-entropy of each row, in nats, into `losses`. With a scale other than 0 the logits become their own
  /// gradient times that scale.
  package func crossEntropy(
    logits: Matrix, vocabularySize: Int, targets: Buffer<Int32>, gradientScale: Float, losses: Buffer<Double>
  ) {
    precondition(
      targets.count >= logits.rows && losses.count >= logits.rows, "a target and a loss for each row")
    unsafe run(
      kernels.pointee.cross_entropy,
      rondo_cross_entropy(
        rows: Int32(logits.rows), vocabulary: Int32(vocabularySize), logits: logits.buffer.pointer,
        logits_ld: logits.stride, targets: targets.pointer, gradient_scale: gradientScale,
        losses: losses.pointer))
  }

  /// output[r] = start[r] + log softmax(logits[r]), as many columns as the output has. The softmax is that of all columns
  /// of `logits`, a whole number of vectors; it may be the output.
  ///
  /// - Parameter start: [R, 1]; nil: 0.
  func logSoftmax(_ logits: Matrix, start: Matrix?, into output: Matrix) {
    precondition(logits.rows == output.rows && logits.columns % 16 == 0, "log softmax's shapes")
    precondition(logits.columns >= output.columns && start.map { $0.rows == logits.rows } ?? true)
    unsafe run(
      kernels.pointee.log_softmax,
      rondo_log_softmax(
        rows: Int32(logits.rows), columns: Int32(logits.columns), logits: logits.buffer.pointer,
        logits_ld: logits.stride, start: start?.buffer.pointer, start_ld: start?.stride ?? 0,
        output: output.buffer.pointer, output_ld: output.stride, output_columns: Int32(output.columns)))
  }

  /// destination[r] = source[ids[r]] for `ids.count` rows of `columns` floats, times factors[r] where there are any.
  package func gather(
    _ source: Matrix, ids: Buffer<Int32>, factors: Buffer<Float>? = nil, into destination: Matrix
  ) {
    precondition(ids.count <= destination.rows, "rows to gather")
    precondition(factors.map { $0.count >= ids.count } ?? true, "a factor for each row")
    unsafe run(
      kernels.pointee.gather,
      rondo_indexed_rows(
        rows: Int32(ids.count), columns: Int32(source.columns), ids: ids.pointer, factors: factors?.pointer,
        source: source.buffer.pointer,
        source_ld: source.stride, destination: destination.buffer.pointer, destination_ld: destination.stride)
    )
  }

  /// destination[ids[r]] += source[r], times factors[r] where there are any, in the order of r.
  package func scatterAdd(
    _ source: Matrix, ids: Buffer<Int32>, factors: Buffer<Float>? = nil, into destination: Matrix
  ) {
    precondition(ids.count <= source.rows, "rows to scatter")
    precondition(factors.map { $0.count >= ids.count } ?? true, "a factor for each row")
    unsafe run(
      kernels.pointee.scatter_add,
      rondo_indexed_rows(
        rows: Int32(ids.count), columns: Int32(destination.columns), ids: ids.pointer,
        factors: factors?.pointer, source: source.buffer.pointer, source_ld: source.stride,
        destination: destination.buffer.pointer, destination_ld: destination.stride))
  }

  /// table [V, map columns] = the columns of a weight [map rows, V] with the bias [map columns]: what the weight makes of
  /// each one-hot vector.
  package func oneHotTable(
    _ weight: Buffer<Float>, bias: Buffer<Float>, map: RowMap, into table: Matrix
  ) {
    precondition(bias.count >= map.columns, "bias's shape")
    unsafe run(kernels.pointee.one_hot_table, oneHot(weight, bias: bias, map: map, table: table))
  }

  /// The gradient of such a weight from that of its table.
  package func oneHotGradient(of table: Matrix, map: RowMap, into weight: Buffer<Float>) {
    unsafe run(kernels.pointee.one_hot_gradient, oneHot(weight, bias: nil, map: map, table: table))
  }

  private func oneHot(
    _ weight: Buffer<Float>, bias: Buffer<Float>?, map: RowMap, table: Matrix
  ) -> rondo_one_hot {
    precondition(weight.count == map.gates * map.units * table.rows, "weight's shape")
    precondition(table.stride == map.columns, "table's shape")
    return unsafe rondo_one_hot(
      vocabulary: Int32(table.rows), map: map.raw, weight: weight.pointer, bias: bias?.pointer,
      table: table.buffer.pointer)
  }

  /// What of a layer's activations is held small.
  package enum Penalty {
    /// Their squares.
    case squares
    /// The squares of their changes from one time step to the next.
    case changes
  }

  /// Adds to the gradient of [T·B, H] activations that of scale / 2 times the sum of what is penalized.
  package func addGradient(
    of penalty: Penalty, _ activations: Matrix, batch: Int, scale: Float, into gradient: Matrix
  ) {
    precondition(
      activations.rows == gradient.rows && activations.stride == gradient.stride, "penalty's shapes")
    unsafe run(
      penalty == .squares ? kernels.pointee.square_gradient : kernels.pointee.change_gradient,
      rondo_penalty(
        rows: Int32(activations.rows), batch: Int32(batch), columns: Int32(activations.stride), scale: scale,
        values: activations.buffer.pointer, gradient: gradient.buffer.pointer))
  }

  /// The sum of two matrices of one shape, which may take the place of one of them.
  package func add(_ first: Matrix, _ second: Matrix, into sum: Matrix) {
    // Not by an array of both, which would be memory asked for at every step.
    precondition(first.rows == sum.rows && first.stride == sum.stride, "a sum's shapes")
    precondition(second.rows == sum.rows && second.stride == sum.stride, "a sum's shapes")
    unsafe run(
      kernels.pointee.add,
      rondo_add(
        count: sum.rows * sum.stride, first: first.buffer.pointer, second: second.buffer.pointer,
        sum: sum.buffer.pointer))
  }

  /// Inverted dropout of a [T·B, columns] matrix; `place` tells the masks of a network apart. It may work in place.
  ///
  /// - Parameter isLocked: whether a stream has one mask for all T steps.
  package func dropoutForward(
    _ input: Matrix, batch: Int, isLocked: Bool = false, probability: Float, place: Int, key: DropoutKey,
    mask: Buffer<UInt8>, into output: Matrix
  ) {
    unsafe run(
      kernels.pointee.dropout_forward,
      dropout(
        input, batch: batch, isLocked: isLocked, probability: probability, place: place, key: key, mask: mask,
        output: output))
  }

  /// The gradient through the mask that `dropoutForward` left behind; may work in place.
  package func dropoutBackward(
    _ gradient: Matrix, batch: Int, probability: Float, mask: Buffer<UInt8>, into output: Matrix
  ) {
    unsafe run(
      kernels.pointee.dropout_backward,
      dropout(
        gradient, batch: batch, isLocked: false, probability: probability, place: 0,
        key: DropoutKey(seed: 0, step: 0), mask: mask, output: output))
  }

  private func dropout(
    _ input: Matrix, batch: Int, isLocked: Bool, probability: Float, place: Int, key: DropoutKey,
    mask: Buffer<UInt8>, output: Matrix
  ) -> rondo_dropout {
    precondition(input.stride == output.stride && mask.count >= input.rows * input.stride, "dropout's shapes")
    return unsafe rondo_dropout(
      rows: Int32(input.rows), batch: Int32(batch), columns: Int32(input.stride), is_locked: isLocked,
      probability: probability,
      key: rondo_random_key(seed: key.seed, purpose: UInt32(place) + 1, step: key.step),
      input: input.buffer.pointer,
      output: output.buffer.pointer, mask: mask.pointer)
  }
}
