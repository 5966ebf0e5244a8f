import Rondo
import RondoText

/// Reads a prompt as a model does, and warns of pieces that it does not know. The beginning of a word that it does know is
/// none.
func readPrompt(_ text: String, for model: LanguageModel) throws -> Prompt {
  let prompt = try model.tokenizer.prompt(Array(text.utf8))
  warnOfUnknown(prompt, model.tokenizer)
  return prompt
}

private func warnOfUnknown(_ prompt: Prompt, _ tokenizer: Tokenizer) {
  let count = prompt.encoding.unknownCount
  guard count > 0 else { return }
  let different = unknownPieces(of: prompt, tokenizer)
  let unit = tokenizer.kind == .whitespace ? "word" : "character"
  let verb = count == 1 ? "is" : "are"
  Console.error(
    "rondo: warning: \(Format.count(count, unit)) of the prompt"
      + (different.count > 1 && different.count < count
        ? ", \(Format.grouped(different.count)) different ones," : "")
      + " \(verb) not known to the model and \(verb) read as <unk>: "
      + different.prefix(5).map(visible).joined(separator: " ")
      + (different.count > 5 ? " and \(Format.grouped(different.count - 5)) more" : ""))
}

/// The different pieces of what is read of a prompt that the vocabulary does not have, in their order. The word `<unk>`
/// of a `whitespace` text is none.
private func unknownPieces(of prompt: Prompt, _ tokenizer: Tokenizer) -> [[UInt8]] {
  var seen: Set<[UInt8]> = [Array(SpecialToken.unknown.rawValue.utf8)]
  var different: [[UInt8]] = []
  for piece in tokenizer.pieces(of: prompt.closedText) where piece.standing == .unknown {
    let bytes = Array(prompt.closedText[piece.range])
    if seen.insert(bytes).inserted { different.append(bytes) }
  }
  return different
}

/// A piece in quotation marks; one that could not be seen between them, or would be drawn onto them, by its code points.
private func visible(_ piece: [UInt8]) -> String {
  let text = String(decoding: piece, as: UTF8.self)
  let scalars = scalarsByVisibility(text)
  guard scalars.allSatisfy(\.isInvisible) || scalars.first?.scalar.isMark == true else {
    return OneLine.quoted(text)
  }
  return scalars.map(\.scalar.codePointName).joined(separator: " + ")
}
