import Rondo
import RondoNN
import Testing

@Suite struct StopMatcherTests {
  /// What the pieces show, each by itself and then the end.
  private func run(_ pieces: [String], stops: [String] = [], lines: Int? = nil) throws -> (
    shown: [String], reason: StopMatcher.Reason?
  ) {
    var matcher = try StopMatcher(stops: stops.map { Array($0.utf8) }, lines: lines)
    var shown = pieces.map { String(decoding: matcher.feed(Array($0.utf8)), as: UTF8.self) }
    shown.append(String(decoding: matcher.finish(), as: UTF8.self))
    return (shown, matcher.reason)
  }

  @Test func withoutStopsAllIsShownAtOnce() throws {
    let result = try run(["one ", "", "two\n"])
    #expect(result.shown == ["one ", "", "two\n", ""])
    #expect(result.reason == nil)
  }

  @Test func theTextEndsBeforeTheStop() throws {
    let result = try run(["ab END cd", "more"], stops: ["END"])
    #expect(result.shown == ["ab ", "", ""])
    #expect(result.reason == .stopString(0))
  }

  @Test func aStopIsFoundAcrossPieces() throws {
    let result = try run(["a E", "N", "D z"], stops: ["END"])
    #expect(result.shown == ["a ", "", "", ""])
    #expect(result.reason == .stopString(0))
  }

  @Test func onlyWhatMayBeginAStopIsHeldBack() throws {
    let result = try run(["a E", "Nx", " EEN", "E"], stops: ["END"])
    #expect(result.shown == ["a ", "ENx", " E", "EN", "E"])
    #expect(result.reason == nil)
  }

  @Test func aStopThatRepeatsItself() throws {
    // After "aab" the next "a" could make "aabaa" of what is already there.
    let result = try run(["aabaabaac"], stops: ["aabaac"])
    #expect(result.shown == ["aab", ""])
    #expect(result.reason == .stopString(0))
  }

  @Test func theFirstToBeCompleteWins() throws {
    let inner = try run(["xabcdx"], stops: ["abcd", "bc"])
    #expect(inner.shown == ["xa", ""])
    #expect(inner.reason == .stopString(1))
    let cut = try run(["xab", "c", "dx"], stops: ["abcd", "bc"])
    #expect(cut.shown.joined() == "xa")
    #expect(cut.reason == .stopString(1))
    let prefix = try run(["xabcd"], stops: ["abcd", "ab"])
    #expect(prefix.shown == ["x", ""])
    #expect(prefix.reason == .stopString(1))
  }

  @Test func theLongestOfThoseCompleteAtOneByteWins() throws {
    for stops in [["c", "abc", "bc"], ["abc", "bc", "c"]] {
      let result = try run(["xabc"], stops: stops)
      #expect(result.shown == ["x", ""])
      #expect(result.reason == .stopString(stops.firstIndex(of: "abc") ?? 9))
    }
  }

  @Test func nothingReachesAcrossTheEnd() throws {
    var matcher = try StopMatcher(stops: [Array("END".utf8)])
    #expect(matcher.feed(Array("xEN".utf8)) == Array("x".utf8))
    #expect(matcher.finish() == Array("EN".utf8))
    #expect(matcher.feed(Array("D".utf8)) == Array("D".utf8))
    #expect(matcher.reason == nil)
  }

  @Test func bytesOfACharacterMayComeOneByOne() throws {
    var matcher = try StopMatcher(stops: [Array("→".utf8)])
    var shown: [UInt8] = []
    for byte in "a⇒b→c".utf8 { shown += matcher.feed([byte]) }
    #expect(String(decoding: shown, as: UTF8.self) == "a⇒b")
    #expect(matcher.reason == .stopString(0))
  }

  @Test func linesEndWithTheirNewline() throws {
    let result = try run(["one\ntw", "o\nthree", "four"], lines: 2)
    #expect(result.shown == ["one\ntw", "o\n", "", ""])
    #expect(result.reason == .lines)
    let short = try run(["one\ntwo"], lines: 2)
    #expect(short.shown == ["one\ntwo", ""])
    #expect(short.reason == nil)
    #expect(try run(["\r\nx"], lines: 1).shown == ["\r\n", ""])
    #expect(try run(["\n\n\nx"], lines: 3).shown == ["\n\n\n", ""])
  }

  @Test func linesAndStopsTogether() throws {
    // What was held back is shown when the lines end.
    #expect(try run(["a\nb"], stops: ["a\nc"], lines: 1).shown == ["a\n", ""])
    let stop = try run(["a\n\nb"], stops: ["\n\n"], lines: 2)
    #expect(stop.shown == ["a", ""])
    #expect(stop.reason == .stopString(0))
    let line = try run(["a\n\nb"], stops: ["\n\n"], lines: 1)
    #expect(line.shown == ["a\n", ""])
    #expect(line.reason == .lines)
  }

  @Test func badInputIsRefused() {
    #expect(throws: StopMatcherError.emptyStop) { try StopMatcher(stops: [[65], []]) }
    #expect(throws: StopMatcherError.lines(0)) { try StopMatcher(lines: 0) }
    #expect(throws: StopMatcherError.lines(-1)) { try StopMatcher(lines: -1) }
    #expect(StopMatcherError.emptyStop.description == "a stop string must not be empty")
    #expect(StopMatcherError.lines(0).description == "lines must be 1 or more, not 0")
  }

  /// What is shown of the whole text, and why it ends, found the slow way.
  private func naive(_ text: [UInt8], _ stops: [[UInt8]], _ lines: Int?) -> ([UInt8], StopMatcher.Reason?) {
    for end in 1..<text.count + 1 {
      let prefix = text[..<end]
      let complete = stops.filter { prefix.suffix($0.count).elementsEqual($0) }
      if let longest = complete.max(by: { $0.count < $1.count }), let index = stops.firstIndex(of: longest) {
        return (Array(prefix.dropLast(longest.count)), .stopString(index))
      }
      if let lines, prefix.count(where: { $0 == 10 }) == lines { return (Array(prefix), .lines) }
    }
    return (text, nil)
  }

  @Test func agreesWithANaiveTwinHoweverTheTextIsCut() throws {
    let random = CounterRandom(seed: 5, purpose: .initialization)
    var index: UInt64 = 0
    func number(below bound: Int) -> Int {
      index += 1
      return Int(random.bits(index) % UInt64(bound))
    }
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in [97, 98, 10][number(below: 3)] } }
    var reasons: [Int] = [0, 0, 0]
    for round in 0..<5000 {
      let text = bytes(1 + number(below: 40))
      let stops = (0..<number(below: 4)).map { _ in bytes(1 + number(below: 7)) }
      let lines = number(below: 2) == 0 ? nil : 1 + number(below: 9)
      let (expected, reason) = naive(text, stops, lines)

      var matcher = try StopMatcher(stops: stops, lines: lines)
      var shown: [UInt8] = [], start = 0
      while start < text.count {
        let end = min(text.count, start + number(below: 6))
        shown += matcher.feed(Array(text[start..<end]))
        start = end
        // All is shown but what may still become part of a stop string.
        let seen = text[..<start]
        let tail = stops.flatMap { stop in
          (1..<stop.count + 1).filter { seen.suffix($0).elementsEqual(stop.prefix($0)) }
        }
        if matcher.reason == nil { #expect(shown.count == start - (tail.max() ?? 0), "round \(round)") }
      }
      shown += matcher.finish()
      #expect(shown == expected, "round \(round)")
      #expect(matcher.reason == reason, "round \(round)")
      if reason != nil { #expect(matcher.feed([97]).isEmpty && matcher.finish().isEmpty) }
      switch reason {
      case nil: reasons[0] += 1
      case .lines: reasons[1] += 1
      case .stopString: reasons[2] += 1
      }
    }
    #expect(reasons.allSatisfy { $0 > 500 })
  }
}
