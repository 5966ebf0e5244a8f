import Foundation
import RondoText
import Testing

/// What the Python package `tokenizers` makes of a text: `Fixtures/subword.json`, which make_subword.py writes.
struct GoldenSubwords: Decodable {
  struct Piece: Decodable {
    var text: String
    /// Of its pre-tokens, in bytes.
    var lengths: [Int]
    var ids: [UInt32]
  }

  var text: String
  /// From id 1 on.
  var tokens: [[UInt8]]
  var merges: [SubwordMerge]
  var ids: [UInt32]
  var pieces: [Piece]

  static func load() throws -> GoldenSubwords {
    let url = try #require(
      Bundle.module.url(forResource: "subword", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(GoldenSubwords.self, from: Data(contentsOf: url))
  }
}
