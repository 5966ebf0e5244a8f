import Rondo
import Testing

@Suite struct SamplerSettingsTests {
  @Test func defaultsAreTemperatureAlone() throws {
    let settings = SamplerSettings()
    #expect(settings.temperature == 0.8)
    #expect(settings.topK == 0 && settings.topP == 1 && settings.minP == 0)
    #expect(settings.repetitionPenalty == 1 && settings.repetitionWindow == 64)
    try settings.validate()
  }

  @Test func theEndsOfEveryRangeAreAllowed() throws {
    try SamplerSettings(
      temperature: 0, topK: 0, topP: .leastNonzeroMagnitude, minP: 0,
      repetitionPenalty: .leastNonzeroMagnitude, repetitionWindow: 0
    ).validate()
    try SamplerSettings(
      temperature: .greatestFiniteMagnitude, topK: .max, topP: 1, minP: 1,
      repetitionPenalty: .greatestFiniteMagnitude, repetitionWindow: .max
    ).validate()
  }

  static let refused: [(SamplerSettings, SamplerError, String)] = [
    (.init(temperature: -0.1), .temperature(-0.1), "temperature must be 0 or more and finite, not -0.1"),
    (
      .init(temperature: .infinity), .temperature(.infinity),
      "temperature must be 0 or more and finite, not inf"
    ),
    (.init(topK: -1), .topK(-1), "top-k must be 0 (off) or more, not -1"),
    (.init(topP: 0), .topP(0), "top-p must be more than 0 and at most 1 (off), not 0.0"),
    (.init(topP: 1.01), .topP(1.01), "top-p must be more than 0 and at most 1 (off), not 1.01"),
    (.init(minP: -0.5), .minP(-0.5), "min-p must be between 0 (off) and 1, not -0.5"),
    (.init(minP: 1.5), .minP(1.5), "min-p must be between 0 (off) and 1, not 1.5"),
    (
      .init(repetitionPenalty: 0), .repetitionPenalty(0),
      "repetition penalty must be more than 0 and finite, not 0.0"
    ),
    (
      .init(repetitionPenalty: .infinity), .repetitionPenalty(.infinity),
      "repetition penalty must be more than 0 and finite, not inf"
    ),
    (
      .init(repetitionWindow: -3), .repetitionWindow(-3),
      "repetition window must be 0 (off) or more, not -3"
    ),
  ]

  @Test(arguments: refused)
  func valuesOutOfRangeAreRefusedByName(settings: SamplerSettings, error: SamplerError, message: String) {
    #expect(throws: error) { try settings.validate() }
    #expect(error.description == message)
  }

  @Test func notANumberIsRefusedEverywhere() {
    let settings: [SamplerSettings] = [
      .init(temperature: .nan), .init(topP: .nan), .init(minP: .nan), .init(repetitionPenalty: .nan),
    ]
    for settings in settings {
      #expect(throws: SamplerError.self) { try settings.validate() }
    }
  }
}
