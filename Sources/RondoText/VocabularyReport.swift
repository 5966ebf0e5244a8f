/// What is worth a look in a vocabulary: entries that are rare, that cannot be seen, or that look like others.
public struct VocabularyReport: Sendable, Equatable {
  /// All entries, the rarest first; those of one count by their ids.
  public let rarest: [UInt32]
  /// Entries with code points that cannot be seen.
  public let invisible: [Invisible]
  /// Groups of entries that look alike, each by descending count; the groups in the order of their first ids.
  public let confusable: [[UInt32]]

  /// An entry, and what cannot be seen of it.
  public struct Invisible: Sendable, Equatable {
    /// The entry's id.
    public let id: UInt32
    /// The code points, in their order: controls, format characters, what is ignored by default, and spaces other than
    /// U+0020. Line feed and tab are not among them, nor what holds an emoji together.
    public let scalars: [Unicode.Scalar]
  }

  /// Looks through a vocabulary. Special tokens, entries that are not UTF-8, and bytes that the text never had are left
  /// out everywhere.
  ///
  /// Entries look alike where their skeletons are equal (UTS #39), as far as the table goes: Latin, Greek and Cyrillic
  /// letters, marks, spaces, punctuation and mathematical signs. Entries of ASCII alone are no group: everybody knows
  /// that `l` and `1` look alike.
  public init(_ vocabulary: Vocabulary) {
    var seen: [UInt32] = []
    var invisible: [Invisible] = []
    var groups: [[UInt8]: [UInt32]] = [:]
    for (id, entry) in vocabulary.entries.enumerated() {
      guard case .bytes(let bytes) = entry.token, entry.count > 0 || bytes.count > 1,
        let text = String(validating: bytes, as: UTF8.self)
      else { continue }
      seen.append(UInt32(id))
      let scalars = scalarsByVisibility(text).filter(\.isInvisible).map(\.scalar)
      if !scalars.isEmpty { invisible.append(Invisible(id: UInt32(id), scalars: scalars)) }
      let skeleton = ConfusablesTable.shared.skeleton(of: bytes)
      if !skeleton.isEmpty { groups[skeleton, default: []].append(UInt32(id)) }
    }
    func count(_ id: UInt32) -> Int { vocabulary.entries[Int(id)].count }
    rarest = seen.sorted { (count($0), $0) < (count($1), $1) }
    self.invisible = invisible
    confusable = groups.values
      .filter { $0.count > 1 && $0.contains { id in vocabulary.bytes(of: id).contains { $0 >= 0x80 } } }
      .sorted { $0[0] < $1[0] }
      .map { $0.sorted { (count($1), $0) < (count($0), $1) } }
  }
}
