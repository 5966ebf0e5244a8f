import RondoNN
import RondoText

/// A checkpoint's file, read and checked: the descriptions of the model taken out of it, its numbers where they are.
package struct CheckpointFile: Sendable {
  package let file: SafetensorsReader
  package let model: ModelConfiguration
  package let tokenizer: Tokenizer
  package let training: TrainingRecord?
  /// The parameters by their names, as the file has them.
  package let parameters: [String: RawTensor]
  /// Their averages, where training used them and they are beside what it goes on from; nil elsewhere.
  package let averages: [String: RawTensor]?
  /// The parameters that are the model.
  package var evaluated: [String: RawTensor] { averages ?? parameters }

  /// What an average is called, before the name of its parameter.
  static let averagePrefix = "optimizer.average."

  /// - Throws: `CheckpointError`, also where a parameter of such a model is missing or has another shape.
  package init(contentsOf path: String) throws(CheckpointError) {
    file = try SafetensorsReader(contentsOf: path)
    model = try Self.metadata(ModelConfiguration.self, "model", of: file)
    tokenizer = try Self.metadata(Tokenizer.self, "tokenizer", of: file)
    training =
      file.metadata["training"] == nil ? nil : try Self.metadata(TrainingRecord.self, "training", of: file)
    do {
      try model.validate(vocabularySize: tokenizer.vocabularySize)
      try training?.validate()
    } catch {
      throw .notRondo(path: path, reason: error.description)
    }
    let shapes = ParameterStore.shapes(model.network(vocabularySize: tokenizer.vocabularySize))
    var parameters: [String: RawTensor] = [:], averages: [String: RawTensor] = [:]
    // The best model has none: its parameters are averages.
    let hasAverages =
      training?.usesAverage == true
      && file.tensors.contains { $0.name.hasPrefix(Self.averagePrefix) }
    for (name, shape) in shapes {
      parameters[name] = try file.raw(name, shape: shape)
      if hasAverages { averages[name] = try file.raw(Self.averagePrefix + name, shape: shape) }
    }
    self.parameters = parameters
    self.averages = hasAverages ? averages : nil
  }

  private static func metadata<Value: Decodable>(
    _ type: Value.Type, _ key: String, of file: SafetensorsReader
  ) throws(CheckpointError) -> Value {
    guard let text = file.metadata[key] else {
      throw .notRondo(path: file.path, reason: "its metadata has no '\(key)'")
    }
    do {
      return try JSONText.decode(type, from: text)
    } catch {
      throw .notRondo(
        path: file.path, reason: "its metadata's '\(key)' cannot be understood: \(explain(error))")
    }
  }

  /// What a message says of an error in the JSON of some metadata: one line.
  static func explain(_ error: any Error) -> String {
    switch error {
    case let error as TextError: error.description
    case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? context.debugDescription
        : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong form"
    default: "\(error)"
    }
  }
}
