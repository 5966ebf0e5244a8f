import RondoText

/// Makes a `tokenizer.json` of a tokenizer.
struct TokenizerFileWriter {
  private let tokenizer: Tokenizer

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// The whole file.
  func file() throws(TokenizerFileError) -> JSONValue {
    if tokenizer.normalizer.foldsCase {
      throw .notExportable(reason: "it has no form for case folding")
    }
    let preTokenizer: JSONValue, decoder: JSONValue
    var model: JSONValue
    switch (tokenizer.kind, tokenizer.unknown) {
    case (.character, .token):
      (preTokenizer, decoder) = (TokenizerComponents.clusters, TokenizerComponents.fuse)
      model = try wordLevel(names())
    case (.whitespace, _):
      (preTokenizer, decoder) = (TokenizerComponents.words, TokenizerComponents.wordsDecoder)
      model = try wordLevel(names())
    case (.subword, _):
      (preTokenizer, decoder) = (TokenizerComponents.byteLevel, TokenizerComponents.byteLevelDecoder)
      model = try bytePairs(names())
    case (.character, .bytes), (.word, _), (.byte, _):
      let spelling = tokenizer.kind == .character ? " that spells with bytes" : ""
      throw .notExportable(
        reason: "it has no form for a \(tokenizer.kind.rawValue) tokenizer\(spelling); "
          + "subword, whitespace, and character with --unknown unk have one")
    }
    return [
      "version": .string(TokenizerComponents.version), "truncation": .null, "padding": .null,
      "added_tokens": .array(addedTokens),
      "normalizer": TokenizerComponents.normalizer(tokenizer.normalizer.form),
      "pre_tokenizer": preTokenizer, "post_processor": .null, "decoder": decoder, "model": model,
    ]
  }

  /// What the file calls the entries, in the order of their ids.
  private func names() throws(TokenizerFileError) -> [String] {
    var names: [String] = []
    // By bytes: strings are equal where they are canonically equivalent.
    var seen: Set<[UInt8]> = []
    for entry in tokenizer.vocabulary.entries {
      let name: String
      switch entry.token {
      case .special(.endOfLine): name = "\n"
      case .special(let special): name = special.rawValue
      case .bytes(let bytes) where tokenizer.kind == .subword: name = ByteAlphabet.name(of: bytes)
      case .bytes(let bytes): name = String(decoding: bytes, as: UTF8.self)
      }
      guard seen.insert(Array(name.utf8)).inserted else {
        throw .notExportable(
          reason: "it would have two entries of the name \(TokenizerFileError.quoted(name))")
      }
      names.append(name)
    }
    return names
  }

  /// `<boundary>`, so that Python's `decode` leaves it out. `<unk>` is none: it would be found inside words.
  private var addedTokens: [JSONValue] {
    guard let id = tokenizer.boundaryID else { return [] }
    return [
      [
        "id": .integer(Int(id)), "content": .string(SpecialToken.boundary.rawValue), "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false, "special": true,
      ]
    ]
  }

  private func wordLevel(_ names: [String]) -> JSONValue {
    [
      "type": "WordLevel", "vocab": vocabulary(names), "unk_token": .string(SpecialToken.unknown.rawValue),
    ]
  }

  private func bytePairs(_ names: [String]) -> JSONValue {
    let merges = tokenizer.merges.map { merge -> JSONValue in
      [.string(names[Int(merge.left)]), .string(names[Int(merge.right)])]
    }
    return [
      "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
      "end_of_word_suffix": .null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
      "vocab": vocabulary(names), "merges": .array(merges),
    ]
  }

  private func vocabulary(_ names: [String]) -> JSONValue {
    .object(names.enumerated().map { .init(key: $1, value: .integer($0)) })
  }
}
