import RondoText
import Testing

/// Every line of Unicode's own tests.
struct UnicodeConformanceTests {
  @Test func graphemeBreakTest() throws {
    try check("GraphemeBreakTest", UnicodeVersions.current.clusters) { GraphemeClusters($0).map { $0 } }
  }

  @Test func wordBreakTest() throws {
    try check("WordBreakTest", try #require(UnicodeVersions.current.words)) { WordBoundaries($0).map { $0 } }
  }

  /// A line is a text with `÷` where it has to be cut and `×` where not.
  private func check(_ name: String, _ version: String, cut: ([UInt8]) -> [Range<Int>]) throws {
    guard let file = try UnicodeTestFile.find(name, version: version) else { return }
    var right = 0
    for line in file.lines {
      let units = line.test.replacing("×", with: "").split(separator: "÷").map { text(ofHexadecimal: $0) }
        .filter { !$0.isEmpty }
      let whole = Array(units.joined())
      let found = cut(whole).map { Array(whole[$0]) }
      if found == units { right += 1 }
      #expect(found == units, "\(line.text)")
    }
    file.report(right, of: file.lines.count)
    #expect(right > 40)
  }

  /// The columns are a text and its NFC, NFD, NFKC and NFKD. For each form, the column that each becomes.
  private static let expected: [(NormalizationForm, [Int])] = [
    (.nfc, [1, 1, 1, 3, 3]), (.nfd, [2, 2, 2, 4, 4]), (.nfkc, [3, 3, 3, 3, 3]), (.nfkd, [4, 4, 4, 4, 4]),
  ]

  @Test func normalizationTest() throws {
    let version = UnicodeVersions.current.normalization
    guard let file = try UnicodeTestFile.find("NormalizationTest", version: version) else { return }
    var right = 0, count = 0
    var part = ""
    var listed: Set<UInt32> = []
    for line in file.lines {
      if line.test.hasPrefix("@") {
        part = line.test
        continue
      }
      let fields = line.test.split(separator: ";")
      if part == "@Part1" { listed.insert(try #require(UInt32(fields[0], radix: 16))) }
      let columns = fields.map { text(ofHexadecimal: $0) }
      try #require(columns.count == 5)
      var isRight = true
      for (form, becomes) in Self.expected {
        let normalizer = Normalizer(form: form)
        for (column, target) in zip(columns, becomes)
        where try normalizer.normalize(column) != columns[target] {
          isRight = false
        }
      }
      count += 1
      if isRight { right += 1 }
      #expect(isRight, "\(line.text)")
    }
    file.report(right, of: count)
    #expect(right > 40)
    // Of the extract one cannot know what part 1 does not list.
    if !file.isExtract { try checkThatAllOthersStay(listed, version) }
  }

  /// What part 1 does not list is its own normal form, in all forms.
  private func checkThatAllOthersStay(_ listed: Set<UInt32>, _ version: String) throws {
    let normalizers = Self.expected.map { Normalizer(form: $0.0) }
    var right = 0, count = 0
    for value in 0...UInt32(0x10FFFF) where !listed.contains(value) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = Array(UTF8.encode(scalar)!)
      count += 1
      if try normalizers.allSatisfy({ try $0.normalize(text) == text }) {
        right += 1
      } else {
        Issue.record("U+\(String(value, radix: 16)) does not stay")
      }
    }
    print(
      "NormalizationTest \(version): \(right) of \(count) code points that part 1 does not list stay as they are"
    )
  }
}
