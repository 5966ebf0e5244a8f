/// Reads a text of any length in chunks that can be normalized and cut into units each by itself.
package struct TextChunks {
  /// A part of the text, and where it begins in it.
  struct Chunk: Sendable, Equatable {
    var text: [UInt8]
    var offset: Int
  }

  /// The size that chunks have, more or less: small enough for a core's cache with the ids that come of it.
  package static let usualSize = 1 << 16

  /// The most that is read without a place to cut. Of what is longer no line of text is made, and a tokenizer needs
  /// many times its size.
  package static let longestUncut = 8 << 20

  private let size: Int
  private let canCut: (_ text: [UInt8], _ offset: Int) -> Bool
  /// What has been read and not been given out, from `offset` on.
  private var rest: [UInt8] = []
  private var offset = 0
  /// Up to here `rest` has no place for a cut.
  private var searched = 0

  /// - Parameters:
  ///   - size: how much is read at once; a chunk is longer only where there is no place to cut.
  ///   - canCut: whether a text can be cut at an offset inside it.
  init(size: Int = usualSize, canCut: @escaping (_ text: [UInt8], _ offset: Int) -> Bool) {
    self.size = size
    self.canCut = canCut
  }

  /// The next chunk, or nil at the end of the text.
  ///
  /// - Parameter read: gives at most so many further bytes, and none at the end alone.
  /// - Throws: `TextError.noPlaceToCut`; what `read` throws.
  mutating func next(_ read: (Int) throws -> [UInt8]) throws -> Chunk? {
    while true {
      let more = try read(size)
      if more.isEmpty { return rest.isEmpty ? nil : take(rest.count) }
      rest += more
      guard rest.count >= size else { continue }
      if let cut = lastCut() { return take(cut) }
      guard rest.count > Self.longestUncut else { continue }
      // What is no UTF-8 is not cut, and whoever gets it finds the place.
      guard UTF8Check.isUTF8(upToTheLastSequence: rest) else { return take(rest.count) }
      throw TextError.noPlaceToCut(offset: offset, byteCount: rest.count)
    }
  }

  private mutating func lastCut() -> Int? {
    for place in stride(from: rest.count - 1, to: searched, by: -1) where canCut(rest, place) { return place }
    // The character at the end may not be whole yet, so the last places are looked at again.
    searched = max(searched, rest.count - 4)
    return nil
  }

  private mutating func take(_ count: Int) -> Chunk {
    let after = Array(rest[count...])
    rest.removeLast(after.count)
    defer {
      offset += count
      rest = after
      searched = 0
    }
    return Chunk(text: rest, offset: offset)
  }
}
