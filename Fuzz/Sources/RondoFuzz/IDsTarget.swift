@testable import RondoText

/// A tokenizer, then ids in any order, two bytes each: decodes them at once and one by one.
func testIDs(_ bytes: [UInt8]) {
  var input = FuzzInput(bytes)
  let tokenizer = input.choice(of: tokenizers)
  var ids: [UInt32] = []
  while !input.rest.isEmpty {
    let high = input.number(below: 256)
    ids.append(UInt32((high << 8 | input.number(below: 256)) % tokenizer.vocabularySize))
  }
  checkStreaming(tokenizer, ids)

  let text = tokenizer.decode(ids)
  if type(of: tokenizer.scheme).joinsTokens {
    require(text == ids.flatMap { tokenizer.decode([$0]) }, "tokens are joined with nothing between")
  } else {
    require(outcome { try tokenizer.encode(text) }.orFail.ids == ids, "words between spaces come back")
  }
}

/// One of each kind and policy.
private let tokenizers: [Tokenizer] = TokenizerKind.allCases.flatMap { kind in
  kind.unknownPolicies.map { unknown in
    let settings = TokenizerSettings(kind: kind, unknown: unknown, minimumCount: 1)
    return outcome { try Tokenizer.build(settings, from: [Array(sample.utf8)]) }.orFail
  }
}

/// Text with what joins to clusters: marks, flags, families, syllables, CR LF.
private let sample = """
  The fox and the crow: the fox's the fox, 3.5 and 1,000. it's\r\n\t e\u{301} \u{301} ñ \u{323}\u{200D} 👩\u{200D}👧 👍🏽 🇩🇪🇫🇷 🇯
  हिन्दी क्ष \u{94D}\u{937} 한국 \u{1112}\u{1161}\u{11AB} กำ \u{E33} \u{600}1 カタカナ 漢字 か\u{3099} א\"ב \u{FE0F} \u{FFFD}
  """
