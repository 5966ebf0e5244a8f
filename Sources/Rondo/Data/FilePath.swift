/// A path as the file system keeps it: bytes, which need not be UTF-8.
struct FilePath: Hashable, Comparable {
  var bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }
  init(bytes: [UInt8]) { self.bytes = bytes }

  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")

  /// The path for people; bytes that are not UTF-8 show as U+FFFD.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// By bytes, which is the same everywhere, whatever the language of the machine.
  static func < (a: FilePath, b: FilePath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

  /// What comes after the last slash; slashes at the end do not count. Empty for the root.
  var baseName: FilePath {
    FilePath(bytes: Array(bytes.split(separator: Self.slash).last ?? []))
  }

  /// What comes after the last dot of the base name, with ASCII letters in lower case; nil where there is no such dot,
  /// or where it is the first or the last character.
  var fileExtension: String? {
    let name = baseName.bytes
    guard let index = name.lastIndex(of: Self.dot), index > 0, index + 1 < name.count else { return nil }
    return Self.lowercased(name[(index + 1)...])
  }

  /// The text with ASCII letters in lower case.
  static func lowercased(_ text: some Sequence<UInt8>) -> String {
    String(decoding: text.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
  }

  /// The base name without its extension.
  var stem: String {
    let name = baseName
    guard fileExtension != nil, let index = name.bytes.lastIndex(of: Self.dot) else { return name.text }
    return String(decoding: name.bytes[..<index], as: UTF8.self)
  }

  /// Whether the base name begins with a dot.
  var isHidden: Bool { baseName.bytes.first == Self.dot }

  /// The path of an entry of this folder.
  func appending(_ entry: FilePath) -> FilePath {
    let needsSlash = !bytes.isEmpty && bytes.last != Self.slash
    return FilePath(bytes: bytes + (needsSlash ? [Self.slash] : []) + entry.bytes)
  }

  /// The path for a call of the system, with a zero at its end. Nil if it has a zero inside: the call would take the
  /// part before it for the whole.
  var terminated: [CChar]? {
    bytes.contains(0) ? nil : bytes.map { CChar(bitPattern: $0) } + [0]
  }
}
