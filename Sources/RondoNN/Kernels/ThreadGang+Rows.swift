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

  /// destination[r] = source[ids[r]] for `ids.count` rows of `columns` floats.
  package func gather(_ source: Matrix, ids: Buffer<Int32>, into destination: Matrix) {
    precondition(ids.count <= destination.rows, "rows to gather")
    unsafe run(
      kernels.pointee.gather,
      rondo_indexed_rows(
        rows: Int32(ids.count), columns: Int32(source.columns), ids: ids.pointer,
        source: source.buffer.pointer,
        source_ld: source.stride, destination: destination.buffer.pointer, destination_ld: destination.stride)
    )
  }

  /// destination[ids[r]] += source[r], in the order of r.
  package func scatterAdd(_ source: Matrix, ids: Buffer<Int32>, into destination: Matrix) {
    precondition(ids.count <= source.rows, "rows to scatter")
    unsafe run(
      kernels.pointee.scatter_add,
      rondo_indexed_rows(
        rows: Int32(ids.count), columns: Int32(destination.columns), ids: ids.pointer,
        source: source.buffer.pointer, source_ld: source.stride, destination: destination.buffer.pointer,
        destination_ld: destination.stride))
  }

  /// Inverted dropout of a [T·B, columns] matrix; `place` tells the masks of a network apart.
  package func dropoutForward(
    _ input: Matrix, batch: Int, probability: Float, place: Int, key: DropoutKey, mask: Buffer<UInt8>,
    into output: Matrix
  ) {
    unsafe run(
      kernels.pointee.dropout_forward,
      dropout(
        input, batch: batch, probability: probability, place: place, key: key, mask: mask, output: output))
  }

  /// The gradient through the mask that `dropoutForward` left behind; may work in place.
  package func dropoutBackward(
    _ gradient: Matrix, batch: Int, probability: Float, mask: Buffer<UInt8>, into output: Matrix
  ) {
    unsafe run(
      kernels.pointee.dropout_backward,
      dropout(
        gradient, batch: batch, probability: probability, place: 0, key: DropoutKey(seed: 0, step: 0),
        mask: mask,
        output: output))
  }

  private func dropout(
    _ input: Matrix, batch: Int, probability: Float, place: Int, key: DropoutKey, mask: Buffer<UInt8>,
    output: Matrix
  ) -> rondo_dropout {
    precondition(input.stride == output.stride && mask.count >= input.rows * input.stride, "dropout's shapes")
    return unsafe rondo_dropout(
      rows: Int32(input.rows), batch: Int32(batch), columns: Int32(input.stride), probability: probability,
      key: rondo_random_key(seed: key.seed, purpose: UInt32(place) + 1, step: key.step),
      input: input.buffer.pointer,
      output: output.buffer.pointer, mask: mask.pointer)
  }
}
