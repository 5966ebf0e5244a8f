import CRondoKernels
import RondoNN
import Testing

@Suite struct CounterRandomTests {
  /// Random123's kat_vectors for philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
  @Test(arguments: [
    (
      [0, 0, 0, 0] as [UInt32], [0, 0] as [UInt32],
      [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8] as [UInt32]
    ),
    (
      [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
      [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    ),
    (
      [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
      [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    ),
  ])
  func philoxKnownAnswers(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
    var words: [UInt32] = [0, 0, 0, 0]
    unsafe rondo_philox(counter, key, &words)
    #expect(words == expected)
  }

  /// Bits are the first two words for counter (index, stream, purpose) and the seed as the key.
  @Test func bitsAreWordsOfPhilox() {
    let random = CounterRandom(seed: 0x0123_4567_89ab_cdef, purpose: .sampling)
    var words: [UInt32] = [0, 0, 0, 0]
    unsafe rondo_philox([0x5566_7788, 0x1122_3344, 9, random.purpose], [0x89ab_cdef, 0x0123_4567], &words)
    #expect(random.bits(0x1122_3344_5566_7788, stream: 9) == UInt64(words[0]) << 32 | UInt64(words[1]))
  }

  @Test func everyArgumentCounts() {
    let all: Set<UInt64> = [
      CounterRandom(seed: 1, purpose: .sampling).bits(0),
      CounterRandom(seed: 2, purpose: .sampling).bits(0),
      CounterRandom(seed: 1 | 1 << 40, purpose: .sampling).bits(0),
      CounterRandom(seed: 1, purpose: .initialization).bits(0),
      CounterRandom(seed: 1, purpose: .sampling).bits(1),
      CounterRandom(seed: 1, purpose: .sampling).bits(1 << 40),
      CounterRandom(seed: 1, purpose: .sampling).bits(0, stream: 1),
    ]
    #expect(all.count == 7)
  }

  /// Of 100 000 uniform numbers each tenth of 0 ..< 1 has its share, within five standard deviations.
  @Test func unitsAreUniform() {
    let random = CounterRandom(seed: 5, purpose: .sampling)
    var counts = Array(repeating: 0, count: 10)
    for index in 0..<100_000 as Range<UInt64> {
      let unit = random.unit(index)
      #expect(unit >= 0 && unit < 1)
      #expect(unit == Double(random.bits(index) >> 11) / 0x1p53)
      counts[Int(unit * 10)] += 1
    }
    for count in counts { #expect(abs(Double(count) - 10_000) <= 5 * (100_000 * 0.1 * 0.9).squareRoot()) }
  }
}
