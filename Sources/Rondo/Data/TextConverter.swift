/// Makes UTF-8 of the bytes of a file, part by part: unpacks what is compressed, then converts what has a byte-order mark
/// of UTF-16 or UTF-32, or was said to be in some encoding.
///
/// The mark of UTF-8 stays where it is. Without anything to do, the bytes come out as they went in.
struct TextConverter {
  private let name: String
  private var encoding: String?
  private let anyBytes: Bool
  private let unpacker: (any Unpacker)?
  /// The first bytes of the text, until there are enough of them to see a mark; nil after them.
  private var beginning: [UInt8]? = []
  private var decoder: CharacterDecoder?
  /// The bytes before those that the decoder gets.
  private var markCount = 0

  /// - Parameters:
  ///   - name: the document's, for errors.
  ///   - beginning: some bytes from the start of the file, to look at: the compression follows from them.
  ///   - encoding: that of text without a mark; nil is UTF-8.
  ///   - anyBytes: whether nothing is decoded.
  /// - Throws: `CorpusError.needsTrait` for what this build cannot unpack.
  init(name: String, beginning: [UInt8], encoding: String?, anyBytes: Bool) throws(CorpusError) {
    self.name = name
    self.encoding = encoding
    self.anyBytes = anyBytes
    unpacker = try Compression(beginning)?.unpacker(for: name)
  }

  /// Takes the next bytes, and hands on the text that they give.
  ///
  /// - Throws: `CorpusError.damaged`, `CorpusError.undecodable`, and what `receive` throws.
  mutating func convert(
    _ bytes: [UInt8], receiving receive: ([UInt8]) throws(CorpusError) -> Void
  ) throws(CorpusError) {
    guard let unpacker else { return try decode(bytes, receive) }
    try unpacker.unpack(bytes) { (part) throws(CorpusError) in try decode(part, receive) }
  }

  /// Says that there are no more bytes, and hands on the rest of the text.
  ///
  /// - Throws: as `convert`, also where the end of something is missing.
  mutating func finish(receiving receive: ([UInt8]) throws(CorpusError) -> Void) throws(CorpusError) {
    try unpacker?.finish()
    if let rest = beginning { try begin(rest, receive) }
    guard let decoder else { return }
    let rest: [UInt8]
    do { rest = try decoder.finish() } catch { throw undecodable(error) }
    try receive(rest)
  }

  private mutating func decode(
    _ bytes: [UInt8], _ receive: ([UInt8]) throws(CorpusError) -> Void
  ) throws(CorpusError) {
    guard var start = beginning else { return try receive(decoded(bytes)) }
    start += bytes
    beginning = start
    if start.count >= ByteOrderMark.longest { try begin(start, receive) }
  }

  /// Sees from the first bytes how the text is encoded, and takes a mark away that only said that.
  private mutating func begin(
    _ start: [UInt8], _ receive: ([UInt8]) throws(CorpusError) -> Void
  ) throws(CorpusError) {
    beginning = nil
    var text = start
    if !anyBytes, let mark = ByteOrderMark.wide(start) {
      text.removeFirst(mark.count)
      markCount = mark.count
      decoder = CharacterDecoder(mark.encoding)
      encoding = mark.encoding
    } else if !anyBytes, let encoding, !start.starts(with: ByteOrderMark.utf8) {
      decoder = CharacterDecoder(encoding)
    }
    try receive(decoded(text))
  }

  private func decoded(_ bytes: [UInt8]) throws(CorpusError) -> [UInt8] {
    guard let decoder else { return bytes }
    do { return try decoder.decode(bytes) } catch { throw undecodable(error) }
  }

  private func undecodable(_ failure: CharacterDecoder.Failure) -> CorpusError {
    .undecodable(name: name, encoding: encoding ?? "UTF-8", offset: markCount + failure.offset)
  }
}
