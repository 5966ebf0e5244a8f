import Rondo
import RondoText

/// The command that gives the same training again, everything explicit.
func fullCommand(
  _ plan: TrainingPlan, corpus: [String], validation: String?, _ options: CorpusOptions,
  tokenizer: TrainingData.TokenizerSource, tokenizerFile: String?, vocabularySize: Int, from base: String?
) -> String {
  // After "./" a dash is no option's.
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
