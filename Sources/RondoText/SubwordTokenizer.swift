/// Byte-level byte-pair encoding, as GPT-2 has it (Radford et al. 2019): a text is cut into pre-tokens, and the bytes of each
/// are merged into the tokens that a text was found to have most often.
///
/// The 256 bytes are entries, so every text can be written. `<boundary>` is 0, if the vocabulary is not another program's.
struct SubwordTokenizer: ContiguousScheme {
  static let usualLength = 200

  let vocabulary: Vocabulary
  let merges: [SubwordMerge]
  let startID: UInt32
  private let byteIDs: [UInt32]
  private let rules: MergeRules

  init(vocabulary: Vocabulary, merges: [SubwordMerge], unknown: UnknownPolicy) throws(TextError) {
    startID = try vocabulary.ids(of: [.boundary], for: .subword)[0]
    byteIDs = try vocabulary.byteIDs()
    rules = try MergeRules(merges, in: vocabulary)
    self.vocabulary = vocabulary
    self.merges = merges
  }

  @inline(__always)
  static func endOfUnit(_ text: [UInt8], from start: Int) -> Int { endOfPreToken(text, from: start) }

  static func canCut(_ text: [UInt8], at offset: Int, _ normalizer: Normalizer) -> Bool {
    canCutPreTokens(text, at: offset, normalizer)
  }

  static func make(of counts: UnitCounts, _ settings: TokenizerSettings) throws(TextError) -> SubwordTokenizer
  {
    let firstID: UInt32 = 1
    let smallest = Int(firstID) + ByteAlphabet.bytes.count
    if let size = settings.vocabularySize, size < smallest {
      throw .vocabularySizeTooSmall(size: size, minimum: smallest)
    }
    var trainer = SubwordTrainer(counts, alphabet: ByteAlphabet.bytes, firstID: firstID)
    let merges = trainer.train(
      tokenCount: settings.vocabularySize.map { $0 - Int(firstID) } ?? .max,
      minimumCount: settings.minimumCount)
    var entries = [VocabularyEntry(.special(.boundary), count: 0)]
    for index in 0..<trainer.tokens.count {
      entries.append(VocabularyEntry(.bytes(Array(trainer.tokens[index])), count: 0))
    }
    let uncounted = try SubwordTokenizer(
      vocabulary: Vocabulary(entries: entries), merges: merges, unknown: settings.unknown)
    return try SubwordTokenizer(
      vocabulary: uncounted.vocabularyCounting(counts.all), merges: merges, unknown: settings.unknown)
  }

  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> Tokenizer.Encoding {
    var ids: [UInt32] = []
    ids.reserveCapacity(text.count / 3)
    var position = 0
    while position < text.count {
      let end = endOfPreToken(text, from: position)
      let piece = position..<end
      if piece.count == 1 {
        ids.append(byteIDs[Int(text[position])])
      } else if !scratch.known.append(text, in: piece, to: &ids) {
        merge(text, in: piece, &scratch.merging)
        ids += scratch.merging.symbols
        scratch.known.insert(text, in: piece, scratch.merging.symbols)
      }
      position = end
    }
    return Tokenizer.Encoding(ids: ids, UnknownPieces())
  }

  /// Leaves the ids of a pre-token in `merging.symbols`.
  private func merge(_ text: [UInt8], in piece: Range<Int>, _ merging: inout MergeRoom) {
    merging.symbols.removeAll(keepingCapacity: true)
    for byte in text[piece] { merging.symbols.append(byteIDs[Int(byte)]) }
    rules.merge(&merging)
  }

  /// The last pre-token is open: a word may go on, and white space may belong to what comes. So is an apostrophe before it
  /// that it can make a contraction with. A long one would cost a draw for each of its tokens.
  func startOfOpenEnd(_ text: [UInt8]) -> Int {
    Self.startOfLastUnit(text) { unit, last in
      text[unit] == [0x27] && last.count == 1 && "lrv".utf8.contains(text[last.lowerBound])
    }
  }

  /// What a token spells can always be spelled.
  func isOneUnit(_ bytes: [UInt8]) -> Bool { true }
}
