import Foundation
import RondoNN
import Testing

@testable import Rondo

struct SafetensorsWriterTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private var path: String { folder.path(of: "file.safetensors") }

  private func write(_ metadata: [String: String], _ tensors: [TensorToWrite]) throws {
    try SafetensorsWriter.write(to: path, metadata: metadata, tensors: tensors)
  }

  // MARK: - The bytes

  /// A whole file by hand. If this test has to change, so has the format version.
  @Test func layout() throws {
    try write(
      ["model": #"{"cell":"lstm"}"#, "b": "é\n"],
      [
        TensorToWrite(name: "z", shape: [1, 2], values: [1, -2]),
        TensorToWrite(name: "a", shape: [], dtype: .f16, values: [0.5]),
        TensorToWrite(name: "n", shape: [3], dtype: .bf16, values: [3, -0.0, 1.00390625]),
        TensorToWrite(name: "empty", shape: [0, 4], values: []),
      ])
    var json =
      #"{"__metadata__":{"b":"é\n","digest":"crc32c:00000000","format":"rondo","format_version":"1","#
      + #""model":"{\"cell\":\"lstm\"}"},"z":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
      + #""a":{"dtype":"F16","shape":[],"data_offsets":[8,10]},"n":{"dtype":"BF16","shape":[3],"#
      + #""data_offsets":[10,16]},"empty":{"dtype":"F32","shape":[0,4],"data_offsets":[16,16]}}"#
    #expect(json.utf8.count == 349)
    json += String(repeating: " ", count: 27)
    let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0x00, 0x38, 0x40, 0x40, 0x00, 0x80, 0x80, 0x3F]
    let file = [0x78, 0x01, 0, 0, 0, 0, 0, 0] + Array(json.utf8) + data
    #expect(try folder.bytes(of: "file.safetensors") == sealed(file))
  }

  /// The example at the end of docs/checkpoint-format.md, its digest included.
  @Test func exampleOfTheFormatPage() throws {
    try write([:], [TensorToWrite(name: "t", shape: [1], values: [1])])
    let json =
      #"{"__metadata__":{"digest":"crc32c:9505ae3e","format":"rondo","format_version":"1"},"#
      + #""t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    #expect(json.utf8.count == 136)
    let padding = [UInt8](repeating: 0x20, count: 48)
    let file = [0xB8, 0, 0, 0, 0, 0, 0, 0] + Array(json.utf8) + padding + [0, 0, 0x80, 0x3F]
    #expect(try folder.bytes(of: "file.safetensors") == file)
  }

  @Test func dataBeginsOnAMultipleOf64() throws {
    for length in 0..<130 {
      let metadata = ["x": String(repeating: "y", count: length)]
      try write(metadata, [TensorToWrite(name: "t", shape: [1], values: [1])])
      let file = try folder.bytes(of: "file.safetensors")
      #expect(file.count % 64 == 4)
      #expect(Array(file.suffix(4)) == [0, 0, 0x80, 0x3F])
      #expect(file.dropLast(4).suffix(64).contains(0x7D), "no more padding than needed")
    }
  }

  @Test func roundTrip() throws {
    var generator = SplitMix64(state: 7)
    // More than one piece of the writer, and not a whole number of them.
    let large = (0..<150_001).map { _ in Float.random(in: -10...10, using: &generator) }
    let special: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude, .pi,
    ]
    try write(
      ["tokenizer": "{\"text\":\"\u{0}\u{1f}\\\"é𝄞\"}", "": ""],
      [
        TensorToWrite(name: "large", shape: [3, 50_000], values: Array(large.prefix(150_000))),
        TensorToWrite(name: "half", shape: [150_001], dtype: .f16, values: large),
        TensorToWrite(name: "brain", shape: [150_001], dtype: .bf16, values: large),
        TensorToWrite(name: "na\"me\n", shape: [2, 3], values: special),
      ])
    let reader = try SafetensorsReader(contentsOf: path)
    #expect(reader.metadata["tokenizer"] == "{\"text\":\"\u{0}\u{1f}\\\"é𝄞\"}")
    #expect(reader.metadata.count == 5)
    #expect(reader.tensors.map(\.name) == ["large", "half", "brain", "na\"me\n"])
    #expect(try reader.floats("large", shape: [3, 50_000]) == Array(large.prefix(150_000)))
    #expect(
      try reader.floats("half")
        == large.map { widened(HalfPrecision.float16Bits($0), .f16) })
    #expect(
      try reader.floats("brain")
        == large.map { widened(HalfPrecision.bfloat16Bits($0), .bf16) })
    #expect(try reader.floats("na\"me\n").map(\.bitPattern) == special.map(\.bitPattern))

    // The same again gives the same bytes, whatever the pieces the values come in.
    let first = try folder.bytes(of: "file.safetensors")
    try write(
      reader.metadata.filter { !SafetensorsWriter.reservedKeys.contains($0.key) },
      reader.tensors.map { tensor in
        let values = try reader.floats(tensor.name)
        return TensorToWrite(name: tensor.name, shape: tensor.shape, dtype: tensor.dtype) {
          body throws(CheckpointError) in
          try body(values.span.extracting(first: values.count / 3))
          try body(values.span.extracting(droppingFirst: values.count / 3))
        }
      })
    #expect(try folder.bytes(of: "file.safetensors") == first)
  }

  /// The mark of the digest inside a value is escaped, so a reader finds the one digest.
  @Test func metadataThatLooksLikeADigest() throws {
    let metadata = ["a": #""digest":"crc32c:11111111""#, "training": #"{"digest":"crc32c:22222222"}"#]
    try write(metadata, [])
    let reader = try SafetensorsReader(contentsOf: path)
    #expect(reader.metadata["a"] == metadata["a"])
    #expect(reader.metadata["training"] == metadata["training"])
  }

  // MARK: - What is refused

  /// The first value, the last one, one in a later piece; and the old file stays.
  @Test func nonFiniteValues() throws {
    try write(["x": "old"], [])
    let old = try folder.bytes(of: "file.safetensors")
    for bad in [Float.nan, .signalingNaN, .infinity, -.infinity] {
      for place in [0, 65_536, 69_999] {
        for dtype in [SafetensorsDtype.f32, .f16, .bf16] {
          var values = [Float](repeating: 1, count: 70_000)
          values[place] = bad
          let error = checkpointError {
            try write(
              [:],
              [
                TensorToWrite(name: "good", shape: [1], values: [1]),
                TensorToWrite(name: "bad", shape: [70_000], dtype: dtype, values: values),
              ])
          }
          #expect(error == .nonFinite(tensor: "bad"))
        }
      }
    }
    #expect(try folder.bytes(of: "file.safetensors") == old)
    #expect(folder.names == ["file.safetensors"])
  }

  @Test func valuesTooLargeForTheType() {
    func refusal(_ value: Float, _ dtype: SafetensorsDtype) -> CheckpointError? {
      let tensor = TensorToWrite(name: "t", shape: [2], dtype: dtype, values: [1, value])
      return checkpointError { try write([:], [tensor]) }
    }
    #expect(refusal(65_519, .f16) == nil)
    #expect(refusal(65_520, .f16) == .outOfRange(tensor: "t", dtype: "F16"))
    #expect(refusal(-70_000, .f16) == .outOfRange(tensor: "t", dtype: "F16"))
    #expect(refusal(3.38e38, .bf16) == nil)
    #expect(refusal(.greatestFiniteMagnitude, .bf16) == .outOfRange(tensor: "t", dtype: "BF16"))
    #expect(refusal(.greatestFiniteMagnitude, .f32) == nil)
  }

  @Test func headerTooLarge() throws {
    let metadata = ["tokenizer": String(repeating: "x", count: 100_000_000)]
    guard case .headerTooLarge(path, _, 100_000_000) = checkpointError({ try write(metadata, []) }) else {
      Issue.record("a header of more than 100 MB was written")
      return
    }
    #expect(folder.names == [])
  }

  @Test func errorsOfASourceArePassedOn() {
    let error = CheckpointError.fileNotFound(path: "elsewhere")
    let tensor = TensorToWrite(name: "t", shape: [1]) { _ throws(CheckpointError) in throw error }
    #expect(checkpointError { try write([:], [tensor]) } == error)
    #expect(folder.names == [])
  }

  @Test func noRoom() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.path(of: "last.safetensors")
      let tensor = TensorToWrite(name: "t", shape: [100], values: [Float](repeating: 1, count: 100))
      try SafetensorsWriter.write(to: path, metadata: [:], tensors: [tensor])
      limitFileSize(to: 500)
      let error = checkpointError {
        try SafetensorsWriter.write(to: path, metadata: ["x": "y"], tensors: [tensor])
      }
      #expect(error == .ioFailed(path: path, reason: "File too large"))
      #expect(folder.names == ["last.safetensors"])
      #expect(try SafetensorsReader(contentsOf: path).metadata["x"] == nil)
    }
  }

  @Test func errorsOfTheProgrammerTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = SafetensorsWriter.header(metadata: ["digest": ""], tensors: [])
    }
    await #expect(processExitsWith: .failure) {
      let tensor = TensorToWrite(name: "t", shape: [1], values: [1])
      _ = SafetensorsWriter.header(metadata: [:], tensors: [tensor, tensor])
    }
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let tensor = TensorToWrite(name: "t", shape: [2], values: [1])
      try SafetensorsWriter.write(to: folder.path(of: "x"), metadata: [:], tensors: [tensor])
    }
  }
}
