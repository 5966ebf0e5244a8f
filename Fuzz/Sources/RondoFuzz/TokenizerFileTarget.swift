@testable import Rondo
@testable import RondoText

/// A tokenizer in JSON, as a checkpoint has it: is refused, or works and is written as it was read.
///
/// `"BYTES"` in its vocabulary stands for the entries of the 256 bytes.
func testTokenizerFile(_ bytes: [UInt8]) {
  let json = String(decoding: replacingBytes(in: bytes, by: byteEntries), as: UTF8.self)
  let tokenizer: Tokenizer
  do {
    tokenizer = try JSONText.decode(Tokenizer.self, from: json)
  } catch {
    return requireLine(CheckpointFile.explain(error))
  }
  let written = JSONText.encode(tokenizer)
  guard let again = try? JSONText.decode(Tokenizer.self, from: written) else {
    fatalError("broken: what is written can be read")
  }
  require(again == tokenizer && JSONText.encode(again) == written, "a tokenizer is written as it was read")
  checkReadTokenizer(tokenizer)
}

private let byteEntries = Array(
  (0...255).map { "{\"bytes\":[\($0)],\"count\":0}" }.joined(separator: ",").utf8)
