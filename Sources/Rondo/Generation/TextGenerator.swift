import RondoNN
import RondoText

/// Writes one text or several side by side, a token at a time. The first of four is the text that one alone would be.
public final class TextGenerator {
  /// A token of one of the texts.
  public struct Piece: Sendable, Equatable {
    /// Which text, from 0.
    public let sample: Int
    /// What can be shown now: whole characters (extended grapheme clusters of prompt and text), maybe none. They may be
    /// of tokens before this one, since the last character is held back until what follows shows that it is complete.
    public let text: String
    /// The token; nil in the piece that only gives back what was held.
    public let token: UInt32?
    /// The natural logarithm of the token's probability under the model, before any filter and whatever the prompt
    /// ends in; nil where scores were not asked for.
    public let logProbability: Double?
    /// Why this text ends here; nil while it goes on.
    public let end: End?
  }

  /// Why a text ends.
  public enum End: String, Sendable, Codable {
    /// It has all its tokens.
    case length
    /// It has all its lines.
    case lines
    /// A stop string came.
    case stop
    /// The model ended the text itself.
    case boundary
  }

  private let reader: ModelReader
  private let settings: GenerationSettings
  private let length: Int
  private let scoresTokens: Bool
  private let samples: [Sample]
  /// Of each text, or empty.
  private let caches: [NeuralCache]
  private var inputs: [Int32]
  private var isFirst = true

  /// A generator after a prompt, which may end inside a token.
  ///
  /// A model of words or subwords goes on with the last word of the prompt, where it has tokens for that; for `whitespace` a
  /// space ends the word, for `word` and `subword` the space belongs to the next. The first tokens of each text then are
  /// such as begin with that end, or spell it together, drawn by the settings from these alone. Their pieces have what the
  /// prompt does not.
  ///
  /// - Parameters:
  ///   - state: what has been read before the prompt; nil: nothing, the prompt begins a text. It does not say whether
  ///     white space was read last, so the first word of a `whitespace` model comes without a space before it: as after
  ///     a prompt, that belongs to the text in front.
  ///   - scoresTokens: whether each token comes with its probability, which costs a softmax.
  ///   - threadCount: threads to use.
  /// - Throws: `TextError` for a prompt that is not text, `ConfigurationError` for settings that cannot be and for a
  ///   state of another model, `SamplerError`, `ThreadError`.
  public convenience init(
    _ model: LanguageModel, prompt: String = "", from state: RecurrentState? = nil,
    settings: GenerationSettings = GenerationSettings(), scoresTokens: Bool = false, threadCount: Int = 1
  ) throws {
    try self.init(
      model, prompt: model.tokenizer.prompt(Array(prompt.utf8)), from: state, settings: settings,
      scoresTokens: scoresTokens, threadCount: threadCount)
  }

  /// The same after a prompt that the model's tokenizer has read.
  package init(
    _ model: LanguageModel, prompt: Prompt, from state: RecurrentState? = nil, settings: GenerationSettings,
    scoresTokens: Bool = false, threadCount: Int = 1
  ) throws {
    try settings.validate()
    self.scoresTokens = scoresTokens
    self.settings = settings
    let length = settings.length(for: model.tokenizer)
    self.length = length
    let ids = prompt.encoding.ids
    reader = try ModelReader(
      model, streams: settings.count, threadCount: threadCount, precision: settings.precision,
      neuralCache: settings.neuralCache)
    if let state { try reader.restart(from: state) }
    reader.read(ids)
    let start = reader.state
    for stream in 1..<max(1, settings.count) { reader.network.setState(start.values, stream: stream) }

    caches = reader.cache.map { cache in (0..<settings.count).map { _ in cache.copy() } } ?? []

    let decoder = ScalarDecoder(model.tokenizer, after: prompt.closedText)
    let clusters = ClusterBuffer(after: prompt.text)
    samples = try (0..<settings.count).map { number in
      var chain = try SamplerChain(
        settings.sampler, vocabularySize: model.tokenizer.vocabularySize,
        excluded: settings.excluded(for: model.tokenizer), seed: settings.seed, sample: UInt32(number))
      for id in ids { chain.note(id) }
      return Sample(
        number: number, length: length, boundaryID: model.tokenizer.boundaryID, chain: chain,
        openEnd: prompt.openEnd, decoder: decoder,
        stops: try StopMatcher(stops: settings.stops.map { Array($0.utf8) }, lines: settings.lines),
        clusters: clusters)
    }
    inputs = Array(repeating: Int32(model.startID), count: settings.count)
  }

  /// The next token of every text that goes on; nil when all have ended.
  ///
  /// - Throws: `SamplerError.noCandidate`.
  public func next() throws(SamplerError) -> [Piece]? {
    let open = samples.filter { !$0.isDone }
    guard !open.isEmpty else { return nil }
    guard length > 0 else { return open.map { $0.finish(.length, after: nil) } }
    let size = reader.model.tokenizer.vocabularySize
    let network = reader.network
    let logits =
      isFirst ? network.logitsOfState() : network.logits(after: inputs[...], batch: samples.count)
    // At first every text has the same logits: those of the prompt.
    let stride = isFirst ? 0 : logits.stride
    // A cache asks the whole gang, so one text comes after the other.
    for sample in isFirst ? Array(open.prefix(1)) : open where !caches.isEmpty {
      let start = sample.number * stride
      caches[sample.number].mix(
        into: logits.buffer[start..<start + size], at: output(of: sample.number))
    }
    isFirst = false
    network.gang.concurrently(open.count) { index in
      let start = open[index].number * stride
      open[index].draw(logits.buffer[start..<start + size], isScored: scoresTokens)
    }
    var pieces: [Piece] = []
    pieces.reserveCapacity(open.count)
    for sample in open {
      let piece = try sample.drawn.get()
      if let token = piece.token {
        inputs[sample.number] = Int32(token)
        if !caches.isEmpty {
          caches[sample.number].append(output(of: sample.number), inputs[sample.number...sample.number])
        }
      }
      pieces.append(piece)
    }
    return pieces
  }

  /// The top layer's output [1, H] at a text's state.
  private func output(of sample: Int) -> Matrix {
    reader.network.topOutputOfState.rows(sample..<sample + 1)
  }
}
