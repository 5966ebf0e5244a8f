/// The end of the pre-token that begins at `start`, an offset inside a text in UTF-8: the pieces within which
/// byte-pair encoding merges.
///
/// They are those of GPT-2 (Radford et al. 2019), which its authors and those after them write as the pattern
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// A space joins what follows it; of several white spaces the last one is left to the next pre-token, which takes it
/// where it is a space.
@inline(__always)
func endOfPreToken(_ text: [UInt8], from start: Int) -> Int {
  let first = text[start]
  if first == 0x20 {
    let second = start + 1
    guard second < text.count else { return second }
    let next = classAndEnd(text, at: second)
    return next.class == .space
      ? endOfSpaces(text, from: start) : endOfRun(text, of: next.class, from: next.end)
  }
  if first == 0x27 {
    let end = endOfContraction(text, from: start)
    if end > start { return end }
  }
  let next = classAndEnd(text, at: start)
  return next.class == .space
    ? endOfSpaces(text, from: start) : endOfRun(text, of: next.class, from: next.end)
}

/// Whether a pre-token ends at `offset`, whatever the rest of the text, and both parts can be normalized by themselves
/// too.
///
/// After a character that is no white space a pre-token ends before any white space, and before a character of another
/// class, if that does not make a contraction: only an apostrophe is followed by something of another class in its
/// pre-token. What is found before such a place does not depend on what comes after it (only white space looks
/// ahead), and what is found from there on never depends on what stood before. As to normalization, nothing
/// composes with ASCII white space before it, and no mapping of another character ends in white space; elsewhere
/// both neighbours are such as the normalizer leaves alone.
///
/// - Precondition: `0 < offset < text.count`.
func canCutPreTokens(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
  guard let before = decodeScalar(text, endingAt: offset) else { return false }
  let left = CodePointClass(before)
  guard left != .space else { return false }
  let after = decodeScalar(text, at: offset)
  guard after.length > 0 else { return false }
  let right = CodePointClass(after.value)
  if right == .space, after.value < 0x80 { return true }
  return left != right && before != 0x27 && normalizer.isolates(before) && normalizer.isolates(after.value)
}

@inline(__always)
private func classAndEnd(_ text: [UInt8], at position: Int) -> (class: CodePointClass, end: Int) {
  let byte = text[position]
  if byte < 0x80 { return (CodePointClass(ascii: byte), position + 1) }
  let scalar = decodeScalar(text, at: position)
  // What is no UTF-8 is taken for U+FFFD, byte by byte.
  return (CodePointClass(scalar.value), position + max(scalar.length, 1))
}

/// The end of the run of characters of one class that goes on at `start`.
@inline(__always)
private func endOfRun(_ text: [UInt8], of runClass: CodePointClass, from start: Int) -> Int {
  var position = start
  while position < text.count {
    let next = classAndEnd(text, at: position)
    guard next.class == runClass else { break }
    position = next.end
  }
  return position
}

/// The end of a run of white space, without its last character where something else follows and it is not the only
/// one.
private func endOfSpaces(_ text: [UInt8], from start: Int) -> Int {
  var position = start
  var last = start
  while position < text.count {
    let next = classAndEnd(text, at: position)
    guard next.class == .space else { return last > start ? last : position }
    last = position
    position = next.end
  }
  return position
}

/// The end of an English contraction that begins with the apostrophe at `start`, or `start` where there is none.
private func endOfContraction(_ text: [UInt8], from start: Int) -> Int {
  guard start + 1 < text.count else { return start }
  let second = text[start + 1]
  if "stmd".utf8.contains(second) { return start + 2 }
  guard start + 2 < text.count else { return start }
  let third = text[start + 2]
  let isPair =
    switch second {
    case UInt8(ascii: "r"), UInt8(ascii: "v"): third == UInt8(ascii: "e")
    case UInt8(ascii: "l"): third == UInt8(ascii: "l")
    default: false
    }
  return isPair ? start + 3 : start
}
