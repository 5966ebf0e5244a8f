import Foundation
import Testing

@testable import Rondo

struct SafetensorsReaderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(
    _ file: [UInt8], expecting expectation: SafetensorsHeader.Expectation = .rondoCheckpoint
  ) throws -> SafetensorsReader {
    try SafetensorsReader(contentsOf: folder.write(file), expecting: expectation)
  }

  /// What is said about a file, and that it is said about the right path.
  private func refusal(
    _ file: [UInt8], expecting expectation: SafetensorsHeader.Expectation = .rondoCheckpoint
  ) -> CheckpointError? {
    checkpointError { try open(file, expecting: expectation) }
  }

  private var path: String { folder.path(of: "file.safetensors") }

  /// A small checkpoint with all three types: 1, −2 in F32; 0.5 in F16; 3, −0 and the least subnormal in BF16.
  private var small: [UInt8] {
    sealed(
      safetensorsFile(
        "{\(rondoMetadata)," + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
          + #""b":{"dtype":"F16","shape":[1,1],"data_offsets":[8,10]},"#
          + #""c":{"dtype":"BF16","shape":[3],"data_offsets":[10,16]}}"#,
        data: [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0x00, 0x38, 0x40, 0x40, 0x00, 0x80, 0x01, 0x00]))
  }

  // MARK: - What is read

  @Test func values() throws {
    let reader = try open(small)
    #expect(reader.path == path)
    #expect(reader.metadata["format"] == "rondo")
    #expect(reader.tensors.map(\.name) == ["a", "b", "c"])
    #expect(reader.tensor("c")?.dtype == .bf16)
    #expect(reader.tensor("d") == nil)
    #expect(try reader.floats("a") == [1, -2])
    #expect(try reader.floats("b", shape: [1, 1]) == [0.5])
    #expect(try reader.floats("c").map(\.bitPattern) == [0x4040_0000, 0x8000_0000, 0x0001_0000])
  }

  @Test func copying() throws {
    let reader = try open(small)
    var values: [Float] = [7, 7]
    var destination = values.mutableSpan
    try reader.copy("a", shape: [2], into: &destination)
    #expect(values == [1, -2])
  }

  @Test func whatIsAskedForHasToBeThere() throws {
    let reader = try open(small)
    #expect(
      checkpointError { try reader.floats("d") } == .tensorMissing(path: path, name: "d"))
    #expect(
      checkpointError { try reader.floats("a", shape: [2, 1]) }
        == .tensorShape(path: path, name: "a", expected: [2, 1], found: [2]))
    var values: [Float] = [7, 7, 7]
    let error = checkpointError {
      var span = values.mutableSpan
      try reader.copy("a", into: &span)
    }
    #expect(error == .tensorShape(path: path, name: "a", expected: [3], found: [2]))
    #expect(values == [7, 7, 7])
  }

  /// Tensors may lie anywhere, so a value need not lie on a multiple of its size.
  @Test func valuesThatAreNotAligned() throws {
    let file = safetensorsFile(
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"c":{"dtype":"F16","shape":[1],"data_offsets":[5,7]}}"#,
      data: [9, 0, 0, 0x80, 0x3F, 0x00, 0x3C])
    let reader = try open(file, expecting: .anySafetensors)
    #expect(try reader.floats("b") == [1])
    #expect(try reader.floats("c") == [1])
    #expect(
      checkpointError { try reader.floats("a") } == .unsupportedDtype(path: path, tensor: "a", dtype: "U8"))
  }

  /// Bytes that Python's safetensors 0.8.0 wrote: torch's F16 [3], F32 [2, 2] and a BF16 scalar.
  @Test func fileOfTheReferenceImplementation() throws {
    let base64 =
      "8AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCIsIm5vdGUiOiLDqSBcInF1b3RlZFwiXG4ifSwibWF0cml4"
      + "Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlswLDE2XX0sInNjYWxhciI6eyJkdHlwZSI6"
      + "IkJGMTYiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzE2LDE4XX0sImhhbGYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6"
      + "WzNdLCJkYXRhX29mZnNldHMiOlsxOCwyNF19fSAgICAAAIA/AAAAQAAAQEAAAIhAH74AOAC8/3s="
    let file = try #require(Data(base64Encoded: base64))
    let reader = try open(Array(file), expecting: .anySafetensors)
    #expect(reader.metadata == ["format": "pt", "note": "é \"quoted\"\n"])
    #expect(Set(reader.tensors.map(\.name)) == ["half", "matrix", "scalar"])
    #expect(try reader.floats("half", shape: [3]) == [0.5, -1, 65504])
    #expect(try reader.floats("matrix", shape: [2, 2]) == [1, 2, 3, 4.25])
    #expect(try reader.floats("scalar", shape: []) == [-0.1552734375])
    #expect(
      refusal(Array(file))
        == .notRondo(path: path, reason: "its metadata does not say format = rondo"))
  }

  // MARK: - What is refused

  @Test func notAFile() throws {
    let missing = folder.path(of: "missing")
    #expect(checkpointError { try SafetensorsReader(contentsOf: missing) } == .fileNotFound(path: missing))
    let below = try folder.write([1], as: "plain") + "/x"
    #expect(checkpointError { try SafetensorsReader(contentsOf: below) } == .fileNotFound(path: below))
    #expect(checkpointError { try SafetensorsReader(contentsOf: "") } == .fileNotFound(path: ""))
    let cut = try folder.write(small) + "\0x"
    #expect(checkpointError { try SafetensorsReader(contentsOf: cut) } == .fileNotFound(path: cut))
    #expect(
      checkpointError { try SafetensorsReader(contentsOf: folder.path) }
        == .unreadable(path: folder.path, reason: "it is a folder"))
    let pipe = folder.path(of: "pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(
      checkpointError { try SafetensorsReader(contentsOf: pipe) }
        == .unreadable(path: pipe, reason: "it is no regular file"))
  }

  @Test func filesThatAreSomethingElse() {
    #expect(refusal([]) == .notSafetensors(path: path, reason: "it is empty"))
    #expect(refusal([1]) == .truncated(path: path, expected: 8, actual: 1))
    let text = Array("It was a bright cold day in April, and the clocks were striking thirteen.".utf8)
    guard case .notSafetensors = refusal(text) else {
      Issue.record("a text was not refused")
      return
    }
    #expect(
      refusal(Array(repeating: 0, count: 100)) == .notSafetensors(path: path, reason: "it has no header"))
    #expect(
      refusal([4, 0, 0, 0, 0, 0, 0, 0] + Array("    ".utf8))
        == .notSafetensors(path: path, reason: "its header does not begin with '{'"))
    var generator = SplitMix64(state: 6)
    for count in 1...300 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(refusal(bytes, expecting: .anySafetensors) != nil)
    }
  }

  @Test func headerLengths() {
    func length(_ value: UInt64) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } + Array("{}".utf8)
    }
    #expect(refusal(length(2), expecting: .anySafetensors) == nil)
    #expect(refusal(length(3)) == .truncated(path: path, expected: 11, actual: 10))
    #expect(refusal(length(100_000_000)) == .truncated(path: path, expected: 100_000_008, actual: 10))
    for value in [100_000_001, 1 << 32, 1 << 63, UInt64.max] {
      #expect(
        refusal(length(value)) == .notSafetensors(path: path, reason: "the length of its header is \(value)"))
    }
  }

  @Test func everyShorterFile() {
    let file = small
    #expect(refusal(file) == nil)
    for count in 0..<file.count {
      let error = refusal(Array(file.prefix(count)))
      if count == 0 {
        #expect(error == .notSafetensors(path: path, reason: "it is empty"))
      } else {
        let expected = count < 8 ? 8 : count < file.count - 16 ? file.count - 16 : file.count
        #expect(error == .truncated(path: path, expected: expected, actual: count))
      }
    }
  }

  @Test func bytesAfterTheEnd() {
    for excess in [1, 2, 64] {
      #expect(
        refusal(small + [UInt8](repeating: 0, count: excess))
          == .notSafetensors(path: path, reason: "bytes after the last tensor: \(excess)"))
    }
  }

  /// Every bit of the file, and every byte as a whole, also where the rules for other files do not ask for a digest.
  @Test func everyFlippedBit() {
    let file = small
    for place in file.indices {
      for flip in (0..<8).map({ UInt8(1) << $0 }) + [0xFF] {
        var damaged = file
        damaged[place] ^= flip
        #expect(refusal(damaged) != nil, "byte \(place), bits \(flip)")
      }
    }
    // In the data and in the digits nothing but the digest can tell.
    for place in file.count - 16..<file.count {
      var damaged = file
      damaged[place] ^= 1
      guard case .digestMismatch(path, _, _) = refusal(damaged, expecting: .anySafetensors) else {
        Issue.record("byte \(place) was not refused for its digest")
        continue
      }
    }
  }

  @Test func digest() throws {
    let unsealed = safetensorsFile("{\(rondoMetadata)}")
    let right = slowCRC32C(unsealed).hexadecimal
    #expect(
      refusal(unsealed) == .digestMismatch(path: path, stored: "00000000", computed: right))
    #expect(try open(sealed(unsealed)).metadata["digest"] == "crc32c:" + right)
    let without = safetensorsFile(#"{"__metadata__":{"format":"rondo","format_version":"1"}}"#)
    #expect(refusal(without) == .digestMissing(path: path))
    #expect(refusal(without, expecting: .anySafetensors) == .digestMissing(path: path))
    let newer = rondoMetadata.replacingOccurrences(of: #""1""#, with: #""2""#)
    #expect(
      refusal(sealed(safetensorsFile("{\(newer)}"))) == .newerVersion(path: path, found: "2", supported: "1"))
  }

  /// A file may promise far more data than there is memory, or even than can be counted.
  @Test func hugePromises() throws {
    func file(_ count: String, _ size: String) -> [UInt8] {
      sealed(
        safetensorsFile(
          "{\(rondoMetadata)," + #""t":{"dtype":"F16","shape":[\#(count)],"data_offsets":[0,\#(size)]}}"#))
    }
    let large = file("4611686018427387903", "9223372036854775806")
    #expect(refusal(large) == .truncated(path: path, expected: .max, actual: large.count))
    // A sparse file keeps the promise of 2⁵⁰ bytes without having them, where the file system allows it.
    let sparse = file("562949953421312", "1125899906842624")
    _ = try folder.write(sparse)
    let keepsPromise = unsafe truncate(path, off_t(sparse.count + 1 << 50)) == 0
    let error = checkpointError { try SafetensorsReader(contentsOf: path) }
    #expect(
      error
        == (keepsPromise
          ? .ioFailed(path: path, reason: "no memory for \(1 << 50) bytes")
          : .truncated(path: path, expected: sparse.count + 1 << 50, actual: sparse.count)))
  }
}
