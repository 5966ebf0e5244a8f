/// One tensor as the header of a file describes it.
package struct SafetensorsTensor: Equatable, Sendable {
  package var name: String
  package var dtype: SafetensorsDtype
  /// The sizes of the dimensions, slowest first; empty for a single number.
  package var shape: [Int]
  /// Where its bytes lie, counted from the end of the header.
  package var dataOffsets: Range<Int>

  /// The number of values: the product of the shape.
  package var elementCount: Int { dataOffsets.count / dtype.byteWidth }
}

/// The header of a safetensors file, read from its JSON and checked by itself; nothing in it is trusted before.
///
/// That the file is as long as the header says, and that the digest is right, only the reader can check.
package struct SafetensorsHeader: Equatable, Sendable {
  /// The most bytes a header may have; the same limit as the reference implementation's.
  package static let maximumSize = 100_000_000
  /// The format version that this code reads and writes.
  package static let formatVersion = "1"
  /// What stands before the eight hexadecimal digits of the digest, in the bytes of the header.
  package static let digestMark = Array("\"digest\":\"crc32c:".utf8)

  /// What a reader expects of a file.
  package enum Expectation: Sendable {
    /// A checkpoint of Rondo: marked as such, of a known version, with a digest, values in F32, F16 and BF16.
    case rondoCheckpoint
    /// Any sound safetensors file. One that says it is Rondo's is still held to Rondo's rules.
    case anySafetensors
  }

  /// The digest that a header carries.
  package struct Digest: Equatable, Sendable {
    /// The eight hexadecimal digits.
    package var hexadecimal: String
    /// Where they stand, counted from the beginning of the header.
    package var offset: Int
  }

  /// The strings of `__metadata__`; empty where there is none.
  package var metadata: [String: String]
  /// The tensors in the order of their bytes.
  package var tensors: [SafetensorsTensor]
  /// The digest; never nil in a checkpoint of Rondo.
  package var digest: Digest?

  /// How many bytes of data follow the header.
  package var dataSize: Int { tensors.last?.dataOffsets.upperBound ?? 0 }

  /// Reads and checks the bytes of a header.
  ///
  /// - Parameters:
  ///   - bytes: The header without the eight bytes of its length.
  ///   - path: The name of the file, for errors.
  ///   - expectation: What kind of file it has to be.
  /// - Throws: `.notSafetensors`, `.notRondo`, `.newerVersion`, `.digestMissing` or `.unsupportedDtype`.
  package init(
    parsing bytes: [UInt8], path: String, expecting expectation: Expectation
  ) throws(CheckpointError) {
    guard bytes.first == UInt8(ascii: "{") else {
      throw .notSafetensors(path: path, reason: "its header does not begin with '{'")
    }
    let json: JSONValue
    do {
      json = try JSONValue(parsing: bytes)
    } catch {
      let place = "at byte \(8 + error.offset)"
      throw .notSafetensors(path: path, reason: "its header is no sound JSON \(place): \(error.reason)")
    }
    guard case .object(let members) = json else {
      throw .notSafetensors(path: path, reason: "its header is no JSON object")
    }

    try Self.checkNames(members, path: path)
    metadata = try Self.metadata(in: members, path: path)
    let isRondo = expectation == .rondoCheckpoint || metadata["format"] == "rondo"
    if isRondo {
      try Self.checkVersion(metadata, path: path)
      digest = try Self.digest(in: bytes, metadata, path: path)
    }

    tensors = []
    for member in members where member.key != "__metadata__" {
      let tensor = try Self.tensor(member, path: path)
      guard !isRondo || tensor.dtype.isSupported else {
        throw .unsupportedDtype(path: path, tensor: tensor.name, dtype: tensor.dtype.rawValue)
      }
      tensors.append(tensor)
    }
    tensors = Self.inFileOrder(tensors)
    try Self.checkLayout(tensors, path: path)
  }

  /// Keys that differ in their bytes may be one string still.
  private static func checkNames(_ members: [JSONValue.Member], path: String) throws(CheckpointError) {
    guard Set(members.map(\.key)).count == members.count else {
      throw .notSafetensors(path: path, reason: "two keys of its header are canonically equivalent")
    }
  }

  // MARK: - Metadata

  private static func metadata(
    in members: [JSONValue.Member], path: String
  ) throws(CheckpointError) -> [String: String] {
    guard let value = members.first(where: { $0.key == "__metadata__" })?.value else { return [:] }
    guard case .object(let entries) = value else {
      throw .notSafetensors(path: path, reason: "__metadata__ is no JSON object")
    }
    try checkNames(entries, path: path)
    var result: [String: String] = [:]
    for entry in entries {
      guard case .string(let text) = entry.value else {
        throw .notSafetensors(path: path, reason: "a value in __metadata__ is no string")
      }
      result[entry.key] = text
    }
    return result
  }

  private static func checkVersion(_ metadata: [String: String], path: String) throws(CheckpointError) {
    guard metadata["format"] == "rondo" else {
      throw .notRondo(path: path, reason: "its metadata does not say format = rondo")
    }
    guard let version = metadata["format_version"] else {
      throw .notRondo(path: path, reason: "its metadata has no format_version")
    }
    if version == formatVersion { return }
    let isNumber = !version.isEmpty && version.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isNumber, version.utf8.first != 0x30 else {
      throw .notRondo(path: path, reason: "its format_version is no number above 0")
    }
    throw .newerVersion(path: path, found: version, supported: formatVersion)
  }

  /// Finds the digest by its mark, which has to occur exactly once.
  ///
  /// A JSON string cannot contain the mark, because quotation marks are escaped in it; and no string has the key
  /// `digest` except in `__metadata__`. So the one occurrence is the entry of the metadata.
  private static func digest(
    in bytes: [UInt8], _ metadata: [String: String], path: String
  ) throws(CheckpointError) -> Digest {
    var offset: Int?
    for start in bytes.indices
    where bytes[start] == digestMark[0] && bytes[start...].starts(with: digestMark) {
      guard offset == nil else {
        throw .notSafetensors(path: path, reason: "its header has more than one digest")
      }
      offset = start + digestMark.count
    }
    guard let offset, let value = metadata["digest"], bytes.count - offset >= 8 else {
      throw .digestMissing(path: path)
    }
    let digits = bytes[offset..<offset + 8]
    let isHexadecimal = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    let hexadecimal = String(decoding: digits, as: UTF8.self)
    guard isHexadecimal, value == "crc32c:" + hexadecimal else { throw .digestMissing(path: path) }
    return Digest(hexadecimal: hexadecimal, offset: offset)
  }

  // MARK: - Tensors

  private static func tensor(
    _ member: JSONValue.Member, path: String
  ) throws(CheckpointError) -> SafetensorsTensor {
    func failure(_ reason: String) -> CheckpointError {
      .notSafetensors(path: path, reason: "tensor \(CheckpointError.quoted(member.key)) \(reason)")
    }
    guard case .object(let fields) = member.value else { throw failure("is not described by an object") }
    var dtypeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    for field in fields {
      switch (field.key, field.value) {
      case ("dtype", .string(let text)): dtypeName = text
      case ("shape", .array(let values)): shape = integers(values)
      case ("data_offsets", .array(let values)): offsets = integers(values)
      case ("dtype", _), ("shape", _), ("data_offsets", _): break
      default: throw failure("has an unknown field")
      }
    }
    guard let dtypeName else { throw failure("has no dtype") }
    guard let shape else { throw failure("has no shape of whole numbers") }
    guard let offsets, offsets.count == 2 else { throw failure("has no two data_offsets") }
    guard let dtype = SafetensorsDtype(rawValue: dtypeName) else {
      throw .unsupportedDtype(path: path, tensor: member.key, dtype: dtypeName)
    }
    guard offsets[0] <= offsets[1] else { throw failure("ends before it begins") }
    var size = dtype.byteWidth
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw failure("has a shape too large to count") }
      size = product
    }
    guard offsets[1] - offsets[0] == size else {
      throw failure("has \(offsets[1] - offsets[0]) bytes, but its shape and dtype need \(size)")
    }
    return SafetensorsTensor(
      name: member.key, dtype: dtype, shape: shape, dataOffsets: offsets[0]..<offsets[1])
  }

  /// The whole numbers in `values`, or nil where something else is among them.
  private static func integers(_ values: [JSONValue]) -> [Int]? {
    var result: [Int] = []
    for value in values {
      guard case .integer(let integer) = value else { return nil }
      result.append(integer)
    }
    return result
  }

  /// Sorted by offsets; tensors without bytes at the same place stay in the order of the header.
  private static func inFileOrder(_ tensors: [SafetensorsTensor]) -> [SafetensorsTensor] {
    func key(_ index: Int) -> (Int, Int, Int) {
      (tensors[index].dataOffsets.lowerBound, tensors[index].dataOffsets.upperBound, index)
    }
    return tensors.indices.sorted { key($0) < key($1) }.map { tensors[$0] }
  }

  /// Every tensor has to begin where the one before it ends.
  private static func checkLayout(
    _ tensors: [SafetensorsTensor], path: String
  ) throws(CheckpointError) {
    var end = 0
    for tensor in tensors {
      let start = tensor.dataOffsets.lowerBound
      guard start == end else {
        let reason = start < end ? "overlaps the tensor before it" : "leaves a hole before it"
        throw .notSafetensors(path: path, reason: "tensor \(CheckpointError.quoted(tensor.name)) \(reason)")
      }
      end = tensor.dataOffsets.upperBound
    }
  }
}
