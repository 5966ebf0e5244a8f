/// What a checkpoint says of its training: how, on what, and how far.
public struct TrainingRecord: Sendable, Equatable, Codable {
  /// The full command, where the program trained; nil where a program of your own did.
  public var command: String?
  /// The settings.
  public var settings: TrainingSettings
  /// The corpus: base names, no paths of anybody's machine.
  public var corpus: [String]
  /// A digest of the token ids, training and held out: resuming needs the same.
  public var corpusDigest: String
  /// Tokens trained on.
  public var trainingTokens: Int
  /// Tokens held out.
  public var validationTokens: Int
  /// Documents that training saw to their end, and so the boundary after them; nil in older checkpoints.
  public var trainingDocuments: Int?
  /// How far it is.
  public var progress: Progress

  private enum CodingKeys: String, CodingKey {
    case command, settings, corpus, progress
    case corpusDigest = "corpus_digest"
    case trainingTokens = "training_tokens"
    case validationTokens = "validation_tokens"
    case trainingDocuments = "training_documents"
  }

  /// Where training stands: all that goes on from here follows from it, the tensors and the corpus.
  public struct Progress: Sendable, Equatable, Codable {
    /// Steps done.
    public var step = 0
    /// Times the text has been gone through.
    public var epoch = 0
    /// Tokens of each stream done in this epoch.
    public var position = 0
    /// The best mean validation loss in nats.
    public var bestValidationLoss: Double?
    /// The step of the best validation.
    public var bestStep: Int?
    /// The last mean validation loss in nats.
    public var validationLoss: Double?
    /// The best of the losses at the ends of the intervals between validations, by which a plateau schedule and patience
    /// go; nil in older checkpoints.
    public var bestIntervalLoss: Double?
    /// Validations at such ends since that one.
    public var validationsWithoutImprovement = 0
    /// The product of a plateau schedule's factors so far.
    public var plateauFactor = 1.0
    /// AdamW's β₁ᵗ.
    public var betaPower1 = 1.0
    /// AdamW's β₂ᵗ.
    public var betaPower2 = 1.0
    /// The sum of the losses since the last line of the metrics.
    public var lossSum = 0.0
    /// How many steps that sum is of.
    public var lossCount = 0
    /// True where the validation that is due after this step has not been done yet.
    public var validationPending: Bool?

    /// The losses so far, as far as it matters whether they run away.
    var lossWatch: LossWatch?
    /// How often training was rolled back; nil where it was not.
    var recovery: Recovery?
    /// Whether NT-ASGD averages already, and what it waits for.
    var averaging: AveragingTrigger?

    private enum CodingKeys: String, CodingKey {
      case step, epoch, position, averaging, recovery
      case lossWatch = "loss_watch"
      case bestValidationLoss = "best_validation_loss"
      case bestStep = "best_step"
      case bestIntervalLoss = "best_interval_loss"
      case validationLoss = "validation_loss"
      case validationsWithoutImprovement = "validations_without_improvement"
      case plateauFactor = "plateau_factor"
      case betaPower1 = "beta_power_1"
      case betaPower2 = "beta_power_2"
      case lossSum = "loss_sum"
      case lossCount = "loss_count"
      case validationPending = "validation_pending"
    }
  }

  /// What is left of roll-backs: unlike all else it does not go back with them.
  struct Recovery: Sendable, Equatable, Codable {
    /// What the learning rate is multiplied by, whatever the schedule.
    var rateFactor = 1.0
    /// Roll-backs in all.
    var count = 0
    /// Roll-backs since the best validation.
    var countSinceBest = 0

    private enum CodingKeys: String, CodingKey {
      case count
      case rateFactor = "rate_factor"
      case countSinceBest = "count_since_best"
    }
  }

  /// Whether there is nothing left to do: all steps are done and validated, or validation stopped improving.
  public var isOver: Bool { !isValidationPending && (progress.step >= settings.steps || hasStoppedImproving) }

  var isValidationPending: Bool { progress.validationPending == true }

  var hasStoppedImproving: Bool {
    settings.patience > 0 && progress.validationsWithoutImprovement >= settings.patience
  }

  /// Checks what a file says.
  ///
  /// - Throws: `ConfigurationError` naming what cannot be.
  func validate() throws(ConfigurationError) {
    try settings.validate()
    for (name, value) in [
      ("training_tokens", trainingTokens), ("validation_tokens", validationTokens), ("step", progress.step),
      ("epoch", progress.epoch), ("position", progress.position), ("loss_count", progress.lossCount),
      ("validations_without_improvement", progress.validationsWithoutImprovement),
    ] {
      try require(name, value, in: 0...1 << 40)
    }
  }
}
