extension ParameterStore {
  /// Draws initial values as PyTorch's modules do: weights and biases of the recurrence and the projection uniform in
  /// ±1/√H of their layer, those of the decoder in ±1/√n for vectors of n numbers that it multiplies, embeddings with variance 1. Where
  /// tied, the decoder's logits are made of the embeddings: these are uniform in ±0.1 then and its bias is 0, as Merity et al.
  /// 2017 (arXiv:1708.02182) begin. Layer normalization begins with gains of 1 and a bias of 0, whatever the range.
  ///
  /// Biases of 0 with 1 for the forget gates (Jozefowicz et al. 2015) learn more slowly here: with them PyTorch itself
  /// stands at 2.05 nats on held-out text after the first epoch of tiny Shakespeare, 2 × 512, and at 1.93 without.
  ///
  /// - Parameter range: all other parameters, biases too, uniform in ±`range` instead, as Zaremba et al. 2014
  ///   (arXiv:1409.2329) and char-rnn have them.
  package func initialize(seed: UInt64, tied: Bool, range: Double? = nil) {
    let random = CounterRandom(seed: seed, purpose: .initialization)
    let hiddenSizes = slices.filter { $0.name.hasPrefix("rnn.weight_hh_l") }.map { $0.shape[1] }
    let decoderInput = slices.first { $0.name == Projection.weightName }?.shape[0] ?? hiddenSizes.last ?? 1
    var layer = -1
    for (number, slice) in slices.enumerated() {
      let buffer = values[slice.range]
      // The first of a layer's parameters; the projection has the last layer's H.
      if slice.name.hasPrefix("rnn.weight_ih_l") { layer += 1 }
      if let value = NormNames.initialValue(slice.name) {
        buffer.fill(value)
        continue
      }
      let usual =
        switch slice.name {
        case "encoder.weight": tied ? 0.1 : 3.0.squareRoot()
        case "decoder.bias" where tied: 0.0
        case let name where name.hasPrefix("decoder."):
          1 / Double(slice.shape.count == 2 ? slice.shape[1] : decoderInput).squareRoot()
        default: 1 / Double(hiddenSizes[layer]).squareRoot()
        }
      let scale = range ?? usual
      guard scale > 0 else {
        buffer.fill(0)
        continue
      }
      for i in 0..<slice.count {
        buffer[i] = Float((2 * random.unit(UInt64(i), stream: UInt32(number)) - 1) * scale)
      }
    }
  }

  /// Sets the biases of the forget gates, of which each unit has two that are added: `bias_ih` to `bias`, `bias_hh` to 0
  /// (Jozefowicz et al. 2015, http://proceedings.mlr.press/v37/jozefowicz15.html). For cells whose gates are i, f, g, o.
  package func setForgetBias(_ bias: Float) {
    for slice in slices {
      let value: Float
      if slice.name.hasPrefix("rnn.bias_ih_l") {
        value = bias
      } else if slice.name.hasPrefix("rnn.bias_hh_l") {
        value = 0
      } else {
        continue
      }
      values[slice.range][slice.count / 4..<slice.count / 2].fill(value)
    }
  }
}
