import ArgumentParser
import Rondo

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
    help:
      "The full learning rate; 0.006 if not given (0.003 from 20 000 entries on), 1 for sgd, 10 for nt-asgd, 0.002 for rmsprop."
  )
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
    help: "The longest gradient; longer ones are scaled down; 0: none are; 1 if not given.")
  var clip: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: "The largest element of the gradient; larger ones are cut before --clip; 0 or not given: none.")
  var clipValue: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Weight decay; if not given, for adamw such that weights fade over 5 passes, or 0.01 with --dropout, else 0."
  )
  var weightDecay: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Steps between validations, or epoch: at the end of each; one epoch, but 10 to 20 times a run or less often, if not given; 0: at the end alone."
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
