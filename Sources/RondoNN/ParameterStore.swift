/// All parameters in one flat aligned buffer with named slices; gradients and moments are buffers of the same layout,
/// so that clipping and the optimizers are single passes.
package struct ParameterStore: Sendable {
  package struct Slice: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    /// In floats from the start; a multiple of 16.
    package let offset: Int
    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<offset + count }
    /// Up to the next slice.
    var paddedRange: Range<Int> { offset..<offset + paddedToVectors(count) }
  }

  /// In PyTorch's order and with its names, what PyTorch has not, as peepholes, after the biases of its layer.
  package let slices: [Slice]
  package let values: Buffer<Float>

  package init(_ configuration: NetworkConfiguration) {
    var offset = 0
    var slices: [Slice] = []
    for (name, shape) in Self.shapes(configuration) {
      slices.append(Slice(name: name, shape: shape, offset: offset))
      offset = slices.last!.paddedRange.upperBound
    }
    self.slices = slices
    values = Buffer(count: offset)
  }

  /// Names and shapes, before any memory is taken for them.
  package static func shapes(_ configuration: NetworkConfiguration) -> [(name: String, shape: [Int])] {
    var shapes: [(name: String, shape: [Int])] = []
    if !configuration.oneHot {
      shapes.append(("encoder.weight", [configuration.vocabularySize, configuration.embeddingSize]))
    }
    for layer in 0..<configuration.layerCount {
      let h = configuration.hiddenSize(ofLayer: layer), gates = configuration.cell.gateCount * h
      let below = layer == 0 ? configuration.embeddingSize : configuration.inputSize(ofLayer: layer)
      shapes += [
        ("rnn.weight_ih_l\(layer)", [gates, below]),
        ("rnn.weight_hh_l\(layer)", [gates, h]),
        ("rnn.bias_ih_l\(layer)", [gates]),
        ("rnn.bias_hh_l\(layer)", [gates]),
      ]
      if configuration.cell == .peephole { shapes.append(("rnn.weight_peephole_l\(layer)", [3, h])) }
      shapes += configuration.rounds(ofLayer: layer).flatMap(\.parameters)
      if configuration.layerNorm {
        shapes += NormNames(cell: configuration.cell, layer: layer).shapes(gates: gates, hiddenSize: h)
      }
    }
    if configuration.projection {
      shapes.append(("projection.weight", [configuration.embeddingSize, configuration.outputSize]))
    }
    if !configuration.cutoffs.isEmpty { return shapes + AdaptiveLayout.shapes(configuration) }
    if !configuration.tied {
      shapes.append(("decoder.weight", [configuration.vocabularySize, configuration.decoderInputSize]))
    }
    shapes.append(("decoder.bias", [configuration.vocabularySize]))
    return shapes
  }

  /// Parameters, padding not counted.
  package var parameterCount: Int { slices.reduce(0) { $0 + $1.count } }

  package func slice(_ name: String) -> Slice {
    guard let slice = slices.first(where: { $0.name == name }) else {
      preconditionFailure("no parameter \(name)")
    }
    return slice
  }

  package subscript(name: String) -> Buffer<Float> { values[slice(name).range] }
}
