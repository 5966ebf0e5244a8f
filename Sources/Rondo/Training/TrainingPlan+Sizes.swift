import RondoNN

/// Sizes and settings by the size of the text.
extension TrainingPlan {
  /// By the number of tokens: larger texts carry larger models; smaller ones are learned in smaller steps, and are known by
  /// heart after so many passes.
  struct Size {
    var hiddenSize, batchSize, windowLength, passes: Int

    init(tokens: Int, vocabularySize: Int) {
      (hiddenSize, batchSize, windowLength, passes) =
        switch tokens {
        case ..<50_000: (256, 4, 32, 25)
        case ..<150_000: (256, 8, 64, 30)
        case ..<1_000_000: (384, 16, 64, 40)
        default: (512, 16, 64, 60)
        }
      // The decoder takes most of the time then, this size times as many entries.
      if vocabularySize > 2000 { hiddenSize = 256 }
    }
  }

  /// What keeps a text from being learned by heart: the more, the more often it is seen and the smaller it is.
  struct Regularization {
    var dropout, weightDrop: Double

    init(passes: Double, tokens: Int) {
      (dropout, weightDrop) =
        switch passes {
        case ..<5: (0.2, 0)
        case ..<12: (0.3, 0.1)
        case _ where tokens >= 150_000: (0.3, 0.2)
        case ..<20: (0.4, 0.2)
        default: (0.5, 0.3)
        }
    }
  }

  /// The model that a request means for a text of this size, and what is to be said of that.
  static func model(
    _ request: TrainingRequest, for data: TrainingData, from base: ModelConfiguration?, _ size: Size
  ) throws -> (ModelConfiguration, notes: [String]) {
    let hidden = request.hiddenSize ?? base?.hiddenSize ?? size.hiddenSize
    // The last layer's size where it is another.
    let top = request.lastHiddenSize ?? base?.lastHiddenSize ?? hidden
    let tied = request.tied ?? base?.tied ?? false, oneHot = request.oneHot ?? base?.oneHot ?? false
    let embedding =
      request.embeddingSize ?? base?.embeddingSize
      ?? (oneHot ? 0 : tied ? top : min(hidden, data.tokenizer.vocabularySize < 512 ? 64 : 256))
    let needsProjection = tied && !oneHot && embedding != top
    let projection = request.projection ?? base?.projection ?? needsProjection
    let softmax = try cutoffs(
      request, for: data, from: base, inputs: projection ? embedding : top, tied: tied)
    let cell = request.cell ?? base?.cell ?? .lstm
    let rounds = request.mogrifierRounds ?? base?.mogrifierRounds
    // What is usual is not kept, so that it is the same model whether it was given or not.
    let hasUsualRounds = cell.hasRounds && rounds == NetworkConfiguration.usualMogrifierRounds
    let chosen = ModelConfiguration(
      cell: cell, mogrifierRounds: hasUsualRounds ? nil : rounds,
      mogrifierRank: request.mogrifierRank ?? base?.mogrifierRank,
      layerCount: request.layerCount ?? base?.layerCount ?? 2,
      hiddenSize: hidden, lastHiddenSize: top == hidden ? nil : top, embeddingSize: embedding, tied: tied,
      oneHot: oneHot, projection: projection, residual: request.residual ?? base?.residual ?? false,
      layerNorm: request.layerNorm ?? base?.layerNorm ?? false, cutoffs: softmax.cutoffs,
      inputDropout: request.inputDropout ?? base?.inputDropout ?? 0,
      lockedDropout: request.lockedDropout ?? base?.lockedDropout ?? false,
      embeddingDropout: request.embeddingDropout ?? base?.embeddingDropout ?? 0,
      activationRegularization: request.activationRegularization ?? base?.activationRegularization ?? 0,
      temporalActivationRegularization: request.temporalActivationRegularization
        ?? base?.temporalActivationRegularization ?? 0)
    guard needsProjection, request.projection == nil, base == nil else { return (chosen, softmax.notes) }
    let joins =
      "tied weights of \(embedding) numbers and hidden states of \(top) do not fit each other: a projection joins them"
    return (chosen, [joins] + softmax.notes)
  }

  /// What does not follow from the number of steps; they are one until they are chosen.
  static func settings(_ request: TrainingRequest, for data: TrainingData, _ size: Size) -> TrainingSettings {
    request.settings(
      batchSize: size.batchSize, windowLength: size.windowLength,
      vocabularySize: data.tokenizer.vocabularySize, validationFraction: data.validationFraction)
  }

  /// Takes the dropout that was asked for, or that of the model to go on from, or this. Who asks for dropout gets no other
  /// beside it: published settings and earlier commands mean what they say.
  mutating func regularize(
    as request: TrainingRequest, from base: ModelConfiguration?, _ usual: Regularization
  ) {
    model.dropout = request.dropout ?? base?.dropout ?? usual.dropout
    model.outputDropout = request.outputDropout ?? base?.outputDropout ?? model.dropout
    model.weightDrop =
      request.weightDrop ?? base?.weightDrop ?? (request.dropout == nil ? usual.weightDrop : 0)
  }

  /// What Adam's steps do not renew fades over five passes, or a thousand steps where those are more: the number of passes
  /// does not depend on the sizes of model and text (Wang & Aitchison 2024, arXiv:2405.13698). Of two digits, or whole.
  func usualWeightDecay(perEpoch: Int) -> Double {
    let decay = 1 / (settings.learningRate * Double(max(1000, 5 * perEpoch)))
    var scale = 1.0
    while decay * scale < 10, scale < 1e9 { scale *= 10 }
    return (decay * scale).rounded() / scale
  }
}
