@testable import Rondo
@testable import RondoText

/// Holds a tokenizer that came out of a file to what it promises: every id stands for a text, which can be shown and
/// encoded.
func checkReadTokenizer(_ tokenizer: Tokenizer) {
  _ = tokenizer.entriesNoLongerOneUnit
  _ = VocabularyReport(tokenizer.vocabulary)
  _ = TextWarning.about(tokenizer)
  let ids = (0..<UInt32(tokenizer.vocabularySize)).prefix(600)
  for id in ids { _ = tokenizer.vocabulary.entries[Int(id)].token.name }
  checkTokenizer(tokenizer, on: tokenizer.decode(ids), chunkSize: 7)
  for text in texts { checkTokenizer(tokenizer, on: text, chunkSize: 3) }
}

/// A file with its 256 bytes, which no small input has room for, in the place of `"BYTES"`.
func replacingBytes(in file: [UInt8], by entries: [UInt8]) -> [UInt8] {
  let parts = file.split(separator: Array("\"BYTES\"".utf8), omittingEmptySubsequences: false)
  return Array(parts.joined(separator: entries))
}

private let texts = [
  "the fox, the fox\r\nabab abc  <unk> ", "e\u{301}👩\u{200D}👧 क्ष\u{1112}\u{1161} \u{FFFD}aaaaaaaa",
].map {
  Array($0.utf8)
}
