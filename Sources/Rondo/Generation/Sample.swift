import RondoNN
import RondoText

/// One of the texts of a `TextGenerator`: draws its tokens and turns them into what can be shown.
final class Sample {
  typealias Piece = TextGenerator.Piece

  /// Which text, from 0.
  let number: Int
  /// What the last `draw` gave.
  private(set) var drawn: Result<Piece, SamplerError> = .failure(.noCandidate)
  private(set) var isDone = false

  private let length: Int
  private let boundaryID: UInt32?
  private var chain: SamplerChain
  /// The end of the prompt that has not been read; nil when there is none, or tokens for it are drawn.
  private var openEnd: OpenEnd?
  private var decoder: ScalarDecoder
  private var stops: StopMatcher
  /// After `stops`, so that a text ends with the token that completes a stop string.
  private var clusters: ClusterBuffer
  private var count = 0

  /// - Parameters:
  ///   - length: the most tokens that add something to the prompt.
  ///   - boundaryID: the token that ends a text.
  init(
    number: Int, length: Int, boundaryID: UInt32?, chain: SamplerChain, openEnd: OpenEnd?,
    decoder: ScalarDecoder, stops: StopMatcher, clusters: ClusterBuffer
  ) {
    self.number = number
    self.length = length
    self.boundaryID = boundaryID
    self.chain = chain
    self.openEnd = openEnd
    self.decoder = decoder
    self.stops = stops
    self.clusters = clusters
  }

  /// Draws the next token from logits [V]; `drawn` has the outcome.
  func draw(_ logits: Buffer<Float>, isScored: Bool) {
    let candidates = openEnd?.candidates
    do throws(SamplerError) {
      let token = try logits.withSpan { logits throws(SamplerError) in
        guard isScored else { return Token(id: try chain.next(logits, among: candidates)) }
        let sampled = try chain.nextScored(logits, among: candidates)
        return Token(id: sampled.id, logProbability: sampled.logProbability)
      }
      drawn = .success(take(token))
    } catch {
      drawn = .failure(error)
    }
  }

  struct Token {
    var id: UInt32
    var logProbability: Double?
  }

  private func take(_ token: Token) -> Piece {
    var known = 0, isNew = true
    if var end = openEnd {
      (known, isNew) = end.take(token.id)
      openEnd = end.isComplete ? nil : end
    }
    if isNew { count += 1 }
    if token.id == boundaryID { return finish(.boundary, after: token) }
    let text = stops.feed(decoder.append(token.id, droppingFirst: known))
    if let reason = stops.reason { return end(reason, after: token, text) }
    if count >= length { return finish(.length, after: token, text) }
    return piece(text, token, nil)
  }

  /// Ends a text that no stop has ended.
  func finish(_ end: TextGenerator.End, after token: Token?, _ text: [UInt8] = []) -> Piece {
    let last = stops.feed(decoder.finish())
    if let reason = stops.reason { return self.end(reason, after: token, text + last) }
    isDone = true
    return piece(text + last + stops.finish(), token, end)
  }

  private func end(_ reason: StopMatcher.Reason, after token: Token?, _ text: [UInt8]) -> Piece {
    isDone = true
    return piece(text, token, reason == .lines ? .lines : .stop)
  }

  private func piece(_ text: [UInt8], _ token: Token?, _ end: TextGenerator.End?) -> Piece {
    var shown = clusters.append(text)
    if end != nil { shown += clusters.finish() }
    return Piece(
      sample: number, text: String(decoding: shown, as: UTF8.self), token: token?.id,
      logProbability: token?.logProbability, end: end)
  }
}
