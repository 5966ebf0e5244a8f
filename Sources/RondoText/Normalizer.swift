/// A normal form of Unicode (UAX #15).
public enum NormalizationForm: String, Codable, Sendable, CaseIterable {
  /// The text stays as it is.
  case none
  /// Canonical composition: what looks the same becomes the same, and nothing is lost. The default.
  case nfc
  /// Compatibility composition: ligatures, width, superscripts and the like are lost.
  case nfkc
  /// Canonical decomposition: letters and their marks apart. Nothing is lost.
  case nfd
  /// Compatibility decomposition, which loses what `nfkc` loses.
  case nfkd
}

/// What is done to a text before it is cut into tokens.
///
/// Normalizing is idempotent: a text that went through once comes out as it is. It follows the Unicode version of
/// `UnicodeVersions.current`. Code points that version does not know stay as they are.
public struct Normalizer: Sendable, Codable, Equatable {
  /// The normal form the text is brought to.
  public var form: NormalizationForm
  /// Whether upper and lower case become one by full case folding (`ß` becomes `ss`). This loses.
  public var foldsCase: Bool

  private enum CodingKeys: String, CodingKey {
    case form
    case foldsCase = "folds_case"
  }

  /// Makes a normalizer; NFC and no folding where nothing else is said.
  public init(form: NormalizationForm = .nfc, foldsCase: Bool = false) {
    self.form = form
    self.foldsCase = foldsCase
  }

  /// Whether every text comes out as it went in.
  public var isIdentity: Bool { form == .none && !foldsCase }

  /// The normal form of a text.
  ///
  /// Takes time linear in the length, however many combining marks stand in a row; a text that has nothing to
  /// change is returned without a copy.
  ///
  /// - Parameter utf8: the text in UTF-8; NUL is an ordinary character.
  /// - Returns: the text in UTF-8.
  /// - Throws: `TextError.invalidUTF8`, also where the text would stay as it is.
  public func normalize(_ utf8: [UInt8]) throws(TextError) -> [UInt8] {
    let largest = try validateUTF8(utf8)
    let text = foldsCase ? lowercasingASCII(utf8) : utf8
    guard let column, largest >= 0x80 else { return text }
    if column == .folded { return foldingCase(text) }
    // Below U+0300, whose first byte is CC, everything is composed and nothing combines.
    if column == .nfc, largest < 0xCC { return text }
    return normalizing(text, column)
  }

  /// Whether a code point stays as it is and does not touch what stands before it, whatever that is. A letter of
  /// ASCII may change its case.
  func isolates(_ scalar: UInt32) -> Bool {
    guard let column, scalar >= 0x80 else { return true }
    let table = CodePointTable.shared
    return table.isKept(scalar, column) && table.combiningClass(scalar) == 0
  }

  /// What the table has to answer for; nil where every text stays as it is.
  private var column: CodePointTable.Column? {
    switch (form, foldsCase) {
    case (.none, false): nil
    case (.none, true): .folded
    case (.nfc, false): .nfc
    case (.nfc, true): .nfcFolded
    case (.nfkc, false): .nfkc
    case (.nfkc, true): .nfkcFolded
    case (.nfd, false): .nfd
    case (.nfd, true): .nfdFolded
    case (.nfkd, false): .nfkd
    case (.nfkd, true): .nfkdFolded
    }
  }

  /// The text with A...Z in lower case, which is all that case folding does to ASCII.
  private func lowercasingASCII(_ utf8: [UInt8]) -> [UInt8] {
    utf8.map { byte in byte &- 0x41 < 26 ? byte | 0x20 : byte }
  }

  /// Case folding without any normalization, of a valid text.
  private func foldingCase(_ utf8: [UInt8]) -> [UInt8] {
    let table = CodePointTable.shared
    var output: [UInt8] = []
    output.reserveCapacity(utf8.count)
    var buffer: [Int32] = []
    var position = 0
    while position < utf8.count {
      let scalar = decodeScalar(utf8, at: position)
      if table.isKept(scalar.value, .folded) {
        output.append(contentsOf: utf8[position..<position + scalar.length])
      } else {
        let mapping = CodePointTable.Column.folded.mapping
        let count = UTF8Proc.decompose(Int32(scalar.value), mapping, into: &buffer, at: 0)
        for value in buffer[..<count] { appendScalar(UInt32(value), to: &output) }
      }
      position += scalar.length
    }
    return output
  }

  /// The normal form of a valid text.
  ///
  /// A starter that the mapping keeps and that never joins what stands before it opens a segment; segments do not
  /// touch each other. Those with nothing to do are copied in runs, the others are decomposed, ordered and, for the
  /// forms that do so, composed.
  private func normalizing(_ utf8: [UInt8], _ column: CodePointTable.Column) -> [UInt8] {
    let table = CodePointTable.shared
    var segments = SegmentNormalizer(column)
    var output: [UInt8] = []
    var copied = 0
    var segmentStart = 0
    var lastClass: UInt8 = 0
    var position = 0
    while position < utf8.count {
      if utf8[position] < 0x80 {
        position = endOfASCII(utf8, from: position)
        segmentStart = position - 1
        lastClass = 0
        continue
      }
      let scalar = decodeScalar(utf8, at: position)
      let combiningClass = table.combiningClass(scalar.value)
      if table.isKept(scalar.value, column), combiningClass == 0 || combiningClass >= lastClass {
        if combiningClass == 0 { segmentStart = position }
        lastClass = combiningClass
        position += scalar.length
        continue
      }
      output.append(contentsOf: utf8[copied..<segmentStart])
      position = segments.append(utf8, from: segmentStart, through: position + scalar.length, to: &output)
      copied = position
      segmentStart = position
      lastClass = 0
    }
    if copied == 0 { return utf8 }
    output.append(contentsOf: utf8[copied...])
    return output
  }
}
