import RondoText
import Testing

struct ClusterBufferTests {
  /// The code points of a text, one by one.
  private func scalars(_ text: [UInt8]) -> [[UInt8]] {
    String(decoding: text, as: UTF8.self).unicodeScalars.map { Array(String($0).utf8) }
  }

  /// How much of a text is shown before more comes: all but the last cluster, unless a control is that.
  private func shownCount(_ text: [UInt8]) -> Int {
    guard let last = GraphemeClusters(text).reduce(nil, { $1 }) else { return 0 }
    let scalar = String(decoding: text[last], as: UTF8.self).unicodeScalars.last
    switch scalar?.properties.generalCategory {
    case .control where scalar != "\r", .lineSeparator, .paragraphSeparator: return text.count
    default: return last.lowerBound
    }
  }

  @Test func showsWhatIsCompleteAndNoMore() {
    // Format characters and those without a category are controls to some versions of Unicode and letters to others.
    let texts = (awkwardTexts.map { Array($0.utf8) } + randomTexts(count: 2000, seed: 12)).filter {
      String(decoding: $0, as: UTF8.self).unicodeScalars.allSatisfy {
        $0.properties.generalCategory != .format && $0.properties.generalCategory != .unassigned
      }
    }
    #expect(texts.count > 200)
    for text in texts {
      var buffer = ClusterBuffer()
      var fed: [UInt8] = []
      var shown: [UInt8] = []
      for scalar in scalars(text) {
        fed += scalar
        shown += buffer.append(scalar)
        #expect(shown.count == shownCount(fed), "\(text), \(fed.count) bytes")
      }
      #expect(shown + buffer.finish() == text)
      #expect(buffer.finish() == [])
    }
  }

  @Test func piecesOfAnySizeGiveTheSame() {
    var generator = SeededGenerator(state: 13)
    for text in awkwardTexts.map({ Array($0.utf8) }) + randomTexts(count: 300, seed: 14) {
      let ends = Set(GraphemeClusters(text).map(\.upperBound)).union([0])
      let scalars = scalars(text)
      // What has been shown before counts for where the first cluster ends.
      let start = Int.random(in: 0...scalars.count, using: &generator)
      var shown = Array(scalars[..<start].joined())
      let beginning = shown.count
      var buffer = ClusterBuffer(after: shown)
      var rest = scalars[start...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 0...5, using: &generator))
        rest = rest.dropFirst(piece.count)
        shown += buffer.append(Array(piece.joined()))
        #expect(ends.contains(shown.count) || shown.count == beginning)
      }
      #expect(shown + buffer.finish() == text)
    }
  }

  @Test(.timeLimit(.minutes(15)))
  func aMillionMarksAreLinear() {
    var buffer = ClusterBuffer()
    _ = buffer.append([0x61])
    var shown = 0
    for _ in 0..<1_000_000 { shown += buffer.append([0xCC, 0x81]).count }
    #expect(shown == 0)
    #expect(buffer.append([0x62]).count == 2_000_001)
    #expect(buffer.finish() == [0x62])
  }
}
