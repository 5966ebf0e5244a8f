import RondoText

/// Turns lines that are a JSON array of token numbers each into text, part by part. Each array is a text of its own; lines
/// of white space count for nothing.
struct TokenArrayDecoder {
  /// What is wrong with a line.
  enum Problem: Error, Equatable, CustomStringConvertible {
    case noArray(line: Int)
    case noToken(UInt64, line: Int, vocabularySize: Int)

    var description: String {
      switch self {
      case .noArray(let line): "line \(line) is not a JSON array of token numbers"
      case .noToken(let id, let line, let size):
        "line \(line): there is no token \(id): the vocabulary has \(size)"
      }
    }
  }

  private enum State {
    /// Of the line there is nothing yet but white space.
    case lineStart
    case afterBracket
    /// In a number, with this value so far.
    case number(UInt64)
    case afterNumber
    case afterComma
    case afterArray
  }

  private let tokenizer: Tokenizer
  private var decoder: TokenDecoder
  private var state = State.lineStart
  /// The line that is read, from 1.
  private var line = 1

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    decoder = TokenDecoder(tokenizer)
  }

  /// Takes the next bytes of the lines and returns the text of the numbers that are whole now.
  mutating func append(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
    var text: [UInt8] = []
    var ids: [UInt32] = []
    for byte in bytes {
      switch (state, byte) {
      case (.number(let value), UInt8(ascii: "0")...UInt8(ascii: "9")):
        // JSON has no zeros in front of a number. What is no number of 32 bits is no token's.
        let next = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        guard value > 0, next <= UInt32.max else { throw .noArray(line: line) }
        state = .number(next)
      case (.number(let value), _):
        ids.append(try id(value))
        state = .afterNumber
        try step(byte)
      default:
        try step(byte)
      }
      if case .afterArray = state, !ids.isEmpty {
        text += decoder.append(ids)
        ids.removeAll(keepingCapacity: true)
      }
    }
    return text + decoder.append(ids)
  }

  /// Ends the lines; the last need not have an end.
  func finish() throws(Problem) {
    switch state {
    case .lineStart, .afterArray: return
    default: throw .noArray(line: line)
    }
  }

  /// Takes a byte that does not go on with a number.
  private mutating func step(_ byte: UInt8) throws(Problem) {
    switch (state, byte) {
    case (_, UInt8(ascii: " ")), (_, UInt8(ascii: "\t")): break
    case (.lineStart, UInt8(ascii: "\n")), (.afterArray, UInt8(ascii: "\n")):
      line += 1
      state = .lineStart
    case (.lineStart, UInt8(ascii: "\r")), (.afterArray, UInt8(ascii: "\r")): state = .lineStart
    case (.lineStart, UInt8(ascii: "[")):
      decoder = TokenDecoder(tokenizer)
      state = .afterBracket
    case (.afterBracket, UInt8(ascii: "0")...UInt8(ascii: "9")),
      (.afterComma, UInt8(ascii: "0")...UInt8(ascii: "9")):
      state = .number(UInt64(byte - UInt8(ascii: "0")))
    case (.afterNumber, UInt8(ascii: ",")): state = .afterComma
    case (.afterNumber, UInt8(ascii: "]")), (.afterBracket, UInt8(ascii: "]")): state = .afterArray
    default: throw .noArray(line: line)
    }
  }

  private func id(_ value: UInt64) throws(Problem) -> UInt32 {
    guard value < tokenizer.vocabularySize else {
      throw .noToken(value, line: line, vocabularySize: tokenizer.vocabularySize)
    }
    return UInt32(value)
  }
}
