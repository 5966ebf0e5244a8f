@testable import Rondo
@testable import RondoText

/// Settings, then two texts, which may be ill-formed: makes a tokenizer of the first and encodes both with it, each at once
/// and in chunks.
func testText(_ bytes: [UInt8]) {
  var input = FuzzInput(bytes)
  let kind = input.choice(of: TokenizerKind.allCases)
  let normalizer = Normalizer(
    form: input.choice(of: NormalizationForm.allCases), foldsCase: input.number(below: 2) == 1)
  let settings = TokenizerSettings(
    kind: kind, normalizer: normalizer, unknown: input.choice(of: kind.unknownPolicies),
    vocabularySize: input.choice(of: [nil, 5, 40, 257, 260, 400]), minimumCount: input.number(below: 3))
  let chunkSize = 1 + input.number(below: 40)
  let share = input.number(below: 256)
  let middle = input.rest.startIndex + input.rest.count * share / 256
  let first = Array(input.rest[..<middle])
  let second = Array(input.rest[middle...])

  for text in [first, second] {
    checkRanges(GraphemeClusters(text), of: text)
    checkRanges(WordBoundaries(text), of: text)
    checkNormalization(text, normalizer)
  }

  guard let tokenizer = builtTokenizer(settings, from: first, chunkSize: chunkSize) else { return }
  require(tokenizer.entriesNoLongerOneUnit.isEmpty, "the entries of a new vocabulary are units")
  for text in [first, second] { checkTokenizer(tokenizer, on: text, chunkSize: chunkSize) }
}

/// The tokenizer of a text, which has to be the same however the text is read; nil where there is none.
private func builtTokenizer(_ settings: TokenizerSettings, from text: [UInt8], chunkSize: Int) -> Tokenizer? {
  let whole = outcome { try Tokenizer.build(settings, from: [text]) }
  let inChunks = outcome {
    let builder = TokenizerBuilder(settings)
    try builder.add(chunkSize: chunkSize, reading: readingBits(of: text))
    return try builder.tokenizer()
  }
  require(whole == inChunks, "a vocabulary is the same however the text is read")
  return try? whole.get()
}

/// The ranges follow each other from the start of the text to its end, and none is empty.
private func checkRanges(_ ranges: some Sequence<Range<Int>>, of text: [UInt8]) {
  var end = 0
  for range in ranges {
    require(range.lowerBound == end && !range.isEmpty, "\(type(of: ranges)) leave no gap")
    end = range.upperBound
  }
  require(end == text.count, "\(type(of: ranges)) reach the end")
}

private func checkNormalization(_ text: [UInt8], _ normalizer: Normalizer) {
  let normalized: [UInt8]
  do {
    normalized = try normalizer.normalize(text)
  } catch {
    guard case .invalidUTF8(let offset) = error else { fatalError("broken: the error is of UTF-8: \(error)") }
    require(String(validating: text, as: UTF8.self) == nil, "what is refused is not UTF-8")
    require(String(validating: text[..<offset], as: UTF8.self) != nil, "it is UTF-8 up to the offset")
    return
  }
  require(String(validating: text, as: UTF8.self) != nil, "what is taken is UTF-8")
  require(String(validating: normalized, as: UTF8.self) != nil, "what is normalized is UTF-8")
  require(
    outcome { try normalizer.normalize(normalized) } == .success(normalized), "normalizing is idempotent")

  func form(_ form: NormalizationForm, _ text: [UInt8]) -> [UInt8] {
    outcome { try Normalizer(form: form).normalize(text) }.orFail
  }
  let composed = form(.nfc, text)
  let decomposed = form(.nfd, text)
  require(form(.nfc, decomposed) == composed, "nfc(nfd(x)) is nfc(x)")
  require(form(.nfd, composed) == decomposed, "nfd(nfc(x)) is nfd(x)")
  require(form(.nfkc, decomposed) == form(.nfkc, text), "nfkc(nfd(x)) is nfkc(x)")
  require(form(.nfkd, composed) == form(.nfkd, text), "nfkd(nfc(x)) is nfkd(x)")
}
