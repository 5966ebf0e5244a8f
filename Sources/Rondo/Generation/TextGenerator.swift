import RondoNN
import RondoText

/// Writes one text or several side by side, a token at a time. The first of four is the text that one alone would be.
public final class TextGenerator {
  /// A token of one of the texts.
  public struct Piece: Sendable, Equatable {
    /// Which text, from 0.
    public let sample: Int
    /// What can be shown now: whole characters, maybe none, maybe some held back before.
    public let text: String
    /// The token; nil in the piece that only gives back what was held.
    public let token: UInt32?
    /// The natural logarithm of the token's probability under the model, before any filter; nil where scores were
    /// not asked for.
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

  private struct Sample {
    var chain: SamplerChain
    var decoder: StreamingDecoder
    var stops: StopMatcher
    var count = 0
    var isDone = false
  }

  private let reader: ModelReader
  private let settings: GenerationSettings
  private let length: Int
  private let scoresTokens: Bool
  private var samples: [Sample]
  private var inputs: [Int32]
  private var isFirst = true

  /// A generator behind a prompt.
  ///
  /// - Parameters:
  ///   - state: what has been read before the prompt; nil: nothing, the prompt begins a text.
  ///   - scoresTokens: whether each token comes with its probability, which costs a softmax.
  ///   - threadCount: threads to use.
  /// - Throws: `TextError` for a prompt that is not text, `ConfigurationError` for settings that cannot be and for a
  ///   state of another model, `SamplerError`, `ThreadError`.
  public init(
    _ model: LanguageModel, prompt: String = "", from state: RecurrentState? = nil,
    settings: GenerationSettings = GenerationSettings(), scoresTokens: Bool = false, threadCount: Int = 1
  ) throws {
    try settings.validate()
    self.scoresTokens = scoresTokens
    self.settings = settings
    length = settings.length(for: model.tokenizer)
    let ids = try model.tokenizer.encode(Array(prompt.utf8)).ids
    reader = try ModelReader(model, streams: settings.count, threadCount: threadCount)
    if let state { try reader.restart(from: state) }
    reader.read(ids)
    let start = reader.state
    for stream in 1..<max(1, settings.count) { reader.network.setState(start.values, stream: stream) }

    var decoder = StreamingDecoder(model.tokenizer)
    for id in ids { _ = decoder.append(id) }
    samples = try (0..<settings.count).map { number in
      var chain = try SamplerChain(
        settings.sampler, vocabularySize: model.tokenizer.vocabularySize,
        excluded: settings.excluded(for: model.tokenizer), seed: settings.seed, sample: UInt32(number))
      for id in ids { chain.note(id) }
      return Sample(
        chain: chain, decoder: decoder,
        stops: try StopMatcher(stops: settings.stops.map { Array($0.utf8) }, lines: settings.lines))
    }
    inputs = Array(repeating: Int32(model.startID), count: settings.count)
  }

  /// The next token of every text that goes on; nil when all have ended.
  ///
  /// - Throws: `SamplerError.noCandidate`.
  public func next() throws(SamplerError) -> [Piece]? {
    guard samples.contains(where: { !$0.isDone }) else { return nil }
    guard length > 0 else { return samples.indices.map { finish($0, .length, after: nil) } }
    let size = reader.model.tokenizer.vocabularySize
    let logits =
      isFirst
      ? reader.network.logitsOfState() : reader.network.logits(after: inputs[...], batch: samples.count)
    var pieces: [Piece] = []
    for index in samples.indices where !samples[index].isDone {
      // At first every text has the same logits: those of the prompt.
      let row = isFirst ? 0 : index * logits.stride
      pieces.append(take(try draw(index, logits.buffer[row..<row + size]), index))
    }
    isFirst = false
    return pieces
  }

  private struct Drawn {
    var id: UInt32
    var logProbability: Double?
  }

  private func draw(_ index: Int, _ logits: Buffer<Float>) throws(SamplerError) -> Drawn {
    try logits.withSpan { logits throws(SamplerError) in
      guard scoresTokens else { return Drawn(id: try samples[index].chain.next(logits)) }
      let sampled = try samples[index].chain.nextScored(logits)
      return Drawn(id: sampled.id, logProbability: sampled.logProbability)
    }
  }

  private func take(_ drawn: Drawn, _ index: Int) -> Piece {
    samples[index].count += 1
    inputs[index] = Int32(drawn.id)
    if drawn.id == reader.model.tokenizer.boundaryID { return finish(index, .boundary, after: drawn) }
    let text = samples[index].stops.feed(samples[index].decoder.append(drawn.id))
    if let reason = samples[index].stops.reason { return end(index, reason, after: drawn, text) }
    if samples[index].count >= length { return finish(index, .length, after: drawn, text) }
    return piece(index, text, drawn, nil)
  }

  /// Ends a text that no stop has ended: what decoder and matcher held back comes out.
  private func finish(_ index: Int, _ end: End, after drawn: Drawn?, _ text: [UInt8] = []) -> Piece {
    let last = samples[index].stops.feed(samples[index].decoder.finish())
    if let reason = samples[index].stops.reason { return self.end(index, reason, after: drawn, text + last) }
    samples[index].isDone = true
    return piece(index, text + last + samples[index].stops.finish(), drawn, end)
  }

  private func end(_ index: Int, _ reason: StopMatcher.Reason, after drawn: Drawn?, _ text: [UInt8]) -> Piece
  {
    samples[index].isDone = true
    return piece(index, text, drawn, reason == .lines ? .lines : .stop)
  }

  private func piece(_ index: Int, _ text: [UInt8], _ drawn: Drawn?, _ end: End?) -> Piece {
    Piece(
      sample: index, text: String(decoding: text, as: UTF8.self), token: drawn?.id,
      logProbability: drawn?.logProbability, end: end)
  }
}
