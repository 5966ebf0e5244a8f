import Testing

@testable import Rondo

struct JSONValueTests {
  private func parse(_ text: String) -> JSONValue? {
    try? JSONValue(parsing: Array(text.utf8))
  }

  private func failure(_ bytes: [UInt8]) -> JSONValue.Failure? {
    do throws(JSONValue.Failure) {
      _ = try JSONValue(parsing: bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test func values() {
    #expect(parse(" null ") == .null)
    #expect(parse("true") == .bool(true))
    #expect(parse("false") == .bool(false))
    #expect(parse("0") == .integer(0))
    #expect(parse("9223372036854775807") == .integer(.max))
    #expect(parse("9223372036854775808") == .otherNumber)
    #expect(parse("-1") == .otherNumber)
    #expect(parse("1.0") == .otherNumber)
    #expect(parse("1e3") == .otherNumber)
    #expect(parse("1E-3") == .otherNumber)
    #expect(parse("[]") == .array([]))
    #expect(parse("[1, [2]]") == .array([.integer(1), .array([.integer(2)])]))
    #expect(parse("{}") == .object([]))
    #expect(
      parse("{\"b\" : 1,\n\t\"a\":\"x\"}\r\n")
        == .object([.init(key: "b", value: .integer(1)), .init(key: "a", value: .string("x"))]))
  }

  @Test func escapes() {
    #expect(parse(#""\"\\\/\b\f\n\r\t""#) == .string("\"\\/\u{8}\u{c}\n\r\t"))
    #expect(parse(#""\u0041\u00e9\u20AC\u0000""#) == .string("Aé€\0"))
    #expect(parse(#""\ud834\udd1e""#) == .string("\u{1D11E}"))
    #expect(parse("\"é𝄞\u{7f}\"") == .string("é𝄞\u{7f}"))
  }

  @Test(arguments: [
    "", " ", "nul", "True", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "\"", "\"a", "\"\\", "\"\\x\"",
    "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "\"\u{1}\"", "01", "-", "-a", "1.", ".5", "1e", "1e+", "+1", "0x10",
    "1 2", "{} {}", "{'a':1}", "NaN", "Infinity", "// x\n1", #""\ud834""#, #""\ud834x""#, #""\ud834\n""#,
    #""\ud834\u0041""#, #""\udd1e""#, #""\udd1e\ud834""#, "\u{feff}1",
  ])
  func malformed(_ text: String) {
    #expect(parse(text) == nil)
  }

  @Test func duplicateKeys() {
    #expect(
      failure(Array(#"{"a":1,"b":2,"a":1}"#.utf8)) == .init(reason: "the key 'a' occurs twice", offset: 13))
    let long = "\u{1B}" + String(repeating: "x", count: 300)
    let shown = "\\u{1b}" + String(repeating: "x", count: 199) + "…"
    let key = String(decoding: JSONValue.quoted(long), as: UTF8.self)
    #expect(failure(Array("{\(key):1,\(key):2}".utf8))?.reason == "the key '\(shown)' occurs twice")
    #expect(parse(#"{"a":1,"\u0061":2}"#) == nil)
    #expect(parse(#"[{"x":{"a":1,"a":1}}]"#) == nil)
    // One key composed, one decomposed: one to Swift's strings.
    #expect(parse("{\"\u{e9}\":1,\"e\u{301}\":2}") != nil)
    #expect(parse("{\"\u{e9}\":1,\"\u{e9}\":2}") == nil)
    #expect(parse(#"{"a":{"a":1}}"#) != nil)
  }

  @Test func depth() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(parse(nested(16)) != nil)
    #expect(failure(Array(nested(17).utf8)) == .init(reason: "JSON nested too deep", offset: 16))
    #expect(parse(String(repeating: "[", count: 1_000_000)) == nil)
    #expect(parse(String(repeating: "{\"a\":", count: 1_000_000)) == nil)
  }

  @Test func invalidUTF8() {
    // A lone continuation, a cut sequence, an overlong one, a surrogate, beyond the last scalar.
    for sequence: [UInt8] in [
      [0x80], [0xC3], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
    ] {
      #expect(failure([0x22] + sequence + [0x22]) == .init(reason: "invalid UTF-8", offset: 1))
    }
    #expect(failure([0x22, 0xEF, 0xBF, 0xBD, 0x22]) == nil, "the replacement character itself is sound")
  }

  @Test func quotingComesBack() {
    let text = String(String.UnicodeScalarView((0..<0x250).map { Unicode.Scalar($0)! })) + "𝄞"
    #expect(parse(String(decoding: JSONValue.quoted(text), as: UTF8.self)) == .string(text))
  }

  @Test func whatIsWrittenIsReadAgain() {
    let value: JSONValue = [
      "b": [.null, true, false, .integer(12), []], "a": ["\"\n": "é\u{1}"], "": .object([]),
    ]
    var text: [UInt8] = []
    value.write(to: &text)
    #expect(
      String(decoding: text, as: UTF8.self)
        == #"{"b":[null,true,false,12,[]],"a":{"\"\n":"é\u0001"},"":{}}"#)
    #expect(parse(String(decoding: text, as: UTF8.self)) == value)
  }

  @Test func sortedValuesDoNotDependOnTheOrderOfKeys() {
    let left: JSONValue = ["b": [["y": true, "x": "s"]], "a": .null]
    let right: JSONValue = ["a": .null, "b": [["x": "s", "y": true]]]
    #expect(left != right && left.sorted == right.sorted)
    #expect(JSONValue.array(["a", "b"]).sorted != JSONValue.array(["b", "a"]).sorted)
  }

  @Test func valuesByKey() {
    let value: JSONValue = ["a": "x"]
    #expect(value["a"] == "x" && value["b"] == .null && JSONValue.null["a"] == .null)
  }

  @Test func quotingIsShort() {
    let quoted = JSONValue.quoted("a\"b\\c/\u{0}\u{8}\u{b}\n\u{1f}\u{7f}é")
    #expect(String(decoding: quoted, as: UTF8.self) == #""a\"b\\c/\u0000\b\u000b\n\u001f"# + "\u{7f}é\"")
  }

  /// Whatever the bytes, there is an answer: no trap, no endless loop.
  @Test func randomDamageNeverTraps() {
    var generator = SplitMix64(state: 4)
    let sound = Array(#"{"a":[1,-2.5e3,null,true,"x\n\ud834\udd1e€"],"b":{"c":{},"d":[[]]}}"#.utf8)
    let alphabet = Array(#"{}[]",:\u0123456789eE+-. tfnd"#.utf8) + [0x00, 0x0A, 0x7F, 0x80, 0xC3, 0xFF]
    var refused = 0
    for _ in 0..<50_000 {
      var bytes = sound
      for _ in 0...Int.random(in: 0..<4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = alphabet.randomElement(using: &generator) ?? 0
        case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
        default: bytes.remove(at: place)
        }
      }
      if failure(bytes) != nil { refused += 1 }
    }
    #expect(refused > 25_000 && refused < 50_000)
  }
}
