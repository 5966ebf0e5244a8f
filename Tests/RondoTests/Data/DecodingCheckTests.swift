import RondoText
import Testing

@testable import Rondo

struct DecodingCheckTests {
  private static let lost = "\u{FFFD}"

  private func findings(
    _ parts: [[UInt8]], _ settings: TokenizerSettings = TokenizerSettings()
  ) throws -> DecodingCheck.Findings {
    var check = DecodingCheck(for: try Tokenizer.build(settings, from: [[0x61]]))
    for part in parts { check.add(part) }
    return check.finish()
  }

  /// A text of so many bytes that begins with so many U+FFFD.
  private func text(_ count: Int, lost: Int = 0) -> [UInt8] {
    [UInt8](String(repeating: Self.lost, count: lost).utf8)
      + [UInt8](repeating: 0x61, count: count - 3 * lost)
  }

  @Test func oneWindowInAHundredIsEnough() throws {
    let bad = text(1 << 16, lost: 66)
    for place in [0, 50, 99] {
      var parts = [[UInt8]](repeating: text(1 << 16), count: 100)
      parts[place] = bad
      let found = try findings(parts)
      #expect(found.replaced == DecodingSigns(bad) && found.doublyEncoded == nil)
      #expect(try findings(parts + [text(1 << 16)]) == DecodingCheck.Findings())
    }
    #expect(try findings([text(1 << 16, lost: 65)]) == DecodingCheck.Findings())
  }

  @Test func whatIsLeftBelongsToTheWindowBefore() throws {
    let end = text(9, lost: 3)
    #expect(try findings([text(1 << 16), text(1 << 16), end]) == DecodingCheck.Findings())
    #expect(try findings([end]).replaced == DecodingSigns(end))
    #expect(
      try findings([text(1 << 16), text(1 << 16), text(1 << 16, lost: 70), end]).replaced?.replacementCount
        == 73)
    #expect(try findings([]) == DecodingCheck.Findings())
  }

  @Test func bytesAreNoText() throws {
    let settings = TokenizerSettings(kind: .byte, normalizer: Normalizer(form: .none))
    #expect(settings.takesAnyBytes)
    #expect(try findings([text(9, lost: 3)], settings) == DecodingCheck.Findings())
  }
}
