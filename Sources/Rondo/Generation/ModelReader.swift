import RondoNN
import RondoText

/// A model at work: reads text, says what may follow, writes on. It owns the memory for that, so make one for each
/// task; what it has read is its `state`, a value to keep and come back to.
public final class ModelReader {
  /// The model.
  public let model: LanguageModel
  let network: InferenceNetwork
  /// Gets what the first stream reads.
  let cache: NeuralCache?

  /// Tokens of a text that are read in one go.
  private static let chunk = 64

  /// - Parameters:
  ///   - streams: how many texts will be written side by side.
  ///   - threadCount: threads to use; one leaves the rest of the machine to others.
  ///   - precision: of the weights.
  ///   - neuralCache: of a cache that is filled on the way.
  /// - Throws: `ThreadError`; `ConfigurationError` where the model's cell cannot be had at this precision.
  init(
    _ model: LanguageModel, streams: Int = 1, threadCount: Int = 1, precision: InferencePrecision = .f32,
    neuralCache: NeuralCacheSettings? = nil
  ) throws {
    self.model = model
    let gang = try ThreadGang(threadCount: threadCount)
    network = InferenceNetwork(
      try model.weights(precision, gang), gang: gang, maximumBatch: streams,
      // A text is read in one stream, and written a token of each stream at a time.
      maximumRows: max(Self.chunk, streams))
    cache = try neuralCache?.cache(for: model, maximumRows: Self.chunk, maximumQueries: 1, gang: gang)
    restart()
  }

  /// What has been read: the state after a fresh start is that before the first token of a text.
  public var state: RecurrentState { RecurrentState(values: network.state(stream: 0)) }

  /// Forgets everything and stands before the first token of a text.
  ///
  /// Where a newline stands for the boundary, and an empty line is what the model expects after it, that is read too:
  /// a text of paragraphs then begins with one. Training began in the middle of the text wherever it had read nothing.
  public func restart() {
    network.resetState()
    let start = model.startID
    read([start])
    if start != model.tokenizer.startID, next(1).first?.id == start { read([start]) }
    // The text begins here.
    cache?.reset()
  }

  /// Forgets everything and stands where a state was taken, of this reader or of another of the same model.
  ///
  /// - Throws: `ConfigurationError` where the state is of another model or damaged; nothing is forgotten then.
  public func restart(from state: RecurrentState) throws(ConfigurationError) {
    try state.validate(for: model.configuration)
    cache?.reset()
    network.setState(state.values, stream: 0)
  }

  /// Reads on.
  ///
  /// - Returns: how many pieces of the text the model's vocabulary does not have.
  /// - Throws: `TextError`.
  @discardableResult
  public func read(_ text: String) throws(TextError) -> Int {
    let encoding = try model.tokenizer.encode(Array(text.utf8))
    read(encoding.ids)
    return encoding.unknownCount
  }

  func read(_ ids: [UInt32]) {
    var start = 0
    while start < ids.count {
      let end = min(start + Self.chunk, ids.count)
      let tokens = ids[start..<end].map { Int32($0) }
      // The first comes at the output of what was read before.
      cache?.append(network.topOutputOfState.rows(0..<1), tokens[..<1])
      network.read(tokens[...], batch: 1)
      if tokens.count > 1 { cache?.append(network.topOutput(tokens.count - 1), tokens[1...]) }
      start = end
    }
  }

  /// A token that may come next; after a prompt that ends inside a token, what may stand there.
  public struct Continuation: Sendable, Equatable {
    /// The token's number in the vocabulary; of a text of several tokens that of the last.
    public let id: UInt32
    /// Its text; the name of a special token; for a byte that is not text by itself, `\xE2`.
    public let text: String
    /// Its probability under the model.
    public let probability: Double
    /// What it is.
    package let token: VocabularyEntry.Token

    init(_ token: VocabularyEntry.Token, id: UInt32, probability: Double) {
      self.token = token
      self.id = id
      self.probability = probability
      text =
        switch token {
        case .special(let special): special.rawValue
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self) ?? OneLine.text(bytes)
        }
    }
  }

  /// The likeliest next tokens, the likeliest first.
  public func next(_ count: Int) -> [Continuation] { next(count, among: nil) }

  /// Reads a prompt and returns what is likeliest after it, the likeliest first: tokens, or where the prompt may end
  /// inside a token, pieces of text that begin as the prompt ends.
  ///
  /// Such a prompt is read up to its open end, the last unit. For a `whitespace` model a piece is a word that begins with it,
  /// be it all of the word. For a `word` or `subword` model it is longer than the open end: it ends with the first token that
  /// reaches beyond it, and its probability is that of all ways to write it with tokens of the model, up to 16 at each byte.
  /// A special token stands after the whole prompt. The probabilities are those of the pieces among each other. Where no
  /// tokens can write the open end, all of the prompt is read.
  ///
  /// - Throws: `TextError`.
  public func next(_ count: Int, after prompt: String) throws(TextError) -> [Continuation] {
    next(count, after: try model.tokenizer.prompt(Array(prompt.utf8)))
  }

  /// The same after a prompt that the model's tokenizer has read.
  package func next(_ count: Int, after prompt: Prompt) -> [Continuation] {
    read(prompt.encoding.ids)
    guard let openEnd = prompt.openEnd, openEnd.joinsTokens else {
      return next(count, among: prompt.openEnd?.candidates)
    }
    return PieceSearch.pieces(openEnd, network, model.tokenizer.vocabulary).prefix(count).map {
      Continuation($0.token, id: $0.id, probability: $0.probability)
    }
  }

  private func next(_ count: Int, among candidates: [UInt32]?) -> [Continuation] {
    logits().withSpan { ModelDistribution.ranked($0, count: count, among: candidates) }.map {
      Continuation(
        model.tokenizer.vocabulary.entries[Int($0.id)].token, id: $0.id, probability: $0.probability)
    }
  }

  /// The logits of what follows the state.
  func logits() -> Buffer<Float> { network.logitsOfState().buffer[0..<model.tokenizer.vocabularySize] }
}

extension LanguageModel {
  /// Makes a reader of this model, before the first token of a text.
  ///
  /// - Parameters:
  ///   - threadCount: threads to use. More than one wait actively for a moment where there is a core for each.
  ///   - precision: of the weights; less than the model's own takes less memory.
  /// - Throws: `ConfigurationError` where the model's cell cannot be had at this precision; `ThreadError`.
  public func reader(threadCount: Int = 1, precision: InferencePrecision = .f32) throws -> ModelReader {
    try ModelReader(self, threadCount: threadCount, precision: precision)
  }

  /// The token before the first of a text: the boundary, or a newline where training has hardly seen a boundary
  /// because the documents that it saw to their end were few.
  var startID: UInt32 {
    let start = tokenizer.startID
    guard start == tokenizer.boundaryID, let training,
      training.trainingDocuments ?? training.corpus.count < Self.documentsToLearnBoundary
    else { return start }
    let newlines: [[UInt8]] = [[0x0A], [0x0D, 0x0A]]
    // Of a text with both kinds the one it has oftener.
    let ids = newlines.compactMap { tokenizer.vocabulary.id(of: $0) }
    return ids.max {
      tokenizer.vocabulary.entries[Int($0)].count < tokenizer.vocabulary.entries[Int($1)].count
    }
      ?? start
  }

  private static let documentsToLearnBoundary = 20
}
