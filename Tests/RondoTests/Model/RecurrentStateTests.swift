import Testing

@testable import Rondo

struct RecurrentStateTests {
  /// A state is that of one shape of model: [L, S, H] with S = 2 where the cell has a c.
  @Test(arguments: ModelConfiguration.Cell.allCases)
  func belongsToItsCell(_ cell: ModelConfiguration.Cell) throws {
    let model = tinySizes(cell: cell), count = 2 * (cell.hasCellState ? 2 : 1) * 20
    try RecurrentState(values: Array(repeating: 0.5, count: count)).validate(for: model)
    for other in [0, count - 1, count / 2, 2 * count] {
      let error = thrown(ConfigurationError.self) {
        try RecurrentState(values: Array(repeating: 0, count: other)).validate(for: model)
      }
      #expect(
        error?.description
          == "the state has \(other) numbers and this model needs \(count): it is of another model; "
          + "take one that this model left")
    }
    var damaged = Array(repeating: 0 as Float, count: count)
    damaged[1] = .nan
    #expect(
      thrown(ConfigurationError.self) { try RecurrentState(values: damaged).validate(for: model) } != nil)
  }

  /// Where the last layer has a size of its own, it has numbers of its own.
  @Test(arguments: ModelConfiguration.Cell.allCases)
  func belongsToItsLastLayer(_ cell: ModelConfiguration.Cell) throws {
    let model = tinySizes(cell: cell, lastHiddenSize: 7), kinds = cell.hasCellState ? 2 : 1
    try RecurrentState(values: Array(repeating: 0.5, count: kinds * 27)).validate(for: model)
    for other in [kinds * 40, kinds * 14, kinds * 27 - 1] {
      #expect(
        thrown(ConfigurationError.self) {
          try RecurrentState(values: Array(repeating: 0, count: other)).validate(for: model)
        }?.description.hasPrefix("the state has \(other) numbers and this model needs \(kinds * 27): ")
          == true)
    }
  }

  /// What a reader of each cell has read is a state to come back to.
  @Test(arguments: ModelConfiguration.Cell.allCases, [nil, 7])
  func isWhereAReaderGoesOn(_ cell: ModelConfiguration.Cell, _ lastHiddenSize: Int?) throws {
    let model = try randomModel(cell: cell, lastHiddenSize: lastHiddenSize), reader = try model.reader()
    try reader.read("the fox")
    let state = reader.state, continuations = reader.next(3)
    try reader.read(" and the crow")
    #expect(reader.state != state)
    try reader.restart(from: state)
    #expect(reader.next(3) == continuations)
  }

  /// The hidden state of a rectifier has no bound, and so no bytes.
  @Test func rectifierHasNoBytes() throws {
    let model = try randomModel(cell: .rnnReLU)
    let message =
      "precision is int8: it needs hidden states between -1 and 1, and those of rnn-relu have no bound; "
      + "use f16"
    #expect(
      thrown(ConfigurationError.self) { try model.reader(precision: .int8) }?.description == message)
    #expect(
      thrown(ConfigurationError.self) { try model.evaluator(precision: .int8) }?.description == message)
    _ = try model.reader(precision: .f16)
  }
}
