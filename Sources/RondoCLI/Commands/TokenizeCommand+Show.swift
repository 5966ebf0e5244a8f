import ArgumentParser
import Rondo
import RondoText

extension TokenizeCommand {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how a model cuts texts: in colours on a terminal, elsewhere a line for each token.")

    @Argument(help: "A .safetensors file, a run folder or a tokenizer.json.") var model: String
    @Argument(help: "Files or folders; - is standard input.") var texts: [String]
    @OptionGroup var reading: ReadingOptions
    @Flag(name: .long, help: "A line of JSON for each token.") var json = false

    func run() throws {
      let tokenizer = try loadTokenizer(at: model)
      let corpus = try reading.corpus(texts, anyBytes: tokenizer.takesAnyBytes)
      try show(corpus, cutBy: tokenizer, json: json)
    }
  }

  struct Cut: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how a model of these texts would cut them, as show does.")

    @Argument(help: "Files or folders; - is standard input.") var texts: [String]
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var text: TokenizerOptions
    @Flag(name: .long, help: "A line of JSON for each token.") var json = false

    func run() throws {
      let source = try text.source()
      let corpus = try reading.corpus(texts, anyBytes: source.takesAnyBytes)
      let tokenizer: Tokenizer
      switch source {
      case .existing(let existing): tokenizer = existing
      case .built(let settings):
        tokenizer = try ReadingDisplay.during(isQuiet: false) {
          try corpus.tokenizer(settings, threadCount: availableThreads(), onProgress: $0)
        }
      }
      try show(corpus, cutBy: tokenizer, json: json)
    }
  }
}

/// Shows the tokens of texts one after the other, and after them how many there are.
private func show(_ corpus: Corpus, cutBy tokenizer: Tokenizer, json: Bool) throws {
  let inColours = !json && Console.outputHasColours
  var coverage = TextCoverage()
  _ = try corpus.mapDocuments { document in
    var reader = try document.reader()
    var colours = TokenColours()
    var start = 0
    try tokenizer.pieces(threadCount: availableThreads()) {
      try reader.read($0)
    } making: { pieces, normalized in
      (pieces: pieces, text: normalized)
    } receiving: { pieces, text in
      coverage.add(pieces, of: text)
      if inColours {
        Console.write(colours.text(pieces, of: text))
      } else if json {
        Console.write(
          pieces.map { piece in
            JSONText.encode(PieceLine(piece, of: text, startingAt: start, in: document.name)) + "\n"
          }.joined())
      } else {
        let entries = tokenizer.vocabulary.entries
        Console.write(pieces.map { "\($0.id)\t\(entries[Int($0.id)].token.name)\n" }.joined())
      }
      start += text.count
    }
    if inColours { Console.write(colours.finish()) }
  }
  let perToken = Double(coverage.characterCount) / Double(max(1, coverage.tokenCount))
  Console.error(
    "\(Format.count(coverage.tokenCount, "token")), \(Format.fixed(perToken, 2)) characters per token, "
      + "\(Format.count(coverage.characterCount - coverage.knownCount, "character")) unknown")
}

/// A token as a line of JSON.
private struct PieceLine: Encodable {
  var document: String
  var id: UInt32
  var text: String?
  var bytes: [UInt8]?
  var start: Int
  var end: Int
  var known: Bool

  /// - Parameter start: where the text begins in the normalized text of the document.
  init(_ piece: Tokenizer.Piece, of text: [UInt8], startingAt start: Int, in document: String) {
    self.document = document
    id = piece.id
    self.text = String(validating: text[piece.range], as: UTF8.self)
    bytes = self.text == nil ? Array(text[piece.range]) : nil
    self.start = start + piece.range.lowerBound
    end = start + piece.range.upperBound
    known = piece.standing == .known
  }
}
