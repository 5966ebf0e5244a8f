import ArgumentParser
import Rondo
import RondoText

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "See, encode and decode texts, build vocabularies.",
    subcommands: [Show.self, Cut.self, Encode.self, Decode.self, Build.self, VocabularyOfModel.self])

  struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encode texts: for each a line with a JSON array of token numbers.")

    @Argument(help: "A .safetensors file, a run folder or a tokenizer.json.") var model: String
    @Argument(help: "Files or folders; - is standard input.") var texts: [String]
    @OptionGroup var reading: ReadingOptions

    func run() throws {
      let tokenizer = try loadTokenizer(at: model)
      let corpus = try reading.corpus(texts, anyBytes: tokenizer.takesAnyBytes)
      _ = try corpus.mapDocuments { document in
        var reader = try document.reader()
        var separator = "["
        try tokenizer.encode(threadCount: availableThreads()) {
          try reader.read($0)
        } receiving: { encoding in
          guard !encoding.ids.isEmpty else { return }
          Console.write(separator + encoding.ids.map(String.init).joined(separator: ","))
          separator = ","
        }
        Console.print(separator == "[" ? "[]" : "]")
      }
    }
  }

  struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decode what encode printed: JSON arrays of token numbers, on standard input or in files.")

    @Argument(help: "A .safetensors file, a run folder or a tokenizer.json.") var model: String
    @Argument(help: "Files; - is standard input.") var files: [String] = ["-"]

    func run() throws {
      let tokenizer = try loadTokenizer(at: model)
      for document in try Corpus(paths: files).documents {
        var reader = try document.reader()
        var decoder = TokenArrayDecoder(tokenizer)
        do {
          while case let part = try reader.read(1 << 16), !part.isEmpty {
            Console.write(try decoder.append(part))
          }
          try decoder.finish()
        } catch let problem as TokenArrayDecoder.Problem {
          throw Failure("\(OneLine.text(document.name)): \(problem)", code: Failure.badData)
        }
      }
    }
  }
}
