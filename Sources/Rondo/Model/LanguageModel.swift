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

  /// The parameters by name, in the types that they came in.
  private let tensors: [String: RawTensor]
  /// Whose tensors they are; nil where they are a file's.
  private let store: ParameterStore?

  init(
    configuration: ModelConfiguration, tokenizer: Tokenizer, training: TrainingRecord?,
    parameters: ParameterStore
  ) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    self.training = training
    tensors = parameters.tensors
    store = parameters
  }

  /// Loads a model from a checkpoint.
  ///
  /// - Parameter path: a `.safetensors` file of Rondo's, or a run folder (its best model). Of a state to resume from that
  ///   has averaged weights in use, the model is these.
  /// - Throws: `CheckpointError`.
  public init(contentsOf path: String) throws(CheckpointError) {
    let file = try CheckpointFile(contentsOf: RunFolder.model(at: path))
    configuration = file.model
    tokenizer = file.tokenizer
    training = file.training
    tensors = file.evaluated
    store = nil
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
  public var parameterCount: Int { tensors.values.reduce(0) { $0 + $1.count } }

  var network: NetworkConfiguration {
    configuration.network(vocabularySize: tokenizer.vocabularySize)
  }

  /// The parameters as fp32; those of a file are widened each time.
  var parameters: ParameterStore { store ?? ParameterStore(network, tensors) }

  /// The weights packed for inference.
  ///
  /// - Throws: `ConfigurationError` where the model's cell cannot be had at this precision.
  func weights(
    _ precision: InferencePrecision, _ gang: ThreadGang
  ) throws(ConfigurationError) -> InferenceWeights {
    guard precision != .int8 || configuration.cell.hasBoundedState else {
      throw ConfigurationError(
        "precision is int8: it needs hidden states between -1 and 1, and those of \(configuration.cell.rawValue) "
          + "have no bound; use f16")
    }
    return InferenceWeights(network, tensors, precision: precision, gang)
  }
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

/// Checks that the instruction set which RONDO_ISA names is there; what starts threads checks it too, but later.
///
/// - Throws: `ThreadError.unknownInstructionSet`.
package func checkInstructionSet() throws(ThreadError) { try ThreadGang.checkInstructionSet() }

/// How exactly a model's weight matrices take part when it reads and writes.
public typealias InferencePrecision = RondoNN.InferencePrecision

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
