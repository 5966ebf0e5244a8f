import RondoNN

/// A tensor on its way into a file.
package struct TensorToWrite {
  /// The name in the file; not `__metadata__`.
  package var name: String
  /// The sizes of the dimensions, slowest first; empty for a single number.
  package var shape: [Int]
  /// The element type in the file: `f32`, `f16` or `bf16`.
  package var dtype: SafetensorsDtype
  /// Hands the values to its argument, in one piece or in several, in order.
  package var values: Source

  /// Calls its argument with consecutive pieces of the values and passes its errors on.
  package typealias Source = (
    _ body: (Span<Float>) throws(CheckpointError) -> Void
  ) throws(CheckpointError) -> Void

  /// A tensor whose values stay where they are until they are written.
  package init(
    name: String, shape: [Int], dtype: SafetensorsDtype = .f32, values: @escaping Source
  ) {
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.values = values
  }

  /// A tensor whose values are in an array.
  package init(name: String, shape: [Int], dtype: SafetensorsDtype = .f32, values: [Float]) {
    self.init(name: name, shape: shape, dtype: dtype) { body throws(CheckpointError) in
      try body(values.span)
    }
  }
}

/// Writes checkpoints of Rondo: safetensors files as `docs/checkpoint-format.md` describes them.
///
/// The same metadata and tensors give the same bytes, on every machine.
package enum SafetensorsWriter {
  /// Data begins on a multiple of this many bytes.
  package static let alignment = 64
  /// The entries of the metadata that the writer makes itself.
  package static let reservedKeys: Set<String> = ["digest", "format", "format_version"]

  /// Writes a file and puts it in its place at once: at every moment the old file or the new one is whole there.
  ///
  /// - Parameters:
  ///   - path: The file; its folder has to exist.
  ///   - metadata: Strings for `__metadata__`, without the `reservedKeys`.
  ///   - tensors: The tensors in the order in which they will lie in the file. Names differ; every source gives as
  ///     many values as its shape says. Anything else is a programmer's error and traps.
  /// - Throws: `.cannotCreate`, `.ioFailed`, `.headerTooLarge`; `.nonFinite` where a value is NaN or infinite,
  ///   `.outOfRange` where one becomes infinite in F16 or BF16; what a source throws.
  package static func write(
    to path: String, metadata: [String: String], tensors: [TensorToWrite]
  ) throws(CheckpointError) {
    let header = header(metadata: metadata, tensors: tensors)
    guard header.count - 8 <= SafetensorsHeader.maximumSize else {
      throw .headerTooLarge(path: path, size: header.count - 8, limit: SafetensorsHeader.maximumSize)
    }
    var output = Output(file: try AtomicFile(replacing: path))
    try unsafe output.append(header.span.bytes)
    for tensor in tensors {
      try output.append(tensor)
    }
    // The checksum so far is that of the file with zeros for a digest, which is what the digest is.
    let digits = Array(output.checksum.hexadecimal.utf8)
    try unsafe output.file.overwrite(digits.span.bytes, at: digestOffset(in: header))
    try output.file.commit()
  }

  /// The beginning of a file up to its data: the length, the JSON with a digest of zeros, the padding.
  static func header(metadata: [String: String], tensors: [TensorToWrite]) -> [UInt8] {
    precondition(reservedKeys.isDisjoint(with: metadata.keys), "The writer makes these entries itself.")
    precondition(Set(tensors.map(\.name)).count == tensors.count, "Two tensors have one name.")
    var metadata = metadata
    metadata["digest"] = "crc32c:00000000"
    metadata["format"] = "rondo"
    metadata["format_version"] = SafetensorsHeader.formatVersion

    var json = Array("{\"__metadata__\":{".utf8)
    let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for (index, key) in keys.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json += JSONValue.quoted(key)
      json.append(UInt8(ascii: ":"))
      json += JSONValue.quoted(metadata[key] ?? "")
    }
    json.append(UInt8(ascii: "}"))
    var offset = 0
    for tensor in tensors {
      precondition(tensor.name != "__metadata__", "The name of a tensor is taken by the format.")
      precondition(tensor.dtype.isSupported, "Values are written as f32, f16 or bf16.")
      precondition(tensor.shape.allSatisfy { $0 >= 0 }, "A shape is negative.")
      let end = offset + tensor.shape.reduce(tensor.dtype.byteWidth, *)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      json.append(UInt8(ascii: ","))
      json += JSONValue.quoted(tensor.name)
      let dtype = tensor.dtype.rawValue
      json += Array(":{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}".utf8)
      offset = end
    }
    json.append(UInt8(ascii: "}"))
    while (8 + json.count) % alignment != 0 { json.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }

  /// Where the eight digits of the digest stand in what `header` returned.
  private static func digestOffset(in header: [UInt8]) -> Int {
    let mark = SafetensorsHeader.digestMark
    guard let start = header.indices.first(where: { header[$0...].starts(with: mark) }) else {
      preconditionFailure("The header has a digest.")
    }
    return start + mark.count
  }

  /// A file that is being written, with the checksum of what it holds.
  private struct Output: ~Copyable {
    var file: AtomicFile
    var checksum: UInt32 = 0

    /// How many values are checked, converted and written at a time.
    private static let pieceSize = 1 << 16

    init(file: consuming AtomicFile) {
      self.file = file
    }

    mutating func append(_ bytes: RawSpan) throws(CheckpointError) {
      checksum = CRC32C.checksum(of: bytes, continuing: checksum)
      try file.append(bytes)
    }

    mutating func append(_ tensor: TensorToWrite) throws(CheckpointError) {
      var remaining = tensor.shape.reduce(1, *)
      var scratch: [UInt16] = []
      try tensor.values { values throws(CheckpointError) in
        remaining -= values.count
        var start = 0
        while start < values.count {
          let end = min(start + Self.pieceSize, values.count)
          let piece = values.extracting(start..<end)
          guard piece.isFinite else { throw .nonFinite(tensor: tensor.name) }
          switch tensor.dtype {
          case .f16: try append(piece, tensor, infinity: 0x7C00, &scratch, HalfPrecision.float16Bits)
          case .bf16: try append(piece, tensor, infinity: 0x7F80, &scratch, HalfPrecision.bfloat16Bits)
          default: try unsafe append(piece.bytes)
          }
          start = end
        }
      }
      precondition(remaining == 0, "Tensor \(tensor.name) has another number of values than its shape says.")
    }

    private mutating func append(
      _ values: Span<Float>, _ tensor: TensorToWrite, infinity: UInt16, _ scratch: inout [UInt16],
      _ narrow: (Float) -> UInt16
    ) throws(CheckpointError) {
      scratch.removeAll(keepingCapacity: true)
      for index in values.indices {
        let bits = narrow(values[index])
        guard bits & 0x7FFF != infinity else {
          throw .outOfRange(tensor: tensor.name, dtype: tensor.dtype.rawValue)
        }
        scratch.append(bits)
      }
      try unsafe append(scratch.span.bytes)
    }
  }
}

extension Span<Float> {
  /// Whether no value is NaN or infinite.
  fileprivate var isFinite: Bool {
    var largest: UInt32 = 0
    for index in indices {
      largest = Swift.max(largest, self[index].bitPattern & 0x7FFF_FFFF)
    }
    return largest < 0x7F80_0000
  }
}
