/// How often a training validates. After its last step it always does.
public enum ValidationInterval: Sendable, Equatable {
  /// After every so many steps; 0: after the last alone.
  case steps(Int)
  /// After each pass through the text, however many steps it takes: with random windows not always the same.
  case epoch
}

extension ValidationInterval: ExpressibleByIntegerLiteral {
  /// A number of steps.
  public init(integerLiteral steps: Int) { self = .steps(steps) }
}

extension ValidationInterval: LosslessStringConvertible {
  /// The number of steps, or `epoch`, as on the command line.
  public var description: String {
    switch self {
    case .steps(let count): "\(count)"
    case .epoch: "epoch"
    }
  }

  /// The interval that `description` names.
  public init?(_ description: String) {
    if description == "epoch" {
      self = .epoch
    } else if let count = Int(description) {
      self = .steps(count)
    } else {
      return nil
    }
  }
}

extension ValidationInterval: Codable {
  /// A number, or the string `epoch`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .steps(let count): try container.encode(count)
    case .epoch: try container.encode(description)
    }
  }

  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let count = try? container.decode(Int.self) {
      self = .steps(count)
    } else if try container.decode(String.self) == Self.epoch.description {
      self = .epoch
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither a number nor 'epoch'")
    }
  }
}
