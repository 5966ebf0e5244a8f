import Rondo
import RondoText

/// An error of ours as the program reports it: a line, and an exit code of sysexits.
struct Failure: Error, Equatable {
  let message: String
  let code: Int32

  static let usage: Int32 = 64
  static let badData: Int32 = 65
  static let noInput: Int32 = 66
  static let software: Int32 = 70
  static let cannotCreate: Int32 = 73
  static let io: Int32 = 74

  init(_ message: String, code: Int32) {
    self.message = message
    self.code = code
  }

  /// What an error of the library means here; nil for errors of the argument parser.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as CorpusError:
      switch error.kind {
      case .usage: self.init(error.description, code: Self.usage)
      case .noInput: self.init(error.description, code: Self.noInput)
      case .badData: self.init(error.description, code: Self.badData)
      case .io: self.init(error.description, code: Self.io)
      }
    case CheckpointError.nonFinite(let tensor):
      self.init(CheckpointError.nonFinite(tensor: tensor).description, code: Self.software)
    case let error as CheckpointError:
      switch error.kind {
      case .noInput: self.init(error.description, code: Self.noInput)
      case .badData: self.init(error.description, code: Self.badData)
      case .cannotCreate: self.init(error.description, code: Self.cannotCreate)
      case .io: self.init(error.description, code: Self.io)
      }
    case let error as TokenizerFileError:
      switch error {
      case .notFound, .unreadable: self.init(error.description, code: Self.noInput)
      default: self.init(error.description, code: Self.badData)
      }
    case let error as TextError:
      switch error {
      case .vocabularySizeTooSmall, .vocabularySizeIsFixed: self.init(error.description, code: Self.usage)
      default: self.init(error.description, code: Self.badData)
      }
    case let error as ConfigurationError: self.init(error.description, code: Self.usage)
    case SamplerError.noCandidate: self.init(SamplerError.noCandidate.description, code: Self.badData)
    case let error as SamplerError: self.init(error.description, code: Self.usage)
    case let error as TrainingError:
      switch error {
      case .lossIsNotFinite, .lossRanAway: self.init(error.description, code: Self.software)
      case .cannotResume, .cannotFineTune: self.init(error.description, code: Self.badData)
      }
    case let error as ThreadError: self.init(error.description, code: Self.usage)
    default: return nil
    }
  }
}
