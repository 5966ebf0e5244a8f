import Foundation
import Testing

@testable import Rondo
@testable import RondoText

/// What becomes of a tokenizer in a `tokenizer.json` and back.
struct TokenizerFileTests {
  private static let text =
    "the fox ran over a hill\nand saw the moon,\r\nwho had no idea of it.\n\ne\u{301} \u{E9} 漢字 👩‍👩‍👧 \u{0}\t\"\\"

  private static func build(_ kind: TokenizerKind, _ form: NormalizationForm) throws -> Tokenizer {
    try Tokenizer.build(
      TokenizerSettings(kind: kind, normalizer: Normalizer(form: form), minimumCount: 1),
      from: [Array(text.utf8)])
  }

  static func uncounted(_ tokenizer: Tokenizer) throws -> Tokenizer {
    try Tokenizer(
      kind: tokenizer.kind, normalizer: tokenizer.normalizer,
      vocabulary: Vocabulary(
        entries: tokenizer.vocabulary.entries.map { VocabularyEntry($0.token, count: 0) }),
      merges: tokenizer.merges, unknown: tokenizer.unknown)
  }

  @Test(
    arguments: [TokenizerKind.character, .whitespace, .subword],
    [NormalizationForm.none, .nfc, .nfd, .nfkc, .nfkd])
  func comesBackWithoutItsCounts(_ kind: TokenizerKind, _ form: NormalizationForm) throws {
    let tokenizer = try Self.build(kind, form)
    let json = try tokenizer.huggingFaceJSON()
    let back = try Tokenizer(huggingFace: json)
    #expect(try back == Self.uncounted(tokenizer))
    #expect(try back.huggingFaceJSON() == json)
  }

  @Test func aFileOfCharacters() throws {
    let tokenizer = try Tokenizer.build(TokenizerSettings(), from: [Array("ab\"a".utf8)])
    #expect(
      String(decoding: try tokenizer.huggingFaceJSON(), as: UTF8.self)
        == #"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":1,"content":"<boundary>","#
        + #""single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],"#
        + #""normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\X"},"#
        + #""behavior":"Isolated","invert":false},"post_processor":null,"decoder":{"type":"Fuse"},"#
        + #""model":{"type":"WordLevel","vocab":{"<unk>":0,"<boundary>":1,"a":2,"\"":3,"b":4},"#
        + #""unk_token":"<unk>"}}"#)
  }

  @Test func aWordlistMayHaveTheNamesOfSpecialTokens() throws {
    let text = Array("<eos> <boundary> a\n<unk>".utf8)
    let tokenizer = try Tokenizer.build(TokenizerSettings(kind: .whitespace), from: [text])
    let back = try Tokenizer(huggingFace: tokenizer.huggingFaceJSON())
    #expect(try back.encode(text) == tokenizer.encode(text))
    #expect(back.vocabulary.id(of: Array("<eos>".utf8)) != nil)
  }

  @Test func whatHasNoForm() throws {
    func check(_ tokenizer: Tokenizer, _ reason: String) {
      #expect(throws: TokenizerFileError.notExportable(reason: reason)) { try tokenizer.huggingFaceJSON() }
    }
    let kinds = "; subword, whitespace, and character with --unknown unk have one"
    check(try Self.build(.word, .nfc), "it has no form for a word tokenizer" + kinds)
    check(try Self.build(.byte, .nfc), "it has no form for a byte tokenizer" + kinds)
    check(
      try Tokenizer.build(TokenizerSettings(unknown: .bytes), from: [[0x61]]),
      "it has no form for a character tokenizer that spells with bytes" + kinds)
    check(
      try Tokenizer.build(TokenizerSettings(normalizer: Normalizer(foldsCase: true)), from: [[0x61]]),
      "it has no form for case folding")
    let tokens: [VocabularyEntry.Token] = [
      .special(.unknown), .special(.boundary), .bytes(Array("<unk>".utf8)),
    ]
    check(
      try Tokenizer(
        kind: .character, normalizer: Normalizer(),
        vocabulary: Vocabulary(entries: tokens.map { VocabularyEntry($0, count: 1) })),
      "it would have two entries of the name '<unk>'")
  }

  @Test func savesAndReadsAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "tokenizer.json")
    let tokenizer = try Self.build(.subword, .nfc)
    try tokenizer.saveHuggingFace(to: path)
    #expect(try Tokenizer(huggingFace: path) == Self.uncounted(tokenizer))
    let absent = folder.path(of: "absent.json")
    #expect(throws: TokenizerFileError.notFound(path: absent)) { try Tokenizer(huggingFace: absent) }
    #expect(throws: TokenizerFileError.unreadable(path: folder.path, reason: "it is a folder")) {
      try Tokenizer(huggingFace: folder.path)
    }
  }

  /// A file as those that GPT-2 and others of its time came with: the boundary at the end, merges as text, no type.
  @Test func readsOldFiles() throws {
    let tokenizer = try Self.build(.subword, .none)
    let entries = Array(tokenizer.vocabulary.entries.dropFirst())
    var vocabulary: [String: Int] = [:]
    for (id, entry) in entries.enumerated() {
      guard case .bytes(let bytes) = entry.token else { continue }
      vocabulary[ByteAlphabet.name(of: bytes)] = id
    }
    vocabulary["<|endoftext|>"] = entries.count
    let merges = tokenizer.merges.map { merge in
      [merge.left, merge.right].map { ByteAlphabet.name(of: tokenizer.vocabulary.bytes(of: $0)) }
        .joined(separator: " ")
    }
    let file: [String: Any] = [
      "version": "1.0", "truncation": NSNull(), "normalizer": NSNull(),
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true],
      "post_processor": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false],
      "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true],
      "added_tokens": [["id": entries.count, "content": "<|endoftext|>", "special": true]],
      "model": [
        "unk_token": NSNull(), "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
        "vocab": vocabulary, "merges": merges,
      ],
    ]
    let back = try Tokenizer(huggingFace: Array(JSONSerialization.data(withJSONObject: file)))
    #expect(back.boundaryID == UInt32(entries.count) && back.startID == back.boundaryID)
    #expect(back.vocabulary.entries.dropLast().map(\.token) == entries.map(\.token))
    let text = Array(Self.text.utf8)
    #expect(try back.encode(text).ids == tokenizer.encode(text).ids.map { $0 - 1 })
    #expect(try back.decode([back.startID] + back.encode(text).ids) == text)
  }
}
