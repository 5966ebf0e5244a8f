import Testing

@testable import Rondo

struct SafetensorsHeaderTests {
  private func parse(
    _ json: String, expecting expectation: SafetensorsHeader.Expectation = .anySafetensors
  ) throws(CheckpointError) -> SafetensorsHeader {
    try SafetensorsHeader(parsing: Array(json.utf8), path: "x", expecting: expectation)
  }

  /// Why a header is refused as unsound, or nil.
  private func refusal(
    _ json: String, expecting expectation: SafetensorsHeader.Expectation = .anySafetensors
  ) -> String? {
    guard case .notSafetensors("x", let reason) = checkpointError({ try parse(json, expecting: expectation) })
    else { return nil }
    return reason
  }

  private func tensor(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"t":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  @Test func tensorsInTheOrderOfTheirBytes() throws {
    let header = try parse(
      #"""
      {"b":{"dtype":"F32","shape":[2,3],"data_offsets":[6,30]},
       "__metadata__":{"format":"pt","":"\u00e9"},
       "empty":{"dtype":"F32","shape":[0,3],"data_offsets":[6,6]},
       "a":{"shape":[3],"data_offsets":[0,6],"dtype":"BF16"},
       "scalar":{"dtype":"F64","shape":[],"data_offsets":[30,38]}}
      """#)
    #expect(header.metadata == ["format": "pt", "": "é"])
    #expect(header.tensors.map(\.name) == ["a", "empty", "b", "scalar"])
    #expect(header.tensors.map(\.dtype) == [.bf16, .f32, .f32, .f64])
    #expect(header.tensors.map(\.shape) == [[3], [0, 3], [2, 3], []])
    #expect(header.tensors.map(\.dataOffsets) == [0..<6, 6..<6, 6..<30, 30..<38])
    #expect(header.tensors.map(\.elementCount) == [3, 0, 6, 1])
    #expect(header.dataSize == 38)
    #expect(header.digest == nil)
  }

  @Test func noTensorsAndPadding() throws {
    #expect(try parse("{}   ").tensors.isEmpty)
    #expect(try parse("{}").dataSize == 0)
  }

  @Test func notAnObject() {
    #expect(refusal("") == "its header does not begin with '{'")
    #expect(refusal(" {}") == "its header does not begin with '{'")
    #expect(refusal("[]") == "its header does not begin with '{'")
    #expect(refusal("{") == "its header is no sound JSON at byte 9: no key")
    #expect(refusal("{}{}") == "its header is no sound JSON at byte 10: something follows the JSON value")
  }

  @Test func metadataOfTheWrongType() {
    #expect(refusal(#"{"__metadata__":"x"}"#) == "__metadata__ is no JSON object")
    #expect(refusal(#"{"__metadata__":null}"#) == "__metadata__ is no JSON object")
    #expect(refusal(#"{"__metadata__":{"a":1}}"#) == "a value in __metadata__ is no string")
    #expect(refusal(#"{"__metadata__":{"a":{}}}"#) == "a value in __metadata__ is no string")
  }

  @Test func tensorsOfTheWrongType() {
    #expect(refusal(#"{"t":1}"#) == "tensor 't' is not described by an object")
    #expect(refusal(#"{"t":{}}"#) == "tensor 't' has no dtype")
    #expect(refusal(#"{"t":{"dtype":1,"shape":[],"data_offsets":[0,4]}}"#) == "tensor 't' has no dtype")
    let noShape = "tensor 't' has no shape of whole numbers"
    #expect(refusal(#"{"t":{"dtype":"F32","data_offsets":[0,4]}}"#) == noShape)
    for shape in ["1", "null", "[1.0]", "[-1]", "[\"1\"]", "[[1]]", "[9223372036854775808]"] {
      #expect(refusal(tensor("F32", shape, "[0,4]")) == noShape)
    }
    let noOffsets = "tensor 't' has no two data_offsets"
    #expect(refusal(#"{"t":{"dtype":"F32","shape":[1]}}"#) == noOffsets)
    for offsets in ["4", "[]", "[0]", "[0,4,8]", "[-4,0]", "[0.0,4.0]", "[0,\"4\"]"] {
      #expect(refusal(tensor("F32", "[1]", offsets)) == noOffsets)
    }
    #expect(
      refusal(#"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#)
        == "tensor 't' has an unknown field")
  }

  @Test func sizesThatDisagree() {
    for (json, found, needed) in [
      (tensor("F32", "[1]", "[0,3]"), 3, 4), (tensor("F16", "[2,2]", "[0,16]"), 16, 8),
      (tensor("F32", "[]", "[0,0]"), 0, 4),
    ] {
      #expect(refusal(json) == "tensor 't' has \(found) bytes, but its shape and dtype need \(needed)")
    }
    #expect(refusal(tensor("F32", "[0]", "[4,0]")) == "tensor 't' ends before it begins")
  }

  @Test func shapesThatOverflow() {
    let reason = "tensor 't' has a shape too large to count"
    #expect(refusal(tensor("F32", "[9223372036854775807]", "[0,4]")) == reason)
    #expect(refusal(tensor("F32", "[4294967296,4294967296]", "[0,0]")) == reason)
    #expect(refusal(tensor("F32", "[4294967296,4294967296,0]", "[0,0]")) == reason)
    #expect(refusal(tensor("F32", "[2305843009213693952]", "[0,0]")) == reason)
  }

  @Test func overlapsAndHoles() {
    func two(_ first: String, _ second: String) -> String {
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":\#(first)},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":\#(second)}}"#
    }
    #expect(checkpointError { try parse(two("[4,8]", "[0,4]")) } == nil)
    #expect(refusal(two("[0,4]", "[0,4]")) == "tensor 'b' overlaps the tensor before it")
    #expect(refusal(two("[0,4]", "[2,6]")) == "tensor 'b' overlaps the tensor before it")
    #expect(refusal(two("[0,4]", "[5,9]")) == "tensor 'b' leaves a hole before it")
    #expect(refusal(two("[4,8]", "[8,12]")) == "tensor 'a' leaves a hole before it")
    #expect(
      refusal(two("[0,4]", "[9223372036854775803,9223372036854775807]"))
        == "tensor 'b' leaves a hole before it")
  }

  @Test func duplicateNames() {
    let entry = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    let reason = "its header is no sound JSON at byte 62: the key 'a' occurs twice"
    #expect(refusal(#"{"a":\#(entry),"a":\#(entry)}"#) == reason)
    #expect(refusal(#"{"__metadata__":{},"__metadata__":{}}"#) != nil)
    // One composed, one decomposed: two keys to JSON, one to Swift's strings.
    let equivalent = "two keys of its header are canonically equivalent"
    #expect(refusal("{\"\u{e9}\":\(entry),\"e\u{301}\":\(entry)}") == equivalent)
    #expect(refusal("{\"__metadata__\":{\"\u{e9}\":\"\",\"e\u{301}\":\"\"}}") == equivalent)
    #expect(refusal(#"{"__metadata__":{"a":"","a":""}}"#) != nil)
    #expect(refusal(#"{"t":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#) != nil)
  }

  @Test func elementTypes() throws {
    let unknown = CheckpointError.unsupportedDtype(path: "x", tensor: "t", dtype: "F8_E4M3")
    #expect(checkpointError { try parse(tensor("F8_E4M3", "[1]", "[0,1]")) } == unknown)
    #expect(try parse(tensor("I64", "[1]", "[0,8]")).tensors.first?.dtype == .i64)
    let inRondo = "{\(rondoMetadata)," + tensor("I64", "[1]", "[0,8]").dropFirst()
    #expect(
      checkpointError { try parse(inRondo) } == .unsupportedDtype(path: "x", tensor: "t", dtype: "I64"))
  }

  // MARK: - What makes a file Rondo's

  @Test func rondoHeader() throws {
    let header = try parse("{\(rondoMetadata)}", expecting: .rondoCheckpoint)
    #expect(header.digest == .init(hexadecimal: "00000000", offset: 34))
    #expect(header.metadata["format_version"] == "1")
  }

  private func rondo(_ metadata: String) -> CheckpointError? {
    checkpointError { try parse(#"{"__metadata__":{\#(metadata)}}"#, expecting: .rondoCheckpoint) }
  }

  @Test func notRondo() {
    let noFormat = CheckpointError.notRondo(path: "x", reason: "its metadata does not say format = rondo")
    #expect(checkpointError { try parse("{}", expecting: .rondoCheckpoint) } == noFormat)
    #expect(rondo(#""format":"pt""#) == noFormat)
    #expect(
      rondo(#""format":"rondo""#) == .notRondo(path: "x", reason: "its metadata has no format_version"))
    for version in ["", "0", "01", "-1", "1.0", "one", " 1", "１"] {
      #expect(
        rondo(#""format":"rondo","format_version":"\#(version)""#)
          == .notRondo(path: "x", reason: "its format_version is no number above 0"))
    }
  }

  /// A newer version is named as such, whatever else has changed with it.
  @Test func newerVersion() {
    for version in ["2", "10", "99999999999999999999"] {
      let metadata = #""format":"rondo","format_version":"\#(version)""#
      let error = CheckpointError.newerVersion(path: "x", found: version, supported: "1")
      #expect(rondo(metadata) == error)
      #expect(checkpointError { try parse(#"{"__metadata__":{\#(metadata)},"t":{"new":1}}"#) } == error)
    }
  }

  @Test func digestMissingOrInAnotherForm() {
    let start = #""format":"rondo","format_version":"1""#
    let missing = CheckpointError.digestMissing(path: "x")
    #expect(rondo(start) == missing)
    for digest in [
      #""digest":"""#, #""digest":"crc32c:""#, #""digest":"crc32c:1234567""#, #""digest":"crc32c:123456789""#,
      #""digest":"crc32c:ABCDEF00""#, #""digest":"crc32c:1234567g""#, #""digest":"crc32:12345678""#,
      #""digest": "crc32c:12345678""#, #""digest" :"crc32c:12345678""#, #""Digest":"crc32c:12345678""#,
      #""dig\u0065st":"crc32c:12345678""#, #""digest":"crc32c:\u0030000000""#,
    ] {
      #expect(rondo(start + "," + digest) == missing, "\(digest)")
    }
  }

  /// The mark inside another string is escaped there, and does not count.
  @Test func markInsideAnotherString() throws {
    let json =
      #"{"__metadata__":{"a":"{\"digest\":\"crc32c:11111111\"}","digest":"crc32c:22222222","#
      + #""format":"rondo","format_version":"1"}}"#
    #expect(try parse(json).digest?.hexadecimal == "22222222")
  }

  /// Outside the metadata no string can have this key, so two marks mean two keys in one object or a wrong type.
  @Test func twoMarks() {
    let second = #""t":{"digest":"crc32c:00000000"}"#
    #expect(
      refusal("{\(rondoMetadata),\(second)}") == "its header has more than one digest")
  }

  /// Whatever the bytes, there is an answer; and what is accepted is sound.
  @Test func randomDamageNeverTraps() throws {
    var generator = SplitMix64(state: 5)
    let sound = Array(
      (#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
        + #""b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}  "#).utf8)
    let alphabet = Array(#"{}[]",:\0123456789eE+-. "#.utf8)
    var accepted = 0
    for _ in 0..<50_000 {
      var bytes = sound
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = alphabet.randomElement(using: &generator) ?? 0
        case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
        default: bytes.remove(at: place)
        }
      }
      guard let header = try? SafetensorsHeader(parsing: bytes, path: "x", expecting: .anySafetensors) else {
        continue
      }
      accepted += 1
      var end = 0
      for tensor in header.tensors {
        #expect(tensor.dataOffsets.lowerBound == end)
        #expect(tensor.dataOffsets.count == tensor.shape.reduce(tensor.dtype.byteWidth, *))
        end = tensor.dataOffsets.upperBound
      }
    }
    #expect(accepted > 0)
  }
}
