import Testing

@testable import Rondo

struct ValidationIntervalTests {
  @Test(arguments: [
    (ValidationInterval.steps(11), "11", "11"), (.steps(0), "0", "0"), (.epoch, "epoch", #""epoch""#),
  ])
  func textAndJSON(_ interval: ValidationInterval, _ text: String, _ json: String) throws {
    #expect(interval.description == text)
    #expect(ValidationInterval(text) == interval)
    #expect(JSONText.encode([interval]) == "[\(json)]")
    #expect(try JSONText.decode([ValidationInterval].self, from: "[\(json)]") == [interval])
  }

  @Test func whatIsNone() {
    for text in ["", "epochs", "1.5", "-"] { #expect(ValidationInterval(text) == nil) }
    for json in [#"["epochs"]"#, "[1.5]", "[null]", #"["11"]"#] {
      #expect(throws: DecodingError.self) { try JSONText.decode([ValidationInterval].self, from: json) }
    }
  }
}
