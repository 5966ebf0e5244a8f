import Testing

@testable import Rondo

@Suite struct SpoolTests {
  private let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

  @Test(arguments: [0, 1_000_000, 3_000_001])
  func givesBackWhatItTook(memoryLimit: Int) throws {
    var writer = SpoolWriter(memoryLimit: memoryLimit)
    for start in stride(from: 0, to: bytes.count, by: 70_001) {
      try writer.append(Array(bytes[start..<min(start + 70_001, bytes.count)]))
    }
    #expect(writer.count == bytes.count)
    let spool = try writer.finish()
    #expect(spool.count == bytes.count)
    #expect(spool.isFile == (memoryLimit < bytes.count))
    #expect(try spool.bytes(0..<bytes.count) == bytes)
    #expect(try spool.bytes(1_234_567..<1_234_600) == Array(bytes[1_234_567..<1_234_600]))
    #expect(try spool.bytes(7..<7) == [])
  }

  @Test func nothingIsWritten() throws {
    #expect(try SpoolWriter().finish().count == 0)
  }

  @Test(arguments: [TokenWidth.two, .four])
  func widths(width: TokenWidth) throws {
    let tokens: [UInt32] = [0, 1, 255, 256, 65_535] + (width == .four ? [65_536, 1 << 31 - 1] : [])
    let packed = width.packed(tokens)
    #expect(packed.count == tokens.count * width.rawValue)
    let stream = TokenStream(Spool(packed), width, ranges: [0..<tokens.count])
    #expect(try stream.tokens(0..<tokens.count) == tokens.map { Int32($0) })
    var met: [Int32] = []
    try stream.forEach { met.append($0) }
    #expect(met == tokens.map { Int32($0) })
  }

  @Test func widthsByVocabulary() {
    #expect(TokenWidth(vocabularySize: 65_536) == .two)
    #expect(TokenWidth(vocabularySize: 65_537) == .four)
  }
}
