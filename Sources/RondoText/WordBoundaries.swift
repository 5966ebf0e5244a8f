/// The words of a text and what stands between them (UAX #29, the default rules WB1 to WB999).
///
/// Iterating gives byte ranges that follow each other without a gap from 0 to the end. White space and punctuation are
/// ranges of their own; scripts that put no spaces between words fall into single characters. In a text that is not valid
/// UTF-8, each byte that is no part of a character counts as U+FFFD; nothing traps. Takes time linear in the length of the
/// text, whatever it is. Follows the version of Unicode that `UnicodeVersions.words` names.
public struct WordBoundaries: Sequence, Sendable {
  private let utf8: [UInt8]

  /// The words of a text in UTF-8.
  public init(_ utf8: [UInt8]) {
    self.utf8 = utf8
  }

  /// Begins at the first word.
  public func makeIterator() -> UnfoldSequence<Range<Int>, Int> {
    byteRanges(of: utf8) { endOfWord($0, from: $1) }
  }
}

/// The end of the word that begins at `start`, an offset inside the text where a word does begin.
///
/// What stands before `start` makes no difference: no rule goes across a boundary to the left, but for the pairs of
/// regional indicators, and these begin anew at a boundary.
func endOfWord(_ utf8: [UInt8], from start: Int) -> Int {
  var position = start
  while position < utf8.count, utf8[position].isASCIILetterOrDigit { position += 1 }
  guard position < utf8.count else { return position }
  let next = utf8[position]
  if position > start {
    // Of ASCII, letters and digits go on after these alone.
    if next < 0x80 {
      switch next {
      case UInt8(ascii: "'"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: ";"),
        UInt8(ascii: "_"):
        break
      default: return position
      }
    }
    return endOfLongWord(utf8, from: position - 1)
  }
  let second = position + 1
  if next < 0x80, second < utf8.count, utf8[second] < 0x80 {
    // Of the rest of ASCII, these alone go on, a space before another.
    let mayGoOn = next == 0x0D || next == UInt8(ascii: "_") || next == 0x20 && utf8[second] == 0x20
    if !mayGoOn { return second }
  }
  return endOfLongWord(utf8, from: position)
}

/// The same by all rules.
///
/// Goes forward only: after what may stand between two letters or two digits it looks ahead, over the marks there. If in
/// vain, the word ends before them; so nothing is looked at more than twice.
@inline(never)
private func endOfLongWord(_ utf8: [UInt8], from start: Int) -> Int {
  let table = WordBreakTable.shared
  func read(_ position: Int) -> (WordBreakProperty, end: Int) {
    let scalar = decodeScalar(utf8, at: position)
    return (table[scalar.value], position + max(scalar.length, 1))
  }

  let (first, firstEnd) = read(start)
  var position = firstEnd
  switch first.wordBreak {
  case .cr: return position < utf8.count && utf8[position] == 0x0A ? position + 1 : position  // WB3
  case .lf, .newline: return position  // WB3a
  default: break
  }
  // The last character that rule WB4 does not skip, and the last of all.
  var left = first.wordBreak, last = left
  var isHalfFlag = left == .regionalIndicator
  while position < utf8.count {
    let (property, end) = read(position)
    let right = property.wordBreak
    if property.isIgnored {  // WB4
      last = right
      position = end
      continue
    }
    if mayBridge(left, right) {
      var next = property, nextEnd = end
      while nextEnd < utf8.count {
        (next, nextEnd) = read(nextEnd)
        if !next.isIgnored { break }
      }
      if bridges(left, right, next.wordBreak) {
        left = next.wordBreak
        last = left
        position = nextEnd
        continue
      }
    }
    let isJoined =
      joins(left, right)
      || last == .zwj && property.isPictographic  // WB3c
      || last == .wSegSpace && right == .wSegSpace  // WB3d
      || isHalfFlag && right == .regionalIndicator  // WB15, WB16
    guard isJoined else { return position }
    isHalfFlag = false
    left = right
    last = right
    position = end
  }
  return position
}

extension WordBreakClass {
  /// AHLetter of the rules.
  fileprivate var isLetter: Bool { self == .aLetter || self == .hebrewLetter }
}

/// Whether two neighbours are of one word whatever follows.
private func joins(_ left: WordBreakClass, _ right: WordBreakClass) -> Bool {
  switch left {
  case .aLetter, .hebrewLetter, .numeric:  // WB5, WB8, WB9, WB10, WB13a, WB7a
    right.isLetter || right == .numeric || right == .extendNumLet
      || left == .hebrewLetter && right == .singleQuote
  case .katakana:  // WB13, WB13a
    right == .katakana || right == .extendNumLet
  case .extendNumLet:  // WB13a, WB13b
    right == .extendNumLet || right.isLetter || right == .numeric || right == .katakana
  default: false
  }
}

/// Whether `middle` joins `left` with some that may follow.
private func mayBridge(_ left: WordBreakClass, _ middle: WordBreakClass) -> Bool {
  switch middle {
  case .midLetter: left.isLetter
  case .midNumLet, .singleQuote: left.isLetter || left == .numeric
  case .midNum: left == .numeric
  case .doubleQuote: left == .hebrewLetter
  default: false
  }
}

/// Whether `right` is one of those, where `mayBridge` holds.
private func bridges(_ left: WordBreakClass, _ middle: WordBreakClass, _ right: WordBreakClass) -> Bool {
  if left == .numeric { return right == .numeric }  // WB11, WB12
  if middle == .doubleQuote { return right == .hebrewLetter }  // WB7b, WB7c
  return right.isLetter  // WB6, WB7
}

/// Whether a letter or a digit after the text could make one word of `word` and the rest, which it does not have yet: where
/// the rest is one character that bridges, such as an apostrophe or a point, after a letter or a digit.
func mayBridge(_ utf8: [UInt8], after word: Range<Int>) -> Bool {
  let table = WordBreakTable.shared
  /// The classes that rule WB4 does not skip.
  func classes(_ range: Range<Int>) -> [WordBreakClass] {
    var classes: [WordBreakClass] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let scalar = decodeScalar(utf8, at: position)
      let property = table[scalar.value]
      if !property.isIgnored { classes.append(property.wordBreak) }
      position += max(scalar.length, 1)
    }
    return classes
  }
  let rest = classes(word.upperBound..<utf8.count)
  guard rest.count == 1, let last = classes(word).last else { return false }
  return mayBridge(last, rest[0])
}

/// Whether the two parts of a text before and after `offset` can be normalized, cut into words and cut into clusters each
/// by itself, and give together what the whole does.
///
/// A word and a cluster end there, and then the part after is cut as in the whole (see `endOfWord`). The part before is so
/// too where no rule that looks ahead depends on what is after the cut. There are three such places:
/// - After a line feed. WB3a ends a word there. The rules that look ahead want a letter or a digit, which they do not
///   find in a line feed, nor at the end of a text.
/// - Before a space that no white space stands before. Only that would join it, and a prepended mark its cluster. What looks
///   ahead finds in a space what it finds at the end of a text. Normalization leaves the space alone, and here the code
///   point before it too, which could become a space. The space stays with the word after it.
/// - Between two code points of the class Other, both of which come through normalization as they are. No rule joins the
///   two, but for WB3c, whose left is a joiner. What looks ahead from further left comes to the first of the two, and
///   stops in vain with or without the second.
///
/// - Precondition: `0 < offset < utf8.count`.
func canCutWords(_ utf8: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
  if utf8[offset - 1] == 0x0A { return true }
  guard let before = decodeScalar(utf8, endingAt: offset) else { return false }
  let table = WordBreakTable.shared
  if utf8[offset] == 0x20 {
    var state: Int32 = 0
    return table[before].wordBreak != .wSegSpace && normalizer.isolates(before)
      && UTF8Proc.breaksCluster(between: before, and: 0x20, state: &state)
  }
  return table[before].wordBreak == .other && table[decodeScalar(utf8, at: offset).value].wordBreak == .other
    && canCutClusters(utf8, at: offset, normalizer)
}
