import Foundation
import Rondo
import RondoText
import Testing

@Suite struct DecodingSignsTests {
  private func signs(_ text: String) -> DecodingSigns { DecodingSigns(Array(text.utf8)) }

  /// The text as one who takes UTF-8 for Windows-1252 sees it, with the five bytes that are nothing there as in Latin-1.
  private func misread(_ text: String) -> String {
    String(
      text.utf8.map { byte in
        String(data: Data([byte]), encoding: .windowsCP1252) ?? String(UnicodeScalar(byte))
      }.joined())
  }

  @Test(arguments: [
    "Der Bär läßt grüßen, so früh es geht.", "L’été est déjà fini, à côté — « non ».",
    "Ο αλκύων κι η αλεπού", "漢字かな交じり文を書きます", "пример русского текста", "👩‍👩‍👧 family €5 – “quoted”",
  ])
  func readOneWayAndTheOther(text: String) {
    #expect(!signs(text).showsDoubleEncoding)
    #expect(signs(misread(text)).showsDoubleEncoding)
    #expect(!signs(text).showsReplacements && !signs(misread(text)).showsReplacements)
  }

  @Test func soundTextWithSuchNeighbours() {
    #expect(
      !signs("CAFÉ— CAFÉ— CAFÉ— ÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉ é è à ù ç œuvre été naïve père mère où ça")
        .showsDoubleEncoding)
    #expect(!signs("Ã¼ Ã¼").showsDoubleEncoding, "who writes of it writes it once or twice")
    #expect(!signs("").showsDoubleEncoding && !signs("").showsReplacements)
  }

  @Test func countsSequences() {
    let found = signs("aÃ¼â€™ð\u{9F}\u{98}\u{80}Ã")
    #expect(found.byteCount == 23)
    #expect(found.nonASCIIByteCount == 22)
    #expect(found.doublyEncodedCount == 3)
    #expect(found.doublyEncodedByteCount == 20)
    var sum = found
    sum += found
    #expect(sum.byteCount == 46 && sum.doublyEncodedCount == 6 && sum.nonASCIIByteCount == 44)
  }

  @Test func findsThemWhereverTheyAre() {
    for before in 0..<16 {
      for after in 0..<9 {
        let text =
          String(repeating: "a", count: before) + "â€™\u{FFFD}é\u{FFFD}"
          + String(repeating: "é", count: after)
        let found = signs(text)
        #expect(found.replacementCount == 2 && found.doublyEncodedCount == 1)
        #expect(found.nonASCIIByteCount == 16 + 2 * after)
        #expect(found.byteCount == before + 16 + 2 * after)
      }
    }
  }

  @Test func anyBytesAreLookedThrough() {
    let whole = Array("â€™\u{FFFD}".utf8)
    for count in 0..<whole.count {
      #expect(DecodingSigns(Array(whole[..<count])).replacementCount == 0)
    }
    for byte in UInt8.min...UInt8.max {
      for first: UInt8 in [0xC3, 0xE2, 0xEF] {
        let found = DecodingSigns([first, byte])
        #expect(found.replacementCount + found.doublyEncodedCount == 0)
        #expect(found.nonASCIIByteCount == (byte < 0x80 ? 1 : 2))
      }
    }
  }

  @Test func manyReplacements() {
    let lost = "\u{FFFD}"
    #expect(signs(String(repeating: lost, count: 3) + String(repeating: "a", count: 2990)).showsReplacements)
    #expect(!signs(String(repeating: lost, count: 3) + String(repeating: "a", count: 2991)).showsReplacements)
    #expect(!signs(lost + lost).showsReplacements)
  }
}
