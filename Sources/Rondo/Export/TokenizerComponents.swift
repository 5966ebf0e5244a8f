import RondoText

/// The parts of a `tokenizer.json` that do what Rondo's tokenizers do. No others are read or written.
enum TokenizerComponents {
  static let version = "1.0"

  // MARK: Pre-tokenizers

  /// Extended grapheme clusters.
  static let clusters: JSONValue = split("Regex", "\\X", "Isolated")
  /// Line feeds, and what stands between other white space of ASCII.
  static let words: JSONValue = [
    "type": "Sequence",
    "pretokenizers": [split("String", "\n", "Isolated"), split("Regex", "[ \\t\\x0B\\f\\r]+", "Removed")],
  ]
  /// GPT-2's pre-tokens, each byte as the character that stands for it.
  static let byteLevel: JSONValue = [
    "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
  ]

  private static func split(_ form: String, _ pattern: String, _ behavior: String) -> JSONValue {
    [
      "type": "Split", "pattern": .object([.init(key: form, value: .string(pattern))]),
      "behavior": .string(behavior), "invert": false,
    ]
  }

  // MARK: Decoders

  /// One token after the other.
  static let fuse: JSONValue = ["type": "Fuse"]
  /// A space before each token but the first, and then none beside a line feed. A word has no space in it, so none has the
  /// prefix that would go without one.
  static let wordsDecoder: JSONValue = [
    "type": "Sequence",
    "decoders": [
      ["type": "WordPiece", "prefix": " ", "cleanup": false], fuse, replace(" \n", "\n"),
      replace("\n ", "\n"),
    ],
  ]
  static let byteLevelDecoder: JSONValue = [
    "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
  ]

  private static func replace(_ pattern: String, _ content: String) -> JSONValue {
    ["type": "Replace", "pattern": ["String": .string(pattern)], "content": .string(content)]
  }

  // MARK: Normalizers

  static func normalizer(_ form: NormalizationForm) -> JSONValue {
    form == .none ? .null : ["type": .string(form.rawValue.uppercased())]
  }

  // MARK: Names

  /// A component by its name, for a message: its type, for several in a row the types of all, for a Split how it splits.
  static func name(of component: JSONValue) -> String {
    guard case .string(let type) = component["type"] else { return "without a type" }
    for parts in ["pretokenizers", "normalizers", "decoders", "processors"] {
      guard case .array(let parts) = component[parts] else { continue }
      return "\(shown(type)) of " + parts.map(name(of:)).joined(separator: ", ")
    }
    guard case .object(let pattern) = component["pattern"], case .string(let pattern)? = pattern.first?.value,
      case .string(let behavior) = component["behavior"]
    else { return shown(type) }
    let inverted = component["invert"] == true ? ", inverted" : ""
    return "\(shown(type)) by '\(shown(pattern))', \(shown(behavior))\(inverted)"
  }

  private static func shown(_ text: String) -> String {
    OneLine.text(text, names: ["\n": "\\n"], limit: 80)
  }
}
