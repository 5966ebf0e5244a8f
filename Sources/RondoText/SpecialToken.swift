/// A token that no text can contain by itself. The raw value is the name that people and files use for it.
public enum SpecialToken: String, Sendable, Codable, CaseIterable {
  /// Stands for every unit the vocabulary does not have.
  case unknown = "<unk>"
  /// Stands between documents.
  case boundary = "<boundary>"
  /// Stands for each newline of a whitespace tokenizer.
  case endOfLine = "<eos>"
}
