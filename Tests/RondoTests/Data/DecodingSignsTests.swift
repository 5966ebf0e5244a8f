import Foundation
import Rondo
import RondoText
import Testing

@Suite struct DecodingSignsTests {
  private func signs(_ text: String) -> DecodingSigns { DecodingSigns(text.unicodeScalars) }

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
    #expect(found.characterCount == 11)
    #expect(found.nonASCIICount == 10)
    #expect(found.doublyEncodedCount == 3)
    #expect(found.doublyEncodedLength == 9)
  }

  @Test func manyReplacements() {
    let lost = "\u{FFFD}"
    #expect(signs(String(repeating: lost, count: 3) + String(repeating: "a", count: 2996)).showsReplacements)
    #expect(!signs(String(repeating: lost, count: 3) + String(repeating: "a", count: 2997)).showsReplacements)
    #expect(!signs(lost + lost).showsReplacements)
  }
}
