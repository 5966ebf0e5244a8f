@testable import Rondo
@testable import RondoText

/// A tokenizer in JSON, as a checkpoint has it: is refused, or works and is written as it was read.
///
/// `"BYTES"` in it stands for the entries of the 256 bytes, which no small input has room for.
func testTokenizerFile(_ bytes: [UInt8]) {
  let json = String(decoding: bytes, as: UTF8.self).split(
    separator: "\"BYTES\"", omittingEmptySubsequences: false
  )
  .joined(separator: byteEntries)
  let tokenizer: Tokenizer
  do {
    tokenizer = try JSONText.decode(Tokenizer.self, from: json)
  } catch {
    require(!"\(error)".isEmpty, "an error says what is wrong")
    return
  }
  let written = JSONText.encode(tokenizer)
  guard let again = try? JSONText.decode(Tokenizer.self, from: written) else {
    fatalError("broken: what is written can be read")
  }
  require(again == tokenizer && JSONText.encode(again) == written, "a tokenizer is written as it was read")

  _ = tokenizer.entriesNoLongerOneUnit
  _ = VocabularyReport(tokenizer.vocabulary)
  _ = TextWarning.about(tokenizer)
  checkIDs(of: tokenizer)
  for text in texts { checkTokenizer(tokenizer, on: text, chunkSize: 3) }
}

/// Every id stands for a text, which can be shown and encoded.
private func checkIDs(of tokenizer: Tokenizer) {
  let ids = (0..<UInt32(tokenizer.vocabularySize)).prefix(600)
  for id in ids { _ = tokenizer.vocabulary.entries[Int(id)].token.name }
  checkTokenizer(tokenizer, on: tokenizer.decode(ids), chunkSize: 7)
}

private let texts = [
  "the fox, the fox\r\nabab abc  <unk> ", "e\u{301}👩\u{200D}👧 क्ष\u{1112}\u{1161} \u{FFFD}aaaaaaaa",
].map {
  Array($0.utf8)
}

private let byteEntries = (0...255).map { "{\"bytes\":[\($0)],\"count\":0}" }.joined(separator: ",")
