import RondoText

/// What the names of tokens in a file stand for.
struct TokenNames {
  let kind: TokenizerKind
  /// The token for what is unknown; nil where nothing is.
  let unknown: String?
  /// The token between documents; nil where the file has none.
  let boundary: String?

  /// nil where the name has a character that stands for no byte.
  func token(_ name: String) -> VocabularyEntry.Token? {
    let bytes = Array(name.utf8)
    if let unknown, bytes == Array(unknown.utf8) { return .special(.unknown) }
    if let boundary, bytes == Array(boundary.utf8) { return .special(.boundary) }
    switch kind {
    case .whitespace where name == "\n": return .special(.endOfLine)
    case .subword: return ByteAlphabet.token(named: name).map { .bytes($0) }
    default: return .bytes(bytes)
    }
  }
}

extension TokenizerFileReader {
  /// A token that a file lists beside its model.
  struct AddedToken {
    var content: String
    var id: Int
    var isSpecial: Bool
  }

  func addedTokens(_ list: JSONValue) throws(TokenizerFileError) -> [AddedToken] {
    if list == .null { return [] }
    guard case .array(let list) = list else { throw damaged("its added_tokens are no list") }
    var tokens: [AddedToken] = []
    for token in list {
      try check(
        token, "an added token",
        has: ["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"])
      let content = try string(token["content"], "the content of an added token")
      let id = try id(token["id"], of: content)
      tokens.append(AddedToken(content: content, id: id, isSpecial: token["special"] == true))
    }
    return tokens
  }

  /// The added token that stands between documents: the special one that is not the unknown one.
  func boundary(
    _ added: [AddedToken], _ unknown: String?, _ kind: TokenizerKind
  ) throws(TokenizerFileError) -> AddedToken? {
    // By bytes: strings are equal where they are canonically equivalent.
    let unknown = unknown.map { Array($0.utf8) }
    let others = added.filter { Array($0.content.utf8) != unknown }
    if let plain = others.first(where: { !$0.isSpecial }) {
      throw unsupported(
        "the added token \(TokenizerFileError.quoted(plain.content)) that is not special",
        "it takes tokens from the model alone")
    }
    if kind == .whitespace, let special = others.first {
      throw unsupported(
        "the special token \(TokenizerFileError.quoted(special.content))",
        "beside words a whitespace tokenizer has the unknown one and the line feed")
    }
    guard others.count < 2 else {
      let names = others.map { TokenizerFileError.quoted($0.content) }
      throw unsupported(
        "the special tokens \(names.joined(separator: ", "))", "it has one, for the boundary of documents")
    }
    return others.first
  }

  /// The tokens of the model and those that are added, with their ids.
  func tokens(
    _ vocabulary: JSONValue, _ added: [AddedToken]
  ) throws(TokenizerFileError) -> [(name: String, id: Int)] {
    guard case .object(let members) = vocabulary else {
      throw damaged("the vocab of its model is no JSON object")
    }
    guard !members.isEmpty else { throw damaged("its vocabulary is empty") }
    var tokens: [(name: String, id: Int)] = []
    for member in members { tokens.append((member.key, try id(member.value, of: member.key))) }
    var ids = Dictionary(uniqueKeysWithValues: tokens.map { (Array($0.name.utf8), $0.id) })
    for token in added {
      guard let own = ids.updateValue(token.id, forKey: Array(token.content.utf8)) else {
        tokens.append((token.content, token.id))
        continue
      }
      guard own == token.id else {
        throw damaged(
          "the token \(TokenizerFileError.quoted(token.content)) has the id \(own), and as an added token \(token.id)"
        )
      }
    }
    return tokens
  }

  /// The vocabulary with the tokens in the order of their ids, and after them the boundary where there is none.
  func vocabulary(
    _ tokens: [(name: String, id: Int)], _ names: TokenNames
  ) throws(TokenizerFileError) -> Vocabulary {
    var owners = [String?](repeating: nil, count: tokens.count)
    for token in tokens where token.id < owners.count {
      if let owner = owners[token.id] {
        throw damaged(
          "the tokens \(TokenizerFileError.quoted(owner)) and \(TokenizerFileError.quoted(token.name)) "
            + "both have the id \(token.id)")
      }
      owners[token.id] = token.name
    }
    var entries: [VocabularyEntry] = []
    for (id, name) in owners.enumerated() {
      // There are as many ids as tokens, so for each that is too large one is missing.
      guard let name else { throw damaged("no token has the id \(id), though there are larger ones") }
      guard let token = names.token(name) else {
        throw damaged("its token \(TokenizerFileError.quoted(name)) has characters that stand for no byte")
      }
      entries.append(VocabularyEntry(token, count: 0))
    }
    let unknownWord = VocabularyEntry.Token.bytes(Array(SpecialToken.unknown.rawValue.utf8))
    if names.kind == .whitespace, let unknown = names.unknown,
      entries.contains(where: { $0.token == unknownWord })
    {
      throw unsupported(
        "the word '<unk>' beside the unk_token \(TokenizerFileError.quoted(unknown))",
        "for a whitespace tokenizer that word in a text is the unknown token")
    }
    func has(_ special: SpecialToken) -> Bool { entries.contains { $0.token == .special(special) } }
    if let unknown = names.unknown, !has(.unknown) {
      throw damaged("its unk_token \(TokenizerFileError.quoted(unknown)) is no token of its vocabulary")
    }
    if names.kind == .whitespace, !has(.endOfLine) {
      throw damaged("its vocabulary has no line feed, which is a token of a whitespace tokenizer")
    }
    if names.kind != .whitespace, !has(.boundary) {
      entries.append(VocabularyEntry(.special(.boundary), count: 0))
    }
    do {
      return try Vocabulary(entries: entries)
    } catch {
      throw damaged(error.description)
    }
  }

  /// Merges as pairs of names, or, as older files have them, as two names with a space between.
  func merges(_ list: JSONValue, _ vocabulary: Vocabulary) throws(TokenizerFileError) -> [SubwordMerge] {
    guard case .array(let list) = list else { throw damaged("the merges of its model are no list") }
    var merges: [SubwordMerge] = []
    for (index, merge) in list.enumerated() {
      var names: [String] = []
      switch merge {
      case .string(let pair):
        names = pair.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      case .array(let pair): for name in pair { names.append(try string(name, "a name in merge \(index)")) }
      default: break
      }
      guard names.count == 2 else { throw damaged("merge \(index) is not of two tokens") }
      var ids: [UInt32] = []
      for name in names {
        guard let id = ByteAlphabet.token(named: name).flatMap({ vocabulary.id(of: $0) }) else {
          throw damaged(
            "merge \(index) names \(TokenizerFileError.quoted(name)), which is no token of its vocabulary")
        }
        ids.append(id)
      }
      merges.append(SubwordMerge(ids[0], ids[1]))
    }
    return merges
  }

  private func id(_ value: JSONValue, of name: String) throws(TokenizerFileError) -> Int {
    guard case .integer(let id) = value else {
      throw damaged("the id of the token \(TokenizerFileError.quoted(name)) is no whole number from 0 on")
    }
    return id
  }
}
