import RondoNN
import RondoText

/// A safetensors file in memory, checked from end to end before any of it can be used.
///
/// The file is read once, not mapped: a mapping would change, or crash the program, with a file that is changed
/// while it is in use. The page `docs/checkpoint-format.md` states every rule that is checked here.
package struct SafetensorsReader: Sendable {
  /// The name under which the file was opened.
  package let path: String
  private let header: SafetensorsHeader
  private let data: Buffer<UInt8>
  private let indices: [String: Int]

  /// The strings of `__metadata__`, `format`, `format_version` and `digest` among them.
  package var metadata: [String: String] { header.metadata }
  /// The tensors in the order of their bytes in the file.
  package var tensors: [SafetensorsTensor] { header.tensors }

  /// Opens, reads and checks a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - expectation: What kind of file it has to be.
  /// - Throws: `.fileNotFound`, `.unreadable`, `.ioFailed`; `.notSafetensors`, `.truncated`, `.notRondo`,
  ///   `.newerVersion`, `.unsupportedDtype`, `.digestMissing` or `.digestMismatch`.
  package init(
    contentsOf path: String, expecting expectation: SafetensorsHeader.Expectation = .rondoCheckpoint
  ) throws(CheckpointError) {
    self.path = path
    let file = try InputFile(path: path)
    let (header, headerBytes) = try Self.header(of: file, expecting: expectation)
    let length = headerBytes.count - 8

    let (expected, overflow) = (8 + length).addingReportingOverflow(header.dataSize)
    guard !overflow, file.size >= expected else {
      throw .truncated(path: path, expected: overflow ? .max : expected, actual: file.size)
    }
    guard file.size == expected else {
      let excess = file.size - expected
      throw .notSafetensors(path: path, reason: "bytes after the last tensor: \(excess)")
    }
    data = try file.read(count: header.dataSize, at: 8 + length)

    if let digest = header.digest {
      let computed = Self.digest(of: headerBytes, digitsAt: 8 + digest.offset, data)
      guard computed == digest.hexadecimal else {
        throw .digestMismatch(path: path, stored: digest.hexadecimal, computed: computed)
      }
    }
    self.header = header
    var indices: [String: Int] = [:]
    for (index, tensor) in header.tensors.enumerated() { indices[tensor.name] = index }
    self.indices = indices
  }

  /// Reads the strings of a checkpoint's `__metadata__` and nothing after the header, so that the digest is not checked.
  ///
  /// - Throws: as `init`, but for what the tensors' bytes are needed for.
  package static func metadata(of path: String) throws(CheckpointError) -> [String: String] {
    try header(of: InputFile(path: path), expecting: .rondoCheckpoint).header.metadata
  }

  /// The header of a file, and the bytes that it comes from, its length before it.
  private static func header(
    of file: borrowing InputFile, expecting expectation: SafetensorsHeader.Expectation
  ) throws(CheckpointError) -> (header: SafetensorsHeader, bytes: Buffer<UInt8>) {
    let length = try headerLength(of: file)
    let bytes = try file.read(count: 8 + length, at: 0)
    let header = try SafetensorsHeader(
      parsing: bytes[8..<8 + length].array, path: file.path, expecting: expectation)
    return (header, bytes)
  }

  // MARK: - Values

  /// The values of a tensor; F16 and BF16 are widened exactly.
  ///
  /// - Parameters:
  ///   - name: The tensor.
  ///   - shape: The shape it has to have; nil accepts any.
  /// - Throws: `.tensorMissing`, `.tensorShape` or `.unsupportedDtype`.
  package func floats(_ name: String, shape: [Int]? = nil) throws(CheckpointError) -> [Float] {
    let tensor = try tensor(name, shape: shape)
    var values = [Float](repeating: 0, count: tensor.elementCount)
    var destination = values.mutableSpan
    raw(tensor).copy(into: &destination)
    return values
  }

  /// Copies the values of a tensor to where they are needed; F16 and BF16 are widened exactly.
  ///
  /// - Parameters:
  ///   - name: The tensor.
  ///   - shape: The shape it has to have; nil accepts any that has as many values as `destination`.
  ///   - destination: Memory for exactly as many values as the tensor has; untouched where an error is thrown.
  /// - Throws: `.tensorMissing`, `.tensorShape` or `.unsupportedDtype`.
  package func copy(
    _ name: String, shape: [Int]? = nil, into destination: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    let tensor = try tensor(name, shape: shape)
    guard tensor.elementCount == destination.count else {
      throw .tensorShape(path: path, name: name, expected: shape ?? [destination.count], found: tensor.shape)
    }
    raw(tensor).copy(into: &destination)
  }

  /// The tensor called `name`, if there is one.
  package func tensor(_ name: String) -> SafetensorsTensor? {
    indices[name].map { tensors[$0] }
  }

  /// The tensor called `name`, if it has this shape (nil: any) and a type that can be read.
  ///
  /// - Throws: `CheckpointError.tensorMissing`, `.tensorShape`, `.unsupportedDtype`.
  package func tensor(_ name: String, shape: [Int]?) throws(CheckpointError) -> SafetensorsTensor {
    guard let tensor = tensor(name) else { throw .tensorMissing(path: path, name: name) }
    guard shape == nil || shape == tensor.shape else {
      throw .tensorShape(path: path, name: name, expected: shape ?? [], found: tensor.shape)
    }
    guard tensor.dtype.isSupported else {
      throw .unsupportedDtype(path: path, tensor: name, dtype: tensor.dtype.rawValue)
    }
    return tensor
  }

  /// A tensor's numbers as they lie in the file, which stays in memory as long as they do.
  ///
  /// - Throws: as `tensor(_:shape:)`.
  package func raw(_ name: String, shape: [Int]) throws(CheckpointError) -> RawTensor {
    raw(try tensor(name, shape: shape))
  }

  private func raw(_ tensor: SafetensorsTensor) -> RawTensor {
    let type: RawTensor.ElementType =
      switch tensor.dtype {
      case .f16: .f16
      case .bf16: .bf16
      default: .f32
      }
    return RawTensor(type: type, bytes: data[tensor.dataOffsets])
  }

  // MARK: - Checks on the whole file

  /// The length of the header, from the first eight bytes of the file.
  private static func headerLength(of file: borrowing InputFile) throws(CheckpointError) -> Int {
    guard file.size > 0 else { throw .notSafetensors(path: file.path, reason: "it is empty") }
    guard file.size >= 8 else { throw .truncated(path: file.path, expected: 8, actual: file.size) }
    let start = try file.read(count: min(file.size, 9), at: 0).array
    let length = start.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.maximumSize) else {
      throw .notSafetensors(path: file.path, reason: "the length of its header is \(length)")
    }
    guard length >= 2 else {
      throw .notSafetensors(path: file.path, reason: "it has no header")
    }
    guard start.count < 9 || start[8] == UInt8(ascii: "{") else {
      throw .notSafetensors(path: file.path, reason: "its header does not begin with '{'")
    }
    guard file.size >= 8 + Int(length) else {
      throw .truncated(path: file.path, expected: 8 + Int(length), actual: file.size)
    }
    return Int(length)
  }

  /// The checksum of the file with eight zero digits in the place of its digest, in hexadecimal.
  private static func digest(
    of header: Buffer<UInt8>, digitsAt offset: Int, _ data: Buffer<UInt8>
  ) -> String {
    var checksum = header[0..<offset].withSpan { unsafe CRC32C.checksum(of: $0.bytes) }
    checksum = unsafe CRC32C.checksum(of: Array("00000000".utf8).span.bytes, continuing: checksum)
    for rest in [header[offset + 8..<header.count], data] {
      checksum = rest.withSpan { unsafe CRC32C.checksum(of: $0.bytes, continuing: checksum) }
    }
    return checksum.hexadecimal
  }
}

extension UInt32 {
  /// Eight lower-case hexadecimal digits.
  var hexadecimal: String {
    padded(to: 8, radix: 16)
  }
}
