import Foundation
import Testing

@testable import Rondo

struct DescriptorAccessTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ count: Int, at offset: Int, of descriptor: Int32) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 10)
    var span = bytes.mutableSpan
    let done = try DescriptorAccess.read(count, at: offset, of: descriptor, into: &span)
    return Array(bytes[..<done])
  }

  @Test func writesAfterAndOverAndReadsAnywhere() throws {
    let descriptor = unsafe open(try folder.write("a", ""), O_RDWR)
    defer { close(descriptor) }
    for text in ["one ", "two"] {
      try unsafe DescriptorAccess.write(Array(text.utf8).span.bytes, to: descriptor, at: nil)
    }
    try unsafe DescriptorAccess.write(Array("T".utf8).span.bytes, to: descriptor, at: 4)
    try unsafe DescriptorAccess.write([UInt8]().span.bytes, to: descriptor, at: nil)
    #expect(try read(7, at: 0, of: descriptor) == Array("one Two".utf8))
    #expect(try read(10, at: 4, of: descriptor) == Array("Two".utf8), "the file ends there")
    #expect(try read(1, at: 7, of: descriptor) == [])
  }

  @Test func saysWhyItFailed() throws {
    #expect {
      try unsafe DescriptorAccess.write([1].span.bytes, to: -1, at: nil)
    } throws: {
      ($0 as? FileFailure)?.code == EBADF
    }
    #expect {
      _ = try read(1, at: 0, of: -1)
    } throws: {
      ($0 as? FileFailure)?.code == EBADF
    }
  }
}
