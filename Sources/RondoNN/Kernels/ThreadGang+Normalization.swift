import CRondoKernels

extension ThreadGang {
  /// Brings each row v of a gate matrix [R, gates] to gain · (v − μ) / s + bias, μ and s being those of its own G·H
  /// elements (Ba, Kiros & Hinton 2016, arXiv:1607.06450; s² = variance + 10⁻⁵).
  ///
  /// - Parameters:
  ///   - gain: [gates], 0 after the units, as is `bias`.
  ///   - normalized: gets (v − μ) / s, of the shape of `values`, and `inverses` 1 / s of each row; nil: nothing is kept.
  package func layerNorm(
    _ values: Matrix, map: RowMap, gain: Buffer<Float>, bias: Buffer<Float>, normalized: Matrix? = nil,
    inverses: Buffer<Float>? = nil
  ) {
    precondition(values.stride == map.columns && gain.count == map.columns && bias.count == map.columns)
    precondition((normalized == nil) == (inverses == nil), "both or neither are kept")
    precondition(normalized.map { $0.rows == values.rows && $0.stride == values.stride } ?? true)
    precondition(inverses.map { $0.count >= values.rows } ?? true)
    unsafe run(
      kernels.pointee.layer_norm_forward,
      rondo_layer_norm_forward(
        rows: Int32(values.rows), map: map.raw, values: values.buffer.pointer, gain: gain.pointer,
        bias: bias.pointer, normalized: normalized?.buffer.pointer, inverses: inverses?.pointer))
  }

  /// From the gradient of what `layerNorm` gave to that of v, in place.
  ///
  /// - Parameters:
  ///   - normalized: as it was kept, as are `inverses`.
  ///   - gainGradient: [G·H], written, as is `biasGradient`.
  package func layerNormBackward(
    _ gradient: Matrix, map: RowMap, gain: Buffer<Float>, normalized: Matrix, inverses: Buffer<Float>,
    gainGradient: Buffer<Float>, biasGradient: Buffer<Float>
  ) {
    precondition(gradient.stride == map.columns && gain.count == map.columns)
    precondition(normalized.rows == gradient.rows && normalized.stride == gradient.stride)
    precondition(inverses.count >= gradient.rows)
    let count = map.gates * map.units
    precondition(gainGradient.count == count && biasGradient.count == count, "the parameters' gradients")
    unsafe run(
      kernels.pointee.layer_norm_backward,
      rondo_layer_norm_backward(
        rows: Int32(gradient.rows), map: map.raw, gradient: gradient.buffer.pointer, gain: gain.pointer,
        normalized: normalized.buffer.pointer, inverses: inverses.pointer,
        gain_gradient: gainGradient.pointer, bias_gradient: biasGradient.pointer))
  }
}
