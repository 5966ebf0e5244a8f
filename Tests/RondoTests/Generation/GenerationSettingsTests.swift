import RondoText
import Testing

@testable import Rondo

struct GenerationSettingsTests {
  @Test func defaultLengths() throws {
    let settings = GenerationSettings()
    #expect(settings.length(for: try randomModel("ab").tokenizer) == 500)
    #expect(settings.length(for: try randomModel("a b", kind: .byte).tokenizer) == 500)
    #expect(settings.length(for: try randomModel("a b", kind: .whitespace).tokenizer) == 120)
    #expect(settings.length(for: try randomModel("a b", kind: .subword).tokenizer) == 200)
    #expect(GenerationSettings(length: 7).length(for: try randomModel("ab").tokenizer) == 7)
  }

  @Test func unknownIsExcludedButForWhitespace() throws {
    let (character, byte) = (try randomModel("ab").tokenizer, try randomModel("ab", kind: .byte).tokenizer)
    let whitespace = try randomModel("a b", kind: .whitespace).tokenizer
    let allowing = GenerationSettings(allowsUnknown: true)
    #expect(GenerationSettings().excluded(for: character) == [0])
    #expect(allowing.excluded(for: character) == [0])
    #expect(GenerationSettings().excluded(for: byte) == [])
    #expect(GenerationSettings().excluded(for: whitespace) == [0])
    #expect(allowing.excluded(for: whitespace) == [])
  }

  @Test func impossibleSettings() throws {
    try GenerationSettings(length: 0, lines: 1, stops: ["x"], count: 4096).validate()
    for (settings, message) in [
      (GenerationSettings(count: 0), "count is 0: it must be at least 1"),
      (.init(count: 4097), "count is 4097: it must be at most 4096"),
      (.init(length: -1), "length is -1: it must be at least 0"),
      (.init(lines: 0), "lines is 0: it must be at least 1"),
      (.init(stops: ["a", ""]), "a stop string is empty: it must have a character"),
    ] {
      #expect(thrown(ConfigurationError.self) { try settings.validate() }?.description == message)
      #expect(throws: ConfigurationError.self) { try TextGenerator(randomModel("ab"), settings: settings) }
    }
    #expect(throws: SamplerError.topP(0)) { try GenerationSettings(sampler: .init(topP: 0)).validate() }
  }
}
