import RondoText

/// Looks through a document part by part, as it is read, for signs that it was decoded wrongly.
///
/// It is judged in windows of 64 KB, since a file may be pasted together of sound texts and others. Of a long document one
/// window in a hundred has to show something: a page about such mistakes in an encyclopedia is none.
struct DecodingCheck {
  /// What a document shows.
  struct Findings: Sendable, Equatable, Codable {
    /// The windows with many U+FFFD together; nil where there are none, or too few.
    var replaced: DecodingSigns?
    /// The same for UTF-8 that was taken for Windows-1252.
    var doublyEncoded: DecodingSigns?
  }

  private static let windowSize = 1 << 16

  /// Whether the document is text at all.
  private let isText: Bool
  /// The last whole window, and what came after it.
  private var last = DecodingSigns()
  private var next = DecodingSigns()
  private var windowCount = 0
  private var replaced = (count: 0, signs: DecodingSigns())
  private var doublyEncoded = (count: 0, signs: DecodingSigns())

  /// - Parameter tokenizer: what reads the document; nothing is looked for where it takes any bytes.
  init(for tokenizer: Tokenizer) { isText = !tokenizer.takesAnyBytes }

  /// Takes the next bytes.
  mutating func add(_ part: [UInt8]) {
    guard isText else { return }
    if next.byteCount >= Self.windowSize {
      judge(last)
      last = next
      next = DecodingSigns()
    }
    next += DecodingSigns(part)
  }

  /// What was found; nothing comes after. What is left is no window of its own, but a part of the one before.
  mutating func finish() -> Findings {
    if next.byteCount < Self.windowSize {
      last += next
      next = DecodingSigns()
    }
    judge(last)
    judge(next)
    func enough(_ found: (count: Int, signs: DecodingSigns)) -> DecodingSigns? {
      found.count > 0 && found.count * 100 >= windowCount ? found.signs : nil
    }
    return Findings(replaced: enough(replaced), doublyEncoded: enough(doublyEncoded))
  }

  private mutating func judge(_ window: DecodingSigns) {
    guard window.byteCount > 0 else { return }
    windowCount += 1
    if window.showsReplacements {
      replaced.count += 1
      replaced.signs += window
    }
    if window.showsDoubleEncoding {
      doublyEncoded.count += 1
      doublyEncoded.signs += window
    }
  }
}
