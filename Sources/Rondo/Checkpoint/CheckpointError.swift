import RondoText

/// What can go wrong when a checkpoint is read or written.
///
/// `description` is one line: what is wrong, where, and what to do. Names that come out of a file are printed
/// with control characters escaped and cut at a sane length, because a damaged or hostile file may hold anything.
public enum CheckpointError: Error, Equatable, Sendable {
  /// There is no file at `path`.
  case fileNotFound(path: String)
  /// There is a folder at `path`, but no model in it.
  case modelMissing(path: String)
  /// The file is there but cannot be read: no permission, a folder, a device.
  case unreadable(path: String, reason: String)
  /// The file breaks a rule of the safetensors format.
  case notSafetensors(path: String, reason: String)
  /// The file ends before the bytes that its own header promises.
  case truncated(path: String, expected: Int, actual: Int)
  /// A sound safetensors file, but no checkpoint of Rondo.
  case notRondo(path: String, reason: String)
  /// The checkpoint was written by a later Rondo in a format that this one does not know.
  case newerVersion(path: String, found: String, supported: String)
  /// The checkpoint carries no digest, or not in the one form that is allowed.
  case digestMissing(path: String)
  /// The bytes of the file are not those that were written.
  case digestMismatch(path: String, stored: String, computed: String)
  /// A tensor that is needed is not in the file.
  case tensorMissing(path: String, name: String)
  /// A tensor has another shape than is needed.
  case tensorShape(path: String, name: String, expected: [Int], found: [Int])
  /// A tensor has an element type that Rondo does not read.
  case unsupportedDtype(path: String, tensor: String, dtype: String)
  /// A run folder has no list of the files that the run was started with.
  case sourcesMissing(path: String)
  /// That list is there and cannot be understood.
  case sourcesDamaged(path: String)
  /// The file cannot be created: no such folder, no permission, a folder in its place.
  case cannotCreate(path: String, reason: String)
  /// Another process, or another trainer of this one, is training into the folder.
  case inUse(path: String)
  /// The system reported an error in the middle of reading or writing: a full disk, say.
  case ioFailed(path: String, reason: String)
  /// The header would be larger than safetensors allows.
  case headerTooLarge(path: String, size: Int, limit: Int)
  /// A tensor that was to be written contains NaN or infinity.
  case nonFinite(tensor: String)
  /// A tensor that was to be written holds finite values that are infinite in the element type asked for.
  case outOfRange(tensor: String, dtype: String)

  /// The four kinds of failure a program reports differently (as sysexits.h does).
  public enum Kind: Sendable {
    /// The input is not there or cannot be opened (exit code 66).
    case noInput
    /// The data is wrong (exit code 65).
    case badData
    /// The output cannot be created (exit code 73).
    case cannotCreate
    /// Reading or writing failed half-way (exit code 74).
    case io
  }

  /// Which kind of failure this is.
  public var kind: Kind {
    switch self {
    case .fileNotFound, .modelMissing, .unreadable, .sourcesMissing: .noInput
    case .notSafetensors, .truncated, .notRondo, .newerVersion, .digestMissing, .digestMismatch,
      .tensorMissing, .tensorShape, .unsupportedDtype, .sourcesDamaged, .headerTooLarge, .nonFinite,
      .outOfRange:
      .badData
    case .cannotCreate, .inUse: .cannotCreate
    case .ioFailed: .io
    }
  }
}

extension CheckpointError: CustomStringConvertible {
  /// One line for a person.
  public var description: String {
    switch self {
    case .fileNotFound(let path):
      "\(Self.quoted(path)): no such file; name a .safetensors file or the folder of a run"
    case .modelMissing(let path):
      "\(Self.quoted(path)): no run, for it has no model; name a .safetensors file or the folder of a run"
    case .unreadable(let path, let reason):
      "\(Self.quoted(path)): cannot be read: \(reason); give a file that you may read"
    case .notSafetensors(let path, let reason):
      "\(Self.quoted(path)): not a sound safetensors file: \(reason); give a .safetensors file, or another copy of it"
    case .truncated(let path, let expected, let actual):
      "\(Self.quoted(path)): cut short: \(actual) bytes of at least \(expected); copy or download it again"
    case .notRondo(let path, let reason):
      "\(Self.quoted(path)): not a checkpoint of Rondo: \(reason); give a file that rondo wrote"
    case .newerVersion(let path, let found, let supported):
      "\(Self.quoted(path)): written in format version \(Self.quoted(found)), this rondo reads \(Self.quoted(supported)); "
        + "use a newer rondo"
    case .digestMissing(let path):
      "\(Self.quoted(path)): holds no digest to check it by; use a copy as rondo wrote it"
    case .digestMismatch(let path, let stored, let computed):
      "\(Self.quoted(path)): damaged: its bytes give \(Self.quoted(computed)), its header says \(Self.quoted(stored)); "
        + "use another copy"
    case .tensorMissing(let path, let name):
      "\(Self.quoted(path)): has no tensor \(Self.quoted(name)); `rondo inspect` lists what it has"
    case .tensorShape(let path, let name, let expected, let found):
      "\(Self.quoted(path)): tensor \(Self.quoted(name)) has shape \(found), but \(expected) is needed; "
        + "the file is of another model"
    case .unsupportedDtype(let path, let tensor, let dtype):
      "\(Self.quoted(path)): tensor \(Self.quoted(tensor)) has element type \(Self.quoted(dtype)); convert it to F32, F16 or BF16"
    case .sourcesMissing(let path):
      "\(Self.quoted(path)): no such file, so the run's text is not known; name it: rondo train FILE --resume RUN"
    case .sourcesDamaged(let path):
      "\(Self.quoted(path)): damaged, so the run's text is not known; name it: rondo train FILE --resume RUN"
    case .cannotCreate(let path, let reason):
      "\(Self.quoted(path)): cannot be created: \(reason); choose another place"
    case .inUse(let path):
      "\(Self.quoted(path)): another process is training into it; wait for it, or choose another folder"
    case .ioFailed(let path, let reason):
      "\(Self.quoted(path)): reading or writing failed: \(reason); check the disk and try again"
    case .headerTooLarge(let path, let size, let limit):
      "\(Self.quoted(path)): not written: its header would have \(size) bytes and \(limit) are allowed; "
        + "use a smaller vocabulary"
    case .nonFinite(let tensor):
      "tensor \(Self.quoted(tensor)) contains NaN or infinity and was not saved; go back to the last checkpoint "
        + "and lower the learning rate"
    case .outOfRange(let tensor, let dtype):
      "tensor \(Self.quoted(tensor)) holds values too large for \(dtype) and was not saved; choose another type"
    }
  }

  /// `text` in quotation marks, on one line, without control characters, 200 characters at most.
  static func quoted(_ text: String) -> String { OneLine.quoted(text, limit: 200) }
}
