import ArgumentParser
import Rondo

/// Sizes of the model.
struct ModelOptions: ParsableArguments {
  @Option(name: .long, help: "The recurrent cell; lstm if not given.")
  var cell: ModelConfiguration.Cell?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Rounds in which the input and the state of a mogrifier change each other; 5 if not given.")
  var mogrifierRounds: Int?
  @Option(
    name: .long, parsing: .unconditional, help: "The rank of a mogrifier's matrices; full if not given.")
  var mogrifierRank: Int?
  @Option(name: .long, parsing: .unconditional, help: "Recurrent layers; 2 if not given.")
  var layers: Int?
  @Option(
    name: .long, parsing: .unconditional, help: "Units of each layer; by the size of the text if not given.")
  var hiddenSize: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Units of the last layer; as many as the others have if not given.")
  var lastHiddenSize: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Length of a token's embedding; 64, or 256 for large vocabularies, at most the hidden size, if not given."
  )
  var embeddingSize: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Dropout on the first layer's input, 0 to less than 1; 0 if not given.")
  var dropoutInput: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Dropout between layers; by the passes through the text if not given.")
  var dropout: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Dropout before the decoder; that between layers if not given.")
  var dropoutOutput: Double?
  @Flag(
    name: .long,
    help: "One weight for encoder and decoder; the embedding then has the hidden size if not given.")
  var tied = false
  @Flag(name: .long, help: "Tokens enter the first layer as one-hot vectors, without an embedding.")
  var oneHot = false
  @Flag(name: .long, help: "One dropout mask for all time steps of a window.")
  var lockedDropout = false
  @Option(
    name: .long, parsing: .unconditional,
    help: "Dropout of whole embeddings, 0 to less than 1; 0 if not given.")
  var dropoutEmbedding: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Dropout of recurrent weights, 0 to less than 1; 0 with --dropout, else by the passes, if not given."
  )
  var weightDrop: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "How many times the mean square of the top layer's output is added to the loss; 0 if not given.")
  var activationRegularization: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The same for its changes from one time step to the next; 0 if not given.")
  var temporalActivationRegularization: Double?
  @Flag(
    name: .long,
    help:
      "Bring the last layer's output to the length of an embedding before the decoder; with --tied by itself where the two differ."
  )
  var projection = false
  @OptionGroup var around: LayerOptions
  @Option(name: .long, help: "full or adaptive; by the size of the vocabulary if not given.")
  var softmax: ModelConfiguration.Softmax?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where the clusters of an adaptive softmax begin, such as 2000,10000: the first entry of each; a twentieth and a quarter of the vocabulary if not given.",
      valueName: "entries"))
  var cutoffs: CutoffsArgument?

  func fill(_ request: inout TrainingRequest) {
    request.cell = cell
    request.mogrifierRounds = mogrifierRounds
    request.mogrifierRank = mogrifierRank
    request.layerCount = layers
    request.hiddenSize = hiddenSize
    request.lastHiddenSize = lastHiddenSize
    request.embeddingSize = embeddingSize
    request.inputDropout = dropoutInput
    request.dropout = dropout
    request.outputDropout = dropoutOutput
    if tied { request.tied = true }
    if oneHot { request.oneHot = true }
    if lockedDropout { request.lockedDropout = true }
    request.embeddingDropout = dropoutEmbedding
    request.weightDrop = weightDrop
    request.activationRegularization = activationRegularization
    request.temporalActivationRegularization = temporalActivationRegularization
    if projection { request.projection = true }
    if around.residual { request.residual = true }
    if around.layerNorm { request.layerNorm = true }
    request.softmax = softmax
    request.cutoffs = cutoffs?.values
  }

  /// Options that were given and say what the model is made of.
  var givenSizes: [String] {
    var request = TrainingRequest()
    fill(&request)
    return request.sizes.map { "--" + $0 }
  }

  /// Options that were given.
  var given: [String] {
    givenSizes
      + namesOfGiven([
        ("--dropout-input", dropoutInput != nil), ("--dropout", dropout != nil),
        ("--dropout-output", dropoutOutput != nil), ("--locked-dropout", lockedDropout),
        ("--dropout-embedding", dropoutEmbedding != nil), ("--weight-drop", weightDrop != nil),
        ("--activation-regularization", activationRegularization != nil),
        ("--temporal-activation-regularization", temporalActivationRegularization != nil),
      ])
  }
}
