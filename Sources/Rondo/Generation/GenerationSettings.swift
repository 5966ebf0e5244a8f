import RondoNN
import RondoText

/// How text is generated.
public struct GenerationSettings: Sendable, Equatable {
  /// How tokens are drawn.
  public var sampler: SamplerSettings
  /// The most tokens of the model; nil: 500 characters or bytes, 120 words, 200 subwords. One that only repeats the end of
  /// the prompt is not counted.
  public var length: Int?
  /// Ends a text after this many newlines; nil: no such end.
  public var lines: Int?
  /// Strings that end a text; they are not part of it.
  public var stops: [String]
  /// The seed: the same seed gives the same text.
  public var seed: UInt64
  /// Texts to write side by side.
  public var count: Int
  /// Whether a `whitespace` model may write `<unk>`, which its corpus has as a word. No other model ever does.
  public var allowsUnknown: Bool
  /// How exactly the model's weights take part.
  public var precision: InferencePrecision
  /// What is remembered of the prompt and of each text beside the model's state; nil: nothing.
  public var neuralCache: NeuralCacheSettings?

  /// Settings with the defaults of the program.
  public init(
    sampler: SamplerSettings = SamplerSettings(), length: Int? = nil, lines: Int? = nil, stops: [String] = [],
    seed: UInt64 = 1, count: Int = 1, allowsUnknown: Bool = false, precision: InferencePrecision = .f32,
    neuralCache: NeuralCacheSettings? = nil
  ) {
    self.sampler = sampler
    self.length = length
    self.lines = lines
    self.stops = stops
    self.seed = seed
    self.count = count
    self.allowsUnknown = allowsUnknown
    self.precision = precision
    self.neuralCache = neuralCache
  }

  /// Checks that one can generate so.
  ///
  /// - Throws: `ConfigurationError` or `SamplerError` naming the setting.
  public func validate() throws {
    try sampler.validate()
    try neuralCache?.validate()
    try require("count", count, in: 1...4096)
    if let length { try require("length", length, in: 0...Int.max) }
    if let lines { try require("lines", lines, in: 1...Int.max) }
    guard !stops.contains("") else {
      throw ConfigurationError("a stop string is empty: it must have a character")
    }
  }

  func length(for tokenizer: Tokenizer) -> Int { length ?? tokenizer.usualLength }

  func excluded(for tokenizer: Tokenizer) -> [UInt32] {
    guard let unknown = tokenizer.unknownID, !(allowsUnknown && tokenizer.kind == .whitespace) else {
      return []
    }
    return [unknown]
  }
}
