@testable import Rondo
@testable import RondoText

/// A `tokenizer.json`: is refused in one line, or works and comes back from what it is exported as.
///
/// `"BYTES"` among the tokens of its model stands for the 256 bytes with the ids from 0 on.
func testTokenizerJSON(_ bytes: [UInt8]) {
  let tokenizer: Tokenizer
  do {
    tokenizer = try Tokenizer(huggingFace: replacingBytes(in: bytes, by: byteMembers))
  } catch {
    requireLine(error.description)
    return require(error.description.unicodeScalars.count <= 1000, "what is long is cut")
  }
  checkExport(tokenizer)
  checkReadTokenizer(tokenizer)
}

/// What was read can be written, is the same when it is read again, and is then written as before.
private func checkExport(_ tokenizer: Tokenizer) {
  let written: [UInt8]
  do {
    written = try tokenizer.huggingFaceJSON()
  } catch {
    requireLine(error.description)
    // The special tokens are written by Rondo's names for them, which other tokens may have.
    let names = [SpecialToken.unknown, .boundary].map { Array($0.rawValue.utf8) }
    return require(
      names.contains { tokenizer.vocabulary.id(of: $0) != nil }, "what was read is written: \(error)")
  }
  do {
    let again = try Tokenizer(huggingFace: written)
    require(again == tokenizer, "a tokenizer is read as it was written")
    require(try again.huggingFaceJSON() == written, "a tokenizer is written as it was read")
  } catch {
    fatalError("broken: what is written can be read: \(error)")
  }
}

private let byteMembers: [UInt8] = {
  let members = (0...255).map {
    JSONValue.quoted(ByteAlphabet.name(of: [$0])) + Array(":\($0)".utf8)
  }
  return Array(members.joined(separator: [UInt8(ascii: ",")]))
}()
