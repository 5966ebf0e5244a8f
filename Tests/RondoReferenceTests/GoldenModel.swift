import RondoReference
import TestSupport

/// Turns golden numbers into the reference's types.
extension ReferenceModel {
  init(_ golden: GoldenCase) {
    let sizes = golden.configuration
    self.init(
      configuration: ReferenceConfiguration(
        vocabularySize: sizes.vocabularySize, embeddingSize: sizes.embeddingSize,
        hiddenSize: sizes.hiddenSize, lastHiddenSize: sizes.lastHiddenSize,
        layerCount: sizes.layerCount, cell: ReferenceCellKind(rawValue: sizes.cell)!, tied: sizes.tied,
        projection: sizes.projection, cutoffs: sizes.cutoffs, residual: sizes.residual,
        layerNorm: sizes.layerNorm, mogrifierRounds: sizes.mogrifierRounds, mogrifierRank: sizes.mogrifierRank
      ),
      values: golden.parameters.mapValues { $0.data.map { Scalar($0) } })
  }
}

extension ReferenceDropoutMasks {
  init(_ golden: GoldenMasks) {
    self.init(
      input: golden.input.map { Scalar($0) },
      betweenLayers: golden.betweenLayers.map { $0.map { Scalar($0) } },
      output: golden.output.map { Scalar($0) })
  }
}
