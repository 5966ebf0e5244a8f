import Rondo
import Testing

@Suite struct ContentDigestTests {
  @Test(arguments: [
    ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
  ])
  func publishedValues(text: String, expected: String) {
    var digest = ContentDigest()
    digest.update(text.utf8)
    #expect(digest.description == expected)
  }

  @Test func piecesAreTheWhole() {
    var pieces = ContentDigest()
    pieces.update("foo".utf8)
    pieces.update("bar".utf8)
    #expect(pieces.description == "85944171f73967e8")
  }

  @Test func countsAreEightBytesLowestFirst() {
    var count = ContentDigest()
    var bytes = ContentDigest()
    for number in [0x0102_0304, 0, 7, 0x0102, 0xFFFF, 0x1_0000] {
      count.update(count: number)
      bytes.update((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
      #expect(count == bytes)
    }
    count.update(count: -2)
    bytes.update([0xFE] + [UInt8](repeating: 0xFF, count: 7))
    #expect(count == bytes)
  }

  @Test func sixteenDigitsAlways() {
    for first in UInt8.min...UInt8.max {
      var digest = ContentDigest()
      digest.update([first])
      #expect(digest.description.utf8.count == 16)
    }
  }
}
