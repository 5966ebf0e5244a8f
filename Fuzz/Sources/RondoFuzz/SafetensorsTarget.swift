@testable import Rondo

/// The header of a safetensors file, without its length: is refused, or describes tensors that fill the data.
func testSafetensors(_ bytes: [UInt8]) {
  func header(_ expectation: SafetensorsHeader.Expectation) -> SafetensorsHeader? {
    do {
      return try SafetensorsHeader(parsing: bytes, path: "fuzzed", expecting: expectation)
    } catch {
      requireLine(error.description)
      return nil
    }
  }
  let any = header(.anySafetensors)
  if let ours = header(.rondoCheckpoint) {
    require(any == ours && ours.digest != nil, "a checkpoint is a safetensors file with a digest")
  }
  guard let any else { return }
  var end = 0
  for tensor in any.tensors {
    require(tensor.dataOffsets.lowerBound == end, "tensors follow each other")
    end = tensor.dataOffsets.upperBound
    require(tensor.elementCount == tensor.shape.reduce(1, *), "a tensor has as many values as its shape says")
  }
  require(end == any.dataSize, "tensors fill the data")
  require(Set(any.tensors.map(\.name)).count == any.tensors.count, "names are told apart")
}
