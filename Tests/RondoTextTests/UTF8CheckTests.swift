import Testing

@testable import RondoText

@Suite struct UTF8CheckTests {
  /// What is wrong with a text that comes in parts of one length.
  private func failure(_ text: [UInt8], partLength: Int) -> UTF8Check.Failure? {
    var check = UTF8Check()
    do throws(UTF8Check.Failure) {
      for start in stride(from: 0, to: text.count, by: partLength) {
        try check.add(Array(text[start..<min(start + partLength, text.count)]))
      }
      try check.finish()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 100])
  func partsDoNotMatter(partLength: Int) {
    let sound = Array("aé漢👩\n".utf8)
    #expect(failure(sound + sound + sound, partLength: partLength) == nil)
    #expect(failure([], partLength: partLength) == nil)
    let illFormed: [[UInt8]] = [
      [0x80], [0xC0, 0xAF], [0xC3], [0xC3, 0x61], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xE6, 0xBC],
      [0xF0, 0x9F, 0x91], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
      [0xF0, 0x9F, 0x91, 0x0A],
    ]
    for bytes in illFormed {
      for rest in [[], sound] {
        let found = failure(sound + sound + bytes + rest, partLength: partLength)
        #expect(found == .init(offset: 2 * sound.count, line: 3), "\(bytes) \(rest.count)")
      }
    }
  }
}
