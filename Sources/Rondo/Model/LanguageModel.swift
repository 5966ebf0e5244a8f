import RondoNN
import RondoText

/// A trained model: sizes, tokenizer and parameters, none of which changes. Share it between tasks freely.
public final class LanguageModel: Sendable {
  /// The sizes.
  public let configuration: ModelConfiguration
  /// The tokenizer with its vocabulary.
  public let tokenizer: Tokenizer
  /// How it was trained, where that is known.
  public let training: TrainingRecord?

  let parameters: ParameterStore

  init(
    configuration: ModelConfiguration, tokenizer: Tokenizer, training: TrainingRecord?,
    parameters: ParameterStore
  ) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    self.training = training
    self.parameters = parameters
  }

  /// Loads a model from a checkpoint.
  ///
  /// - Parameter path: a `.safetensors` file of Rondo's, or a run folder (its best model).
  /// - Throws: `CheckpointError`.
  public convenience init(contentsOf path: String) throws(CheckpointError) {
    let checkpoint = try Checkpoint(contentsOf: RunFolder.model(at: path), forResuming: false)
    self.init(
      configuration: checkpoint.model, tokenizer: checkpoint.tokenizer, training: checkpoint.training,
      parameters: checkpoint.parameters)
  }

  /// Saves the model, without what only resuming needs. At every moment the old file or the new one is whole there.
  ///
  /// - Parameters:
  ///   - path: the file; its folder must exist.
  ///   - precision: the element type of the file.
  /// - Throws: `CheckpointError`.
  public func save(to path: String, precision: Precision = .f32) throws(CheckpointError) {
    try Checkpoint(
      model: configuration, tokenizer: tokenizer, training: training, parameters: parameters, resumption: nil
    ).write(to: path, precision: precision)
  }

  /// The number of parameters.
  public var parameterCount: Int { parameters.parameterCount }
}

/// The element type of a saved model; conversion rounds to nearest, ties to even.
public enum Precision: String, Sendable, CaseIterable {
  /// 32 bits: exact.
  case f32
  /// 16 bits, 11 of them significant: half the size.
  case f16
  /// 16 bits with the range of 32.
  case bf16

  var dtype: SafetensorsDtype {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    }
  }
}

/// Threads that this process may use: its affinity mask and its cgroup's quota, whichever is less.
public func availableThreads() -> Int { ThreadGang.availableCores }

/// Why the threads that compute cannot be started.
public typealias ThreadError = RondoNN.ThreadError

extension LanguageModel {
  /// A tensor of a file.
  public struct TensorDescription: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its element type, as safetensors names it.
    public let dtype: String
    /// Its sizes, slowest first.
    public let shape: [Int]
  }

  /// The tensors of a checkpoint, in the order of the file.
  ///
  /// - Throws: `CheckpointError`.
  public static func tensors(at path: String) throws(CheckpointError) -> [TensorDescription] {
    try SafetensorsReader(contentsOf: RunFolder.model(at: path)).tensors.map {
      TensorDescription(name: $0.name, dtype: $0.dtype.rawValue, shape: $0.shape)
    }
  }
}
