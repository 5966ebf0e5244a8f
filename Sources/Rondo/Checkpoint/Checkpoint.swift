import RondoNN
import RondoText

/// All that a checkpoint holds: the model, and where training is to go on, the optimizer's moments and the carried
/// state as well. `docs/checkpoint-format.md` specifies the file.
package struct Checkpoint: Sendable {
  /// What only resuming needs.
  package struct Resumption: Sendable {
    package var optimizer: Optimizer
    /// The carried state of every stream, [B][L, S, H]: h, and c where the cell has one.
    package var streams: [[Float]]
    /// The averaged parameters, where they are used already.
    package var average: ParameterStore?
  }

  package var model: ModelConfiguration
  package var tokenizer: Tokenizer
  package var training: TrainingRecord?
  package var parameters: ParameterStore
  package var resumption: Resumption?

  package init(
    model: ModelConfiguration, tokenizer: Tokenizer, training: TrainingRecord?, parameters: ParameterStore,
    resumption: Resumption?
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.training = training
    self.parameters = parameters
    self.resumption = resumption
  }

  /// Reads and checks a checkpoint that training can go on from; `CheckpointFile` reads any.
  ///
  /// - Throws: `CheckpointError`, also where a file has no optimizer or no carried state.
  package init(resumingFrom path: String) throws(CheckpointError) {
    let contents = try CheckpointFile(contentsOf: path), file = contents.file
    model = contents.model
    tokenizer = contents.tokenizer
    training = contents.training
    parameters = ParameterStore(
      model.network(vocabularySize: tokenizer.vocabularySize), contents.parameters)
    guard let training else {
      throw .notRondo(path: path, reason: "it was not saved by training, so it cannot be resumed")
    }
    let optimizer = training.settings.optimizer(
      parameterCount: parameters.values.count, progress: training.progress)
    for (name, moments) in zip(optimizer.momentNames, optimizer.moments) {
      try Self.read(parameters, into: moments, prefix: "optimizer.\(name).", from: file)
    }
    let shape = Self.streamsShape(model, count: training.settings.batchSize)
    let flat = try file.floats("state.streams", shape: shape)
    let size = flat.count / max(1, training.settings.batchSize)
    var average: ParameterStore?
    if training.usesAverage {
      let values = ParameterStore(model.network(vocabularySize: tokenizer.vocabularySize))
      try Self.read(values, into: values.values, prefix: CheckpointFile.averagePrefix, from: file)
      average = values
    }
    resumption = Resumption(
      optimizer: optimizer,
      streams: (0..<training.settings.batchSize).map { Array(flat[$0 * size..<($0 + 1) * size]) },
      average: average)
  }

  /// Writes the checkpoint; see `SafetensorsWriter.write`.
  package func write(to path: String, precision: Precision = .f32) throws(CheckpointError) {
    var metadata = ["model": JSONText.encode(model), "tokenizer": JSONText.encode(tokenizer)]
    if let training { metadata["training"] = JSONText.encode(training) }
    var tensors = tensors(parameters.values, prefix: "", dtype: precision.dtype)
    if let resumption {
      for (name, moments) in zip(resumption.optimizer.momentNames, resumption.optimizer.moments) {
        tensors += self.tensors(moments, prefix: "optimizer.\(name).", dtype: .f32)
      }
      if let average = resumption.average {
        tensors += self.tensors(average.values, prefix: CheckpointFile.averagePrefix, dtype: .f32)
      }
      tensors.append(
        TensorToWrite(
          name: "state.streams",
          shape: Self.streamsShape(model, count: resumption.streams.count),
          values: Array(resumption.streams.joined())))
    }
    try SafetensorsWriter.write(to: path, metadata: metadata, tensors: tensors)
  }

  /// Layers of different sizes have no dimension of their own.
  private static func streamsShape(_ model: ModelConfiguration, count: Int) -> [Int] {
    model.outputSize == model.hiddenSize
      ? [count, model.layerCount, model.cell.stateCount, model.hiddenSize] : [count, model.stateSize]
  }

  private func tensors(_ values: Buffer<Float>, prefix: String, dtype: SafetensorsDtype) -> [TensorToWrite] {
    parameters.slices.map { slice in
      TensorToWrite(name: prefix + slice.name, shape: slice.shape, dtype: dtype) {
        body throws(CheckpointError) in
        try values[slice.range].withSpan(body)
      }
    }
  }

  private static func read(
    _ parameters: ParameterStore, into values: Buffer<Float>, prefix: String, from file: SafetensorsReader
  ) throws(CheckpointError) {
    for slice in parameters.slices {
      try values[slice.range].withMutableSpan { span throws(CheckpointError) in
        try file.copy(prefix + slice.name, shape: slice.shape, into: &span)
      }
    }
  }
}
