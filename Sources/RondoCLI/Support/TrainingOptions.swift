import ArgumentParser
import Rondo
import RondoText

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
    help: "Dropout between layers; by the size of the text if not given.")
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
    help: "Dropout of recurrent weights, 0 to less than 1; 0 if not given.")
  var weightDrop: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "So many times the mean square of the top layer's output is added to the loss; 0 if not given.")
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
  @Flag(name: .long, help: "Each layer above the first adds the output of the layer below to its own.")
  var residual = false
  @Flag(
    name: .long,
    help: "Layer normalization of what enters the gates, and of what an LSTM shows of its cell state.")
  var layerNorm = false
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
    if residual { request.residual = true }
    if layerNorm { request.layerNorm = true }
    request.softmax = softmax
    request.cutoffs = cutoffs?.values
  }

  /// Options that were given and say what the model is made of.
  var givenSizes: [String] {
    namesOfGiven([
      ("--cell", cell != nil), ("--mogrifier-rounds", mogrifierRounds != nil),
      ("--mogrifier-rank", mogrifierRank != nil), ("--layers", layers != nil),
      ("--hidden-size", hiddenSize != nil),
      ("--last-hidden-size", lastHiddenSize != nil),
      ("--embedding-size", embeddingSize != nil), ("--tied", tied), ("--one-hot", oneHot),
      ("--projection", projection), ("--residual", residual), ("--layer-norm", layerNorm),
      ("--softmax", softmax != nil),
      ("--cutoffs", cutoffs != nil),
    ])
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

/// The text that training does not see.
struct HeldOutOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A file or folder to validate on; the vocabulary is then built from the corpus alone.",
      valueName: "text"))
  var validation: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The part held out to validate on: of each file the tail, of 20 files and more whole files, if these are not too uneven or too different; 0.1 if not given, less where that is more than a million tokens.",
      valueName: "part"))
  var validationFraction: Double?

  var given: [String] {
    namesOfGiven([
      ("--validation", validation != nil), ("--validation-fraction", validationFraction != nil),
    ])
  }
}

/// How the model is trained.
struct TrainingOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: "Streams trained side by side; by the size of the text if not given.")
  var batchSize: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Steps of backpropagation through time, with the state carried on; by the size of the text if not given."
  )
  var window: Int?
  @Flag(
    name: .long,
    help: "Windows of random lengths around --window, with the rate in proportion (Merity et al. 2017).")
  var randomWindow = false
  @Option(name: .long, parsing: .unconditional, help: "Steps in all.")
  var steps: Int?
  @Option(name: .long, parsing: .unconditional, help: "Passes through the text, instead of --steps.")
  var epochs: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: "A time such as 90s, 3m or 1h30m, turned into steps at the start; 3m if nothing is given.")
  var maxTime: DurationArgument?
  @Option(
    name: .long,
    help:
      "mean: of a window's losses over time and streams; sum: over time, T times as much; mean if not given."
  )
  var loss: TrainingSettings.LossReduction?
  @Option(name: .long, help: "The optimizer; adamw if not given.")
  var optimizer: TrainingSettings.OptimizerKind?
  @Option(name: .long, parsing: .unconditional, help: "Momentum of sgd; 0.9 if not given.")
  var momentum: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "How much of rmsprop's mean of squares stays at each step; 0.99 if not given.")
  var rmspropDecay: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "nt-asgd averages when validation is worse than the best of those more than so many ago; 5 if not given."
  )
  var nonMonotone: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Decay of a moving average of the parameters, 0.9 to 0.99999, which is validated and kept as the best; none if not given."
  )
  var averageDecay: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The full learning rate; 0.003 if not given, 1 for sgd, 10 for nt-asgd, 0.002 for rmsprop.")
  var learningRate: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "First parameters, biases too, uniform in ± this; as in PyTorch's modules if not given.")
  var initialRange: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The first bias of each forget gate; drawn like the others if not given.")
  var forgetBias: Double?
  @Option(
    name: .long,
    help:
      "constant, cosine, step:EVERY:FACTOR, epochs:AFTER:FACTOR or plateau:FACTOR; cosine if not given, constant for nt-asgd."
  )
  var schedule: LearningRateSchedule?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Steps over which the learning rate rises to its full value; a 20th, at most 100, if not given.")
  var warmup: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The longest gradient, longer ones are scaled down; 0: none is; 1 if not given.")
  var clip: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The largest element of the gradient, larger ones are cut to it before --clip; 0 or not given: any."
  )
  var clipValue: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Weight decay; 0.01 if not given, 0 for all optimizers but adamw."
  )
  var weightDecay: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Steps between validations, or epoch: at the end of each; one epoch, but 10 to 20 times a run or seldomer, if not given; 0: at the end alone."
  )
  var validateEvery: ValidationInterval?
  @Option(
    name: .long, parsing: .unconditional,
    help: "End after this many validations without improvement; never if not given or 0.")
  var patience: Int?
  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the first parameters and of dropout; 1 if not given."
  )
  var seed: UInt64?

  func fill(_ request: inout TrainingRequest) {
    request.batchSize = batchSize
    request.windowLength = window
    if randomWindow { request.randomWindow = true }
    request.steps = steps
    request.epochs = epochs
    request.seconds = maxTime?.seconds
    request.loss = loss
    request.optimizer = optimizer
    request.momentum = momentum
    request.rmspropDecay = rmspropDecay
    request.nonMonotone = nonMonotone
    request.averageDecay = averageDecay
    request.learningRate = learningRate
    request.initialRange = initialRange
    request.forgetBias = forgetBias
    request.schedule = schedule
    request.warmupSteps = warmup
    request.clip = clip
    request.valueClip = clipValue
    request.weightDecay = weightDecay
    request.validateEvery = validateEvery
    request.patience = patience
    request.seed = seed
  }

  /// Options that were given, `--steps` not counted.
  var given: [String] {
    namesOfGiven([
      ("--batch-size", batchSize != nil), ("--window", window != nil), ("--random-window", randomWindow),
      ("--epochs", epochs != nil),
      ("--max-time", maxTime != nil), ("--loss", loss != nil), ("--optimizer", optimizer != nil),
      ("--momentum", momentum != nil),
      ("--rmsprop-decay", rmspropDecay != nil), ("--non-monotone", nonMonotone != nil),
      ("--average-decay", averageDecay != nil),
      ("--learning-rate", learningRate != nil), ("--initial-range", initialRange != nil),
      ("--forget-bias", forgetBias != nil), ("--schedule", schedule != nil), ("--warmup", warmup != nil),
      ("--clip", clip != nil), ("--clip-value", clipValue != nil), ("--weight-decay", weightDecay != nil),
      ("--validate-every", validateEvery != nil),
      ("--patience", patience != nil), ("--seed", seed != nil),
    ])
  }
}

/// The command that gives the same training again, everything explicit.
func fullCommand(
  _ plan: TrainingPlan, corpus: [String], validation: String?, _ options: CorpusOptions,
  tokenizer: TrainingData.TokenizerSource, tokenizerFile: String?, vocabularySize: Int, from base: String?
) -> String {
  // Behind "./" a dash is no option's.
  func operand(_ path: String) -> String { path.hasPrefix("-") && path != "-" ? "./" + path : path }
  var words = ["rondo", "train"] + corpus.map(operand)
  func add(_ name: String, _ value: some CustomStringConvertible) { words += [name, value.description] }
  if let base { add("--from", operand(base)) }
  if let validation { add("--validation", operand(validation)) }
  words += ReadingOptions.words(options)
  if let tokenizerFile { add("--tokenizer", operand(tokenizerFile)) }
  if case .built(let settings) = tokenizer {
    let usual = TokenizerSettings(kind: settings.kind)
    add("--tokenizer", settings.kind.rawValue)
    add("--normalization", NormalizationArgument.text(settings.normalizer))
    if settings.kind.unknownPolicies.count > 1, [settings.unknown, usual.unknown] != [.token, .token] {
      add("--unknown", settings.unknown.rawValue)
    }
    if let size = settings.vocabularySize { add("--vocabulary-size", size) }
    if [settings.minimumCount, usual.minimumCount] != [1, 1] {
      add("--minimum-count", settings.minimumCount)
    }
  }
  let model = plan.model, settings = plan.settings
  if base == nil {
    add("--cell", model.cell.rawValue)
    add("--layers", model.layerCount)
    add("--hidden-size", model.hiddenSize)
    if let size = model.lastHiddenSize { add("--last-hidden-size", size) }
    if model.oneHot { words.append("--one-hot") } else { add("--embedding-size", model.embeddingSize) }
    if model.tied { words.append("--tied") }
    if model.projection { words.append("--projection") }
    if model.residual { words.append("--residual") }
    if model.layerNorm { words.append("--layer-norm") }
    if model.cell.hasRounds { add("--mogrifier-rounds", model.rounds) }
    if let rank = model.mogrifierRank { add("--mogrifier-rank", rank) }
    if !model.cutoffs.isEmpty {
      add("--cutoffs", CutoffsArgument(values: model.cutoffs))
    } else if vocabularySize >= TrainingPlan.smallestAdaptiveVocabulary {
      add("--softmax", ModelConfiguration.Softmax.full.rawValue)
    }
  }
  add("--dropout-input", model.inputDropout)
  add("--dropout", model.dropout)
  add("--dropout-output", model.outputDropout)
  if model.lockedDropout { words.append("--locked-dropout") }
  for (name, value) in [
    ("--dropout-embedding", model.embeddingDropout), ("--weight-drop", model.weightDrop),
    ("--activation-regularization", model.activationRegularization),
    ("--temporal-activation-regularization", model.temporalActivationRegularization),
  ] where value != 0 {
    add(name, value)
  }
  add("--batch-size", settings.batchSize)
  add("--window", settings.windowLength)
  if settings.randomWindow { words.append("--random-window") }
  add("--steps", settings.steps)
  if settings.loss != .mean { add("--loss", settings.loss.rawValue) }
  add("--optimizer", settings.optimizer.rawValue)
  if settings.optimizer == .sgd { add("--momentum", settings.momentum) }
  if settings.optimizer == .rmsprop { add("--rmsprop-decay", settings.rmspropDecay) }
  if settings.optimizer == .ntASGD { add("--non-monotone", settings.nonMonotone) }
  if let decay = settings.averageDecay { add("--average-decay", decay) }
  add("--learning-rate", settings.learningRate)
  if let range = settings.initialRange { add("--initial-range", range) }
  if let bias = settings.forgetBias { add("--forget-bias", bias) }
  add("--schedule", settings.schedule)
  add("--warmup", settings.warmupSteps)
  add("--clip", settings.clip)
  if settings.valueClip > 0 { add("--clip-value", settings.valueClip) }
  add("--weight-decay", settings.weightDecay)
  add("--validate-every", settings.validateEvery)
  add("--patience", settings.patience)
  if validation == nil { add("--validation-fraction", settings.validationFraction) }
  add("--seed", settings.seed)
  return words.map(Format.shell).joined(separator: " ")
}
