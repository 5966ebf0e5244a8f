import Foundation
import RondoNN
import Testing

@testable import Rondo

/// The SplitMix64 generator (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): the same numbers every run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// A safetensors file with the given JSON, without padding or digest.
func safetensorsFile(_ json: String, data: [UInt8] = []) -> [UInt8] {
  safetensorsFile(header: Array(json.utf8), data: data)
}

func safetensorsFile(header: [UInt8], data: [UInt8] = []) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
}

/// `file` with the right digits in place of the first digest in it that is made of zeros.
func sealed(_ file: [UInt8]) -> [UInt8] {
  let zeros = Array("crc32c:00000000".utf8)
  guard let start = file.indices.first(where: { file[$0...].starts(with: zeros) }) else { return file }
  var file = file
  file.replaceSubrange(start + 7..<start + 15, with: slowCRC32C(file).hexadecimal.utf8)
  return file
}

/// CRC-32C bit by bit, straight from its definition.
func slowCRC32C(_ bytes: [UInt8]) -> UInt32 {
  var register: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 }
  }
  return ~register
}

/// The metadata every checkpoint of Rondo has, as JSON, with a digest of zeros.
let rondoMetadata = #""__metadata__":{"digest":"crc32c:00000000","format":"rondo","format_version":"1"}"#

/// The error that `body` throws, or nil.
func checkpointError<R>(_ body: () throws -> R) -> CheckpointError? {
  do {
    _ = try body()
  } catch let error as CheckpointError {
    return error
  } catch {
    Issue.record(error)
  }
  return nil
}

/// Lets no file of this process grow beyond `size` bytes from now on, as if the disk were full.
func limitFileSize(to size: UInt) {
  #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
  #else
    let resource = RLIMIT_FSIZE
  #endif
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit()
  unsafe getrlimit(resource, &limit)
  limit.rlim_cur = rlim_t(size)
  #expect(unsafe setrlimit(resource, &limit) == 0)
}

/// The number that a 16-bit pattern stands for.
func widened(_ bits: UInt16, _ type: RawTensor.ElementType) -> Float {
  let pattern = Buffer<UInt16>(count: 1)
  pattern[0] = bits
  var value = [Float(0)], destination = value.mutableSpan
  RawTensor(type: type, bytes: pattern.bytes).copy(into: &destination)
  return value[0]
}
