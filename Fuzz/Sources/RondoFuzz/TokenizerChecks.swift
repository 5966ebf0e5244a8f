@testable import RondoText

/// Holds a tokenizer to what it promises of a text, which may be ill-formed.
func checkTokenizer(_ tokenizer: Tokenizer, on text: [UInt8], chunkSize: Int) {
  let whole = outcome { try tokenizer.encode(text) }
  let inChunks = outcome {
    var encoding = Tokenizer.Encoding(ids: [], UnknownPieces())
    try tokenizer.encode(
      threadCount: 1, chunkSize: chunkSize, reading: readingBits(of: text),
      making: { encoding, _ in encoding }
    ) { encoding.append($0) }
    return encoding
  }
  require(whole == inChunks, "a text has the same ids however it is read")
  guard case .success(let encoding) = whole else { return }
  let ids = encoding.ids
  require(ids.allSatisfy { $0 < tokenizer.vocabularySize }, "ids are below V")

  let normalized = outcome { try tokenizer.normalize(text) }.orFail
  let decoded = tokenizer.decode(ids)
  if type(of: tokenizer.scheme).joinsTokens {
    require(encoding.unknownCount > 0 || decoded == normalized, "decoding gives the normalized text")
  }
  checkWholeClusters(tokenizer, text, ids, normalized, chunkSize: chunkSize)
  checkPieces(tokenizer, ids, normalized)
  checkStreaming(tokenizer, ids)
  checkPrompt(tokenizer, text, normalized)
}

/// Chunks that keep clusters have the same ids and end where clusters do.
private func checkWholeClusters(
  _ tokenizer: Tokenizer, _ text: [UInt8], _ ids: [UInt32], _ normalized: [UInt8], chunkSize: Int
) {
  let ends = Set(GraphemeClusters(normalized).map(\.upperBound))
  var joinedIDs: [UInt32] = []
  var joined: [UInt8] = []
  let read = outcome {
    try tokenizer.encode(
      threadCount: 1, chunkSize: chunkSize, keepsClusters: true, reading: readingBits(of: text),
      making: { encoding, normalized in (encoding.ids, normalized) }
    ) { chunkIDs, chunk in
      joinedIDs += chunkIDs
      joined += chunk
      require(chunk.isEmpty || ends.contains(joined.count), "a chunk ends where a cluster does")
    }
  }
  read.orFail
  require(joinedIDs == ids && joined == normalized, "chunks of whole clusters are the text")
}

/// Every token has its place in the text, and all characters are counted.
private func checkPieces(_ tokenizer: Tokenizer, _ ids: [UInt32], _ normalized: [UInt8]) {
  let pieces = tokenizer.pieces(of: normalized)
  require(pieces.map(\.id) == ids, "pieces are the tokens of a text")
  let joinsTokens = type(of: tokenizer.scheme).joinsTokens
  var end = 0
  for piece in pieces {
    require(!piece.range.isEmpty && piece.range.lowerBound >= end, "pieces follow each other")
    require(!joinsTokens || piece.range.lowerBound == end, "pieces leave no gap")
    end = piece.range.upperBound
  }
  require(joinsTokens ? end == normalized.count : end <= normalized.count, "pieces are inside the text")

  var coverage = TextCoverage()
  coverage.add(pieces, of: normalized)
  require(
    coverage.tokenCount == ids.count && coverage.knownCount <= coverage.characterCount, "coverage counts")
  require(
    !joinsTokens || coverage.characterCount == clusterCount(normalized), "coverage counts all characters")
}

/// What is decoded id by id is valid, whole clusters of what is decoded at once, wherever it begins.
func checkStreaming(_ tokenizer: Tokenizer, _ ids: [UInt32]) {
  let text = tokenizer.decode(ids)
  let repaired = Array(String(decoding: text, as: UTF8.self).utf8)

  var scalars = ScalarDecoder(tokenizer)
  let pieces = ids.map { scalars.append($0) } + [scalars.finish()]
  require(
    pieces.allSatisfy { String(validating: $0, as: UTF8.self) != nil },
    "whole code points come out of a stream")
  require(Array(pieces.joined()) == repaired, "a stream of code points is the text")

  var clusters = StreamingDecoder(tokenizer)
  let ends = Set(GraphemeClusters(repaired).map(\.upperBound) + [0])
  var shown: [UInt8] = []
  for piece in ids.map({ clusters.append($0) }) + [clusters.finish()] {
    shown += piece
    require(ends.contains(shown.count), "whole clusters come out of a stream")
  }
  require(shown == repaired, "a stream of clusters is the text")

  let beginning = tokenizer.decode(ids.prefix(ids.count / 2))
  guard String(validating: beginning, as: UTF8.self) != nil else { return }
  var after = ScalarDecoder(tokenizer, after: beginning)
  let rest = ids.dropFirst(ids.count / 2).map { after.append($0) } + [after.finish()]
  require(beginning + rest.joined() == repaired, "a stream goes on after a text")
}

/// The open end of a prompt can be completed, here in the shortest steps.
private func checkPrompt(_ tokenizer: Tokenizer, _ text: [UInt8], _ normalized: [UInt8]) {
  let prompt = outcome { try tokenizer.prompt(text) }.orFail
  require(prompt.text == normalized && normalized.starts(with: prompt.closedText), "a prompt is its text")
  guard var openEnd = prompt.openEnd else {
    return require(prompt.closedText == normalized, "a prompt without an open end is read as a whole")
  }
  var completed: [UInt8] = []
  while !openEnd.isComplete {
    let candidates = openEnd.candidates
    guard
      let id = candidates.min(by: {
        tokenizer.vocabulary.bytes(of: $0).count < tokenizer.vocabulary.bytes(of: $1).count
      })
    else { fatalError("broken: an open end has candidates") }
    _ = openEnd.take(id)
    completed += tokenizer.vocabulary.bytes(of: id)
  }
  require(completed.starts(with: normalized.dropFirst(prompt.closedText.count)), "tokens complete the prompt")
}

/// What a body gives, or what it throws of a text.
func outcome<Value>(_ body: () throws -> Value) -> Result<Value, TextError> {
  do {
    return .success(try body())
  } catch let error as TextError {
    requireLine(error.description)
    return .failure(error)
  } catch {
    fatalError("broken: only a TextError is thrown: \(error)")
  }
}

extension Result {
  /// The value, where nothing can be wrong.
  var orFail: Success {
    switch self {
    case .success(let value): value
    case .failure(let error): fatalError("broken: nothing is thrown: \(error)")
    }
  }
}

/// Gives a text in parts of few bytes.
func readingBits(of text: [UInt8]) -> (Int) -> [UInt8] {
  let read = readingParts(of: text)
  return { read(min($0, 5)) }
}
