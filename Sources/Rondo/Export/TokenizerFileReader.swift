import RondoText

/// Makes a tokenizer of a `tokenizer.json`, or says what in it is wrong, or is not Rondo's.
struct TokenizerFileReader {
  /// What messages call the file.
  let path: String

  func tokenizer(_ file: JSONValue) throws(TokenizerFileError) -> Tokenizer {
    guard case .object = file else { throw damaged("it is no JSON object") }
    try checkVersion(file["version"])
    try check(
      file, "the file",
      has: [
        "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
        "decoder", "model",
      ])
    for part in ["truncation", "padding"] where file[part] != .null {
      throw unsupported(part, "save the tokenizer without it")
    }
    let form = try form(file["normalizer"])
    let kind = try kind(file["pre_tokenizer"])
    try checkDecoder(file["decoder"], kind)
    try checkPostProcessor(file["post_processor"])
    let model = file["model"]
    try checkModel(model, kind)

    let added = try addedTokens(file["added_tokens"])
    let unknownName = kind == .subword ? nil : try string(model["unk_token"], "the unk_token")
    let boundary = try boundary(added, unknownName, kind)
    let tokens = try tokens(model["vocab"], added)
    let names = TokenNames(kind: kind, unknown: unknownName, boundary: boundary?.content)
    let vocabulary = try vocabulary(tokens, names)
    let merges = kind == .subword ? try merges(model["merges"], vocabulary) : []
    do {
      return try Tokenizer(
        kind: kind, normalizer: Normalizer(form: form), vocabulary: vocabulary, merges: merges)
    } catch {
      throw damaged(error.description)
    }
  }

  // MARK: Components

  private func checkVersion(_ version: JSONValue) throws(TokenizerFileError) {
    switch version {
    case .string(TokenizerComponents.version): return
    case .string(let found): throw .wrongVersion(path: path, found: found)
    case .null: throw .wrongVersion(path: path, found: nil)
    default: throw damaged("its version is no string")
    }
  }

  private func form(_ normalizer: JSONValue) throws(TokenizerFileError) -> NormalizationForm {
    for form in NormalizationForm.allCases where normalizer == TokenizerComponents.normalizer(form) {
      return form
    }
    throw unsupported(
      "the normalizer \(TokenizerComponents.name(of: normalizer))", "it reads NFC, NFD, NFKC, NFKD or null")
  }

  /// The kind of tokenizer that cuts as this pre-tokenizer does.
  private func kind(_ preTokenizer: JSONValue) throws(TokenizerFileError) -> TokenizerKind {
    let sorted = preTokenizer.sorted
    if sorted == TokenizerComponents.clusters.sorted { return .character }
    if sorted == TokenizerComponents.words.sorted { return .whitespace }
    let known = [TokenizerComponents.clusters, TokenizerComponents.words].map(TokenizerComponents.name(of:))
    let instead = "it reads ByteLevel; \(known.joined(separator: "; "))"
    guard preTokenizer != .null else { throw damaged("it has no pre-tokenizer; \(instead)") }
    var name = "the pre-tokenizer \(TokenizerComponents.name(of: preTokenizer))"
    if preTokenizer["type"] == "ByteLevel" {
      try check(preTokenizer, name, has: ["type", "add_prefix_space", "trim_offsets", "use_regex"])
      let usesRegex = [.null, true].contains(preTokenizer["use_regex"])
      if preTokenizer["add_prefix_space"] == false, usesRegex { return .subword }
      name += usesRegex ? " with add_prefix_space" : " without use_regex"
    }
    throw unsupported(name, instead)
  }

  /// A decoder changes no ids, but another one would show that more than the ids is meant.
  private func checkDecoder(_ decoder: JSONValue, _ kind: TokenizerKind) throws(TokenizerFileError) {
    let expected: JSONValue
    switch kind {
    case .subword: expected = TokenizerComponents.byteLevelDecoder
    case .whitespace: expected = TokenizerComponents.wordsDecoder
    default: expected = TokenizerComponents.fuse
    }
    let isSame = kind == .subword ? decoder["type"] == "ByteLevel" : decoder.sorted == expected.sorted
    guard decoder == .null || isSame else {
      throw unsupported(
        "the decoder \(TokenizerComponents.name(of: decoder))",
        "after this pre-tokenizer it reads \(TokenizerComponents.name(of: expected)), or null")
    }
  }

  /// That of `ByteLevel` only moves the offsets of tokens, which Rondo does not have.
  private func checkPostProcessor(_ processor: JSONValue) throws(TokenizerFileError) {
    guard processor == .null || processor["type"] == "ByteLevel" else {
      throw unsupported(
        "the post-processor \(TokenizerComponents.name(of: processor))", "it reads ByteLevel or null")
    }
  }

  private func checkModel(_ model: JSONValue, _ kind: TokenizerKind) throws(TokenizerFileError) {
    guard case .object = model else { throw damaged("it has no model") }
    let expected = kind == .subword ? "BPE" : "WordLevel"
    // Old files do not name the type of their model; only one has merges.
    let isOld = model["type"] == .null && model["merges"] != .null
    let name = isOld ? "BPE" : TokenizerComponents.name(of: model)
    guard name == expected else {
      throw unsupported("the model \(name)", "after this pre-tokenizer it reads \(expected)")
    }
    guard kind == .subword else {
      return try check(model, "its model", has: ["type", "vocab", "unk_token"])
    }
    try check(
      model, "its model",
      has: [
        "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
        "byte_fallback", "ignore_merges", "vocab", "merges",
      ])
    // Where each byte is a token, nothing is unknown: unk_token and fuse_unk do nothing.
    let usual: [(String, [JSONValue])] = [
      ("dropout", [.null]), ("continuing_subword_prefix", [.null, ""]), ("end_of_word_suffix", [.null, ""]),
      ("byte_fallback", [.null, false]), ("ignore_merges", [.null, false]),
    ]
    for (option, values) in usual where !values.contains(model[option]) {
      throw unsupported("\(option) in its model", "train and save the tokenizer without it")
    }
  }

  // MARK: Shapes

  /// Refuses members of an object that might mean anything.
  func check(_ object: JSONValue, _ place: String, has keys: Set<String>) throws(TokenizerFileError) {
    guard case .object(let members) = object else { throw damaged("\(place) is no JSON object") }
    guard let other = members.first(where: { !keys.contains($0.key) }) else { return }
    throw unsupported(
      "the member \(TokenizerFileError.quoted(other.key)) in \(place)", "take it out if it does nothing")
  }

  func string(_ value: JSONValue, _ place: String) throws(TokenizerFileError) -> String {
    guard case .string(let string) = value else { throw damaged("\(place) is no string") }
    return string
  }

  func unsupported(_ part: String, _ instead: String) -> TokenizerFileError {
    .unsupported(path: path, part: part, instead: instead)
  }

  func damaged(_ reason: String) -> TokenizerFileError { .damaged(path: path, reason: reason) }
}
