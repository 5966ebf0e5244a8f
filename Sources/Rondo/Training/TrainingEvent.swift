/// What a trainer tells while it runs.
public enum TrainingEvent: Sendable {
  /// A step is done.
  case step(Step)
  /// A part of a validation is done: told now and then, so that it can be shown and stopped.
  case validating(Validating)
  /// A validation is done.
  case validation(Validation)
  /// The loss ran away or was no number any more: training goes on from an earlier state, with half the rate.
  case rollBack(RollBack)

  /// Where training is after a step.
  public struct Step: Sendable {
    /// Steps done.
    public var step: Int
    /// Steps in all.
    public var steps: Int
    /// Passes through the text, with the part of the present one.
    public var epochs: Double
    /// The mean loss of this step in nats per token.
    public var loss: Double
    /// The learning rate of this step.
    public var learningRate: Double
    /// The norm of the gradient, its elements already cut to `TrainingSettings.valueClip`, before it is scaled down.
    public var gradientNorm: Double
    /// Tokens trained on in this step.
    public var tokens: Int
  }

  /// How far a validation is.
  public struct Validating: Sendable {
    /// Steps of training done.
    public var step: Int
    /// Tokens of the held-out text that are scored.
    public var tokens: Int
    /// Tokens to score.
    public var totalTokens: Int
  }

  /// A validation's result.
  public struct Validation: Sendable {
    /// Steps done.
    public var step: Int
    /// The mean loss over the held-out text in nats per token.
    public var loss: Double
    /// Whether it is the best so far.
    public var isBest: Bool
    /// The best so far.
    public var bestLoss: Double
    /// The step of the best.
    public var bestStep: Int
    /// Whether NT-ASGD averages the parameters from the next step on.
    public var beginsAveraging = false
  }

  /// A way back.
  public struct RollBack: Sendable {
    /// The step that failed.
    public var step: Int
    /// The step that training goes on from.
    public var backTo: Int
    /// What the learning rate is multiplied by from now on, whatever the schedule: a half for each time.
    public var rateFactor: Double
    /// What happened; the error that ends a run where it happens too often.
    public var cause: TrainingError
  }
}

/// The answer to an event.
public enum TrainingControl: Sendable {
  /// Go on.
  case proceed
  /// Finish here; the state is saved as it is, and training can be resumed. A validation that is not done is then done
  /// from its beginning.
  case stop
  /// Validate once more, if that is not what the event was, then finish as with `stop`.
  case validateAndStop
}

/// How a run ended.
public struct TrainingOutcome: Sendable, Equatable {
  /// Why it ended.
  public enum Reason: Sendable, Equatable {
    /// All steps are done.
    case finished
    /// Validation had stopped improving.
    case stoppedEarly
    /// The caller said stop.
    case interrupted
  }

  /// Why it ended.
  public var reason: Reason
  /// Steps done.
  public var step: Int
  /// The best validation loss in nats per token; nil where nothing was held out.
  public var bestValidationLoss: Double?
  /// The step of the best.
  public var bestStep: Int?
}

/// Training that cannot go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss or the gradient is no longer a finite number, and going back to an earlier state with half the rate has not
  /// helped eight times. The last good checkpoint is kept.
  ///
  /// `clip` is the run's `TrainingSettings.clip`.
  case lossIsNotFinite(step: Int, learningRate: Double, clip: Double)
  /// The same for a loss that is a number, but far above what it was.
  case lossRanAway(step: Int, learningRate: Double, clip: Double)
  /// The corpus or a setting is not what the run was started with.
  case cannotResume(String)
  /// The model to begin with does not cut text as the new one does.
  case cannotFineTune(String)

  /// One line: what happened and what to do.
  public var description: String {
    switch self {
    case .lossIsNotFinite(let step, let rate, let clip):
      "the loss became NaN or infinite at step \(step): \(Self.advice(rate, clip))"
    case .lossRanAway(let step, let rate, let clip):
      "the loss ran away at step \(step): \(Self.advice(rate, clip))"
    case .cannotResume(let reason): "cannot resume: \(reason)"
    case .cannotFineTune(let reason): "cannot begin with this model: \(reason)"
    }
  }

  private static func advice(_ rate: Double, _ clip: Double) -> String {
    "start again with a lower --learning-rate (it was \(rate)) or "
      + "\(clip > 0 ? "a lower --clip" : "without --clip 0"); what was saved before is kept"
  }

  /// The step of a training that came to no good; nil for other errors.
  var failedStep: Int? {
    switch self {
    case .lossIsNotFinite(let step, _, _), .lossRanAway(let step, _, _): step
    case .cannotResume, .cannotFineTune: nil
    }
  }
}
