/// What a model remembers of the text it has read: a value. Copy it to branch, keep it to come back.
public struct RecurrentState: Sendable, Equatable, Codable {
  /// The hidden state of each layer, and its cell state where the cell has one: [L, S, H] with S = 1 or 2; the
  /// last layer may have another H.
  let values: [Float]

  /// Checks that a model of these sizes can go on from here: a state may come out of a file.
  func validate(for model: ModelConfiguration) throws(ConfigurationError) {
    let count = model.stateSize
    guard values.count == count else {
      throw ConfigurationError(
        "the state has \(values.count) numbers and this model needs \(count): it is of another model; "
          + "take one that this model left")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw ConfigurationError("the state is damaged: it has NaN or infinity; read the text again")
    }
  }
}
