/// What a model remembers of the text it has read: a value. Copy it to branch, keep it to come back.
public struct RecurrentState: Sendable, Equatable, Codable {
  /// Hidden and cell state of each layer, [L, 2, H].
  let values: [Float]
}
