import Foundation
import Testing

@testable import Rondo
@testable import RondoText

/// What is no tokenizer of Rondo, or is damaged, is refused with a line that names it.
struct TokenizerFileReaderTests {
  /// A file for characters.
  private static let characters = #"""
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":1,"content":"<s>","special":true}],
    "normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\X"},"behavior":"Isolated",
    "invert":false},"post_processor":null,"decoder":{"type":"Fuse"},"model":{"type":"WordLevel",
    "vocab":{"<unk>":0,"<s>":1,"a":2,"b":3},"unk_token":"<unk>"}}
    """#

  /// One for subwords: the bytes, `ab` and `abc`.
  private static let subwords: String = {
    let names = (0...255).map { ByteAlphabet.name(of: [UInt8($0 as Int)]) } + ["ab", "abc"]
    let vocabulary = names.enumerated().map {
      "\(String(decoding: JSONValue.quoted($1), as: UTF8.self)):\($0)"
    }
    return #"""
      {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":
      {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},"post_processor":null,
      "decoder":{"type":"ByteLevel"},"model":{"type":"BPE","dropout":null,"byte_fallback":false,
      "vocab":{\#(vocabulary.joined(separator: ","))},"merges":[["a","b"],["ab","c"]]}}
      """#
  }()

  private static let words = #"""
    {"version":"1.0","added_tokens":[],"pre_tokenizer":{"type":"Sequence","pretokenizers":[
    {"type":"Split","pattern":{"String":"\n"},"behavior":"Isolated","invert":false},
    {"type":"Split","pattern":{"Regex":"[ \\t\\x0B\\f\\r]+"},"behavior":"Removed","invert":false}]},
    "model":{"type":"WordLevel","vocab":{"a":0,"\n":1,"[UNK]":2},"unk_token":"[UNK]"}}
    """#

  private func read(_ file: String) throws(TokenizerFileError) -> Tokenizer {
    try Tokenizer(huggingFace: Array(file.utf8), path: "t.json")
  }

  /// The line that says why a file is refused; nil where it is not.
  private func refusal(_ file: String) -> String? {
    do throws(TokenizerFileError) {
      _ = try read(file)
      return nil
    } catch {
      return error.description
    }
  }

  private func refusal(_ file: String, _ old: String, _ new: String) -> String? {
    #expect(file.contains(old), "\(old)")
    return refusal(file.replacingOccurrences(of: old, with: new))
  }

  @Test func theFilesAreSound() throws {
    let characters = try read(Self.characters)
    #expect(characters.kind == .character && characters.normalizer.form == .nfc && characters.boundaryID == 1)
    #expect(try characters.encode(Array("ab<unk>".utf8)).ids == [2, 3, 0, 0, 0, 0, 0])
    let subwords = try read(Self.subwords)
    #expect(subwords.boundaryID == 258 && subwords.normalizer.form == .none)
    #expect(try subwords.encode(Array("abcab\n".utf8)).ids == [257, 256, 0x0A])
    let words = try read(Self.words)
    #expect(words.startID == 1 && words.unknownID == 2 && words.boundaryID == nil)
    #expect(try words.encode(Array(" a\n\nb\t[UNK] <unk>".utf8)).ids == [0, 1, 1, 2, 2, 2])
  }

  @Test func theOrderOfMembersMeansNothing() throws {
    let other = Self.characters.replacingOccurrences(
      of: #"{"type":"Split","pattern":{"Regex":"\\X"},"#, with: #"{"pattern":{"Regex":"\\X"},"type":"Split","#
    )
    #expect(other != Self.characters)
    #expect(try read(other) == read(Self.characters))
  }

  @Test func whereNoTokenIsSpecialTheBoundaryComesLast() throws {
    let file = Self.characters.replacingOccurrences(of: #"{"id":1,"content":"<s>","special":true}"#, with: "")
    let tokenizer = try read(file)
    #expect(tokenizer.boundaryID == 4)
    #expect(tokenizer.vocabulary.entries[1].token == .bytes(Array("<s>".utf8)))
  }

  @Test func addedTokensMayBeAfterTheModel() throws {
    let added = #"[{"id":5,"content":"<s>","special":true},{"id":4,"content":"<unk>","special":true}]"#
    let file = Self.characters.replacingOccurrences(
      of: #"[{"id":1,"content":"<s>","special":true}]"#, with: added
    ).replacingOccurrences(of: #""<unk>":0,"<s>":1,"a":2,"b":3"#, with: #""a":0,"b":1,"c":2,"d":3"#)
    let tokenizer = try read(file)
    #expect(tokenizer.unknownID == 4 && tokenizer.boundaryID == 5)
  }

  @Test func canonicallyEquivalentTokensAreTwo() throws {
    let file = Self.characters.replacingOccurrences(of: #""b":3"#, with: "\"\u{E9}\":3,\"e\u{301}\":4")
    #expect(try read(file).vocabulary.id(of: [0xC3, 0xA9]) == 3)
    #expect(try read(file).vocabulary.id(of: Array("e\u{301}".utf8)) == 4)

    let special = Self.characters.replacingOccurrences(of: "<unk>", with: "\u{E9}")
      .replacingOccurrences(of: "<s>", with: "e\u{301}")
    #expect(try read(special).unknownID == 0 && read(special).boundaryID == 1)
  }

  @Test func aByteOrderMarkIsNoPartOfTheFile() throws {
    let marked = try Tokenizer(huggingFace: [0xEF, 0xBB, 0xBF] + Array(Self.characters.utf8))
    #expect(marked == (try read(Self.characters)))
  }

  @Test func anAddedTokenMayBeThereTwice() throws {
    let boundary = #"{"id":1,"content":"<s>","special":true}"#
    let unknown = #"{"id":0,"content":"<unk>","special":true}"#
    let added = ([boundary] + Array(repeating: unknown, count: 3)).joined(separator: ",")
    #expect(
      try read(Self.characters.replacingOccurrences(of: boundary, with: added)) == read(Self.characters))
    let other = unknown.replacingOccurrences(of: "0", with: "4")
    #expect(
      refusal(Self.characters, boundary, "\(boundary),\(unknown),\(other)")
        == "'t.json': no sound tokenizer: the token '<unk>' has the id 0, and as an added token 4")
  }

  // MARK: What Rondo does not have

  @Test func components() {
    func check(
      _ old: String, _ new: String, _ part: String, _ instead: String, in file: String = Self.characters
    ) {
      #expect(
        refusal(file, old, new) == "'t.json' has \(part), which rondo does not have; \(instead)")
    }
    let preTokenizers =
      "it reads ByteLevel; Split by '\\X', Isolated; Sequence of Split by '\\n', Isolated, "
      + "Split by '[ \\t\\x0B\\f\\r]+', Removed"
    let split =
      #"{"type":"Split","pattern":{"Regex":"\\X"},"behavior":"Isolated","# + "\n" + #""invert":false}"#
    check(split, #"{"type":"Metaspace","split":true}"#, "the pre-tokenizer Metaspace", preTokenizers)
    #expect(
      refusal(Self.characters, split, "null")
        == "'t.json': no sound tokenizer: it has no pre-tokenizer; \(preTokenizers)")
    check(split, "[1]", "the pre-tokenizer without a type", preTokenizers)
    check(
      split, #"{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"Punctuation"}]}"#,
      "the pre-tokenizer Sequence of Digits, Punctuation", preTokenizers)
    check(
      #""invert":false"#, #""invert":true"#, "the pre-tokenizer Split by '\\X', Isolated, inverted",
      preTokenizers)
    check(#"\\X"#, #"\\s\n"#, "the pre-tokenizer Split by '\\s\\n', Isolated", preTokenizers)
    check(
      #""add_prefix_space":false"#, #""add_prefix_space":true"#,
      "the pre-tokenizer ByteLevel with add_prefix_space", preTokenizers, in: Self.subwords)
    check(
      #""use_regex":true"#, #""use_regex":false"#, "the pre-tokenizer ByteLevel without use_regex",
      preTokenizers, in: Self.subwords)

    let normalizers = "it reads NFC, NFD, NFKC, NFKD or null"
    check(#"{"type":"NFC"}"#, #"{"type":"Lowercase"}"#, "the normalizer Lowercase", normalizers)
    check(
      #"{"type":"NFC"}"#, #"{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"StripAccents"}]}"#,
      "the normalizer Sequence of NFC, StripAccents", normalizers)

    check(
      #"{"type":"Fuse"}"#, #"{"type":"WordPiece","prefix":"x","cleanup":true}"#, "the decoder WordPiece",
      "after this pre-tokenizer it reads Fuse, or null")
    check(
      #"{"type":"ByteLevel"}"#, #"{"type":"Fuse"}"#, "the decoder Fuse",
      "after this pre-tokenizer it reads ByteLevel, or null", in: Self.subwords)
    check(
      #""post_processor":null"#, #""post_processor":{"type":"TemplateProcessing","single":[]}"#,
      "the post-processor TemplateProcessing", "it reads ByteLevel or null")
    check(
      #""truncation":null"#, #""truncation":{"max_length":512}"#, "truncation",
      "save the tokenizer without it")
    check(#""padding":null"#, #""padding":{}"#, "padding", "save the tokenizer without it")

    check(
      #""WordLevel""#, #""Unigram""#, "the model Unigram", "after this pre-tokenizer it reads WordLevel")
    check(#""WordLevel""#, #""BPE""#, "the model BPE", "after this pre-tokenizer it reads WordLevel")
    check(
      #""BPE""#, #""WordPiece""#, "the model WordPiece", "after this pre-tokenizer it reads BPE",
      in: Self.subwords)
    for (option, value, usual) in [
      ("dropout", "0.1", "null"), ("byte_fallback", "true", "false"),
    ] {
      check(
        "\"\(option)\":\(usual)", "\"\(option)\":\(value)", "\(option) in its model",
        "train and save the tokenizer without it", in: Self.subwords)
    }
    for (option, value) in [
      ("ignore_merges", "true"), ("continuing_subword_prefix", "\"x\""), ("end_of_word_suffix", "\"</w>\""),
    ] {
      check(
        #""type":"BPE""#, #""type":"BPE","\#(option)":\#(value)"#, "\(option) in its model",
        "train and save the tokenizer without it", in: Self.subwords)
    }

    let unknownMember = "take it out if it does nothing"
    check(#""version""#, #""x\ty":1,"version""#, "the member 'x\\u{9}y' in the file", unknownMember)
    check(#""unk_token""#, #""x":1,"unk_token""#, "the member 'x' in its model", unknownMember)
    check(#""special""#, #""y":1,"special""#, "the member 'y' in an added token", unknownMember)
  }

  @Test func specialTokens() {
    func check(_ added: String, _ part: String, _ instead: String, in file: String = Self.subwords) {
      #expect(
        refusal(file, #""added_tokens":[]"#, #""added_tokens":[\#(added)]"#)
          == "'t.json' has \(part), which rondo does not have; \(instead)")
    }
    check(
      #"{"id":258,"content":"<s>","special":true},{"id":259,"content":"</s>","special":true}"#,
      "the special tokens '<s>', '</s>'", "it has one, for the boundary of documents")
    let many = (0..<1000).map { "{\"id\":\($0),\"content\":\"<\($0)>\",\"special\":true}" }
    let line = refusal(
      Self.subwords, #""added_tokens":[]"#, "\"added_tokens\":[\(many.joined(separator: ","))]")
    #expect(line?.contains("the special tokens '<0>', '<1>', '<2>',") == true && (line?.count ?? 0) < 700)
    check(
      #"{"id":258,"content":"  ","special":false}"#, "the added token '  ' that is not special",
      "it takes tokens from the model alone")
    check(
      #"{"id":3,"content":"<pad>","special":true}"#, "the special token '<pad>'",
      "beside words a whitespace tokenizer has the unknown one and the line feed", in: Self.words)
    #expect(
      refusal(Self.words, #""a":0"#, #""<unk>":0"#)
        == "'t.json' has the word '<unk>' beside the unk_token '[UNK]', which rondo does not have; "
        + "for a whitespace tokenizer that word in a text is the unknown token")
  }

  @Test func versions() {
    let file = Self.characters
    #expect(
      refusal(file, #""1.0""#, #""2.0""#)
        == "'t.json' has version '2.0', which rondo does not read; it reads '1.0'")
    #expect(
      refusal(file, #""version":"1.0","#, "")
        == "'t.json' has no version, so it is no tokenizer.json; rondo reads version '1.0'")
    #expect(refusal(file, #""1.0""#, "1") == "'t.json': no sound tokenizer: its version is no string")
  }

  // MARK: Damage

  @Test func noJSON() {
    let file = Array(Self.subwords.utf8)
    for length in [0, 1, file.count / 2, file.count - 1] {
      let cut = refusal(String(decoding: file[..<length], as: UTF8.self))
      #expect(cut?.hasPrefix("'t.json': no sound JSON at byte ") == true, "\(cut ?? "")")
    }
    #expect(refusal(#"{"a":"#) == "'t.json': no sound JSON at byte 5: the JSON ends too early")
    let twice = refusal(Self.characters, #""b":3"#, #""a":3"#)
    #expect(twice?.hasSuffix(": the key 'a' occurs twice") == true, "\(twice ?? "")")
    let surrogate = refusal(Self.characters, #""b":3"#, #""\ud800":3"#)
    #expect(surrogate?.hasSuffix(": half a surrogate pair") == true, "\(surrogate ?? "")")
    #expect(throws: TokenizerFileError.notJSON(path: "t.json", reason: "invalid UTF-8", offset: 2)) {
      try Tokenizer(huggingFace: [0x7B, 0x22, 0xFF, 0x22], path: "t.json")
    }
  }

  @Test func damage() {
    func check(_ old: String, _ new: String, _ reason: String, in file: String = Self.characters) {
      #expect(refusal(file, old, new) == "'t.json': no sound tokenizer: \(reason)")
    }
    #expect(refusal("[]") == "'t.json': no sound tokenizer: it is no JSON object")
    check(#""decoder":null"#, #""decoder":{"type":"ByteLevel"}"#, "it has no model", in: modelless)
    let vocabulary = #"{"<unk>":0,"<s>":1,"a":2,"b":3}"#
    check(vocabulary, "[]", "the vocab of its model is no JSON object")
    check(vocabulary, "{}", "its vocabulary is empty")
    check(#""b":3"#, #""b":4"#, "no token has the id 3, though there are larger ones")
    check(
      #""b":3"#, #""b":9223372036854775807"#, "no token has the id 3, though there are larger ones")
    check(#""b":3"#, #""b":2"#, "the tokens 'a' and 'b' both have the id 2")
    for id in ["-1", "1.5", "\"3\"", "9223372036854775808", "null"] {
      check(#""b":3"#, #""b":\#(id)"#, "the id of the token 'b' is no whole number from 0 on")
    }
    check(#""b":3"#, #""":3"#, "entry 3 of the vocabulary is empty")
    check(#""unk_token":"<unk>""#, #""unk_token":null"#, "the unk_token is no string")
    check(
      #""unk_token":"<unk>""#, #""unk_token":"?""#, "its unk_token '?' is no token of its vocabulary")
    check(#""id":1"#, #""id":2"#, "the token '<s>' has the id 1, and as an added token 2")
    check(#""content":"<s>""#, #""content":"x""#, "the tokens '<s>' and 'x' both have the id 1")
    check(#"[{"id":1,"content":"<s>","special":true}]"#, "{}", "its added_tokens are no list")
    check(#"[{"id":1,"content":"<s>","special":true}]"#, "[1]", "an added token is no JSON object")
    check(#""content":"<s>""#, #""content":1"#, "the content of an added token is no string")
    check(
      #""\n":1"#, #""c":1"#, "its vocabulary has no line feed, which is a token of a whitespace tokenizer",
      in: Self.words)
  }

  private let modelless =
    #"{"version":"1.0","decoder":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}"#

  @Test func damagedMerges() {
    func check(_ merges: String, _ reason: String) {
      #expect(
        refusal(Self.subwords, #"[["a","b"],["ab","c"]]"#, merges)
          == "'t.json': no sound tokenizer: \(reason)")
    }
    check("null", "the merges of its model are no list")
    check("[1]", "merge 0 is not of two tokens")
    check(#"["a b","abc"]"#, "merge 1 is not of two tokens")
    check(#"["a b c"]"#, "merge 0 is not of two tokens")
    check(#"[["a","b","c"]]"#, "merge 0 is not of two tokens")
    check(#"[["a",1]]"#, "a name in merge 0 is no string")
    check(#"["a b","ab x"]"#, #"merge 1 of the tokenizer makes "abx", which is no entry of its vocabulary"#)
    check(#"["a b","xy c"]"#, "merge 1 names 'xy', which is no token of its vocabulary")
    check(#"[["a",""]]"#, "merge 0 names '', which is no token of its vocabulary")
    check(#"[["漢","b"]]"#, "merge 0 names '漢', which is no token of its vocabulary")
    check(#"["a b","a b"]"#, "merge 1 of the tokenizer is there twice")
    func vocabulary(_ old: String, _ new: String, _ reason: String) {
      #expect(refusal(Self.subwords, old, new) == "'t.json': no sound tokenizer: \(reason)")
    }
    vocabulary(#""ab":"#, #""a b":"#, "its token 'a b' has characters that stand for no byte")
    vocabulary(
      #""x":120"#, #""xx":120"#, "the vocabulary has no entry for the byte 120, as spelling with bytes needs")
  }

  /// Whatever a file says, there is an answer: no trap, and no tokenizer that is half of one.
  @Test func randomDamageNeverTraps() {
    var generator = SplitMix64(state: 12)
    let pieces = [
      "null", "{}", "[]", "0", "-1", "3", "true", "\"a\"", "\"<unk>\"", "\"ab\"", "4294967296",
      "9223372036854775807",
      ",", ":", "}", "]",
    ]
    var refused = 0
    for file in [Self.characters, Self.subwords, Self.words] {
      let tokens = file.split(separator: /(?=["{}\[\]:,0-9])/).map(String.init)
      for _ in 0..<700 {
        var damaged = tokens
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
          let place = Int.random(in: 0..<damaged.count, using: &generator)
          if Bool.random(using: &generator) {
            damaged[place] = pieces.randomElement(using: &generator) ?? ""
          } else {
            damaged.swapAt(place, Int.random(in: 0..<damaged.count, using: &generator))
          }
        }
        if let line = refusal(damaged.joined()) {
          refused += 1
          #expect(!line.contains("\n"))
        }
      }
    }
    #expect(refused > 1000 && refused <= 2100)
  }
}
