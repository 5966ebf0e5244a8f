import RondoNN
import Testing

@testable import Rondo

struct HalfPrecisionTests {
  // MARK: - A slow twin: the nearest entry of a table of all values

  /// A 16-bit format, with the magnitudes of its finite numbers in the order of their patterns.
  private struct Format {
    let magnitudes: [Double]

    /// The value of each pattern by the textbook: (1.)fraction · 2^exponent.
    init(exponentBits: Int, fractionBits: Int) {
      let bias = 1 << (exponentBits - 1) - 1
      let infinity = ((1 << exponentBits) - 1) << fractionBits
      magnitudes = (0...infinity).map { pattern in
        let exponent = pattern >> fractionBits
        let fraction = Double(pattern & (1 << fractionBits - 1)) / Double(1 << fractionBits)
        return exponent == 0
          ? Self.power(1 - bias) * fraction : Self.power(exponent - bias) * (1 + fraction)
      }
    }

    /// 2^`exponent`, by multiplication.
    private static func power(_ exponent: Int) -> Double {
      (0..<abs(exponent)).reduce(1) { power, _ in exponent < 0 ? power / 2 : power * 2 }
    }

    /// The pattern nearest to `value`, ties to the even one. Infinity takes part as the number that would follow
    /// the largest, which is how IEEE 754 rounds to it.
    func nearest(_ value: Float) -> UInt16 {
      let magnitude = Double(value.magnitude)
      let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
      guard magnitude < magnitudes[magnitudes.count - 1] else { return sign | UInt16(magnitudes.count - 1) }
      var low = 0
      var high = magnitudes.count - 1
      while high - low > 1 {
        let middle = (low + high) / 2
        if magnitudes[middle] <= magnitude { low = middle } else { high = middle }
      }
      let below = magnitude - magnitudes[low]
      let above = magnitudes[high] - magnitude
      return sign | UInt16(below < above || below == above && low % 2 == 0 ? low : high)
    }
  }

  private static let float16 = Format(exponentBits: 5, fractionBits: 10)
  private static let bfloat16 = Format(exponentBits: 8, fractionBits: 7)

  // MARK: - Every pattern

  @Test func everyFloat16PatternWidensExactlyAndComesBack() {
    for bits in UInt16.min...UInt16.max {
      let value = widened(bits, .f16)
      if bits & 0x7FFF > 0x7C00 {
        #expect(value.isNaN)
        #expect(HalfPrecision.float16Bits(value) == bits | 0x200)
        continue
      }
      let magnitude = bits & 0x7FFF == 0x7C00 ? .infinity : Self.float16.magnitudes[Int(bits & 0x7FFF)]
      #expect(Double(value.magnitude) == magnitude)
      #expect((value.sign == .minus) == (bits >= 0x8000))
      #expect(HalfPrecision.float16Bits(value) == bits)
    }
  }

  @Test func everyBfloat16PatternWidensExactlyAndComesBack() {
    for bits in UInt16.min...UInt16.max {
      let value = widened(bits, .bf16)
      if bits & 0x7FFF > 0x7F80 {
        #expect(value.isNaN)
        #expect(HalfPrecision.bfloat16Bits(value) == bits | 0x40)
        continue
      }
      let magnitude = bits & 0x7FFF == 0x7F80 ? .infinity : Self.bfloat16.magnitudes[Int(bits & 0x7FFF)]
      #expect(Double(value.magnitude) == magnitude)
      #expect(HalfPrecision.bfloat16Bits(value) == bits)
    }
  }

  // MARK: - Rounding

  /// Half-way points go to the even neighbour, and the next `Float` on either side to the nearer one.
  @Test func tiesGoToEven() {
    for pattern in 0..<0x7C00 {
      let middle = Float((Self.float16.magnitudes[pattern] + Self.float16.magnitudes[pattern + 1]) / 2)
      let even = UInt16(pattern + pattern % 2)
      #expect(HalfPrecision.float16Bits(middle) == even)
      #expect(HalfPrecision.float16Bits(-middle) == even | 0x8000)
      #expect(HalfPrecision.float16Bits(middle.nextDown) == UInt16(pattern))
      #expect(HalfPrecision.float16Bits(middle.nextUp) == UInt16(pattern + 1))
    }
    for pattern in 0..<0x7F80 {
      let middle = UInt32(pattern) << 16 | 0x8000
      let even = UInt16(pattern + pattern % 2)
      #expect(HalfPrecision.bfloat16Bits(Float(bitPattern: middle)) == even)
      #expect(HalfPrecision.bfloat16Bits(Float(bitPattern: middle - 1)) == UInt16(pattern))
      #expect(HalfPrecision.bfloat16Bits(Float(bitPattern: middle + 1)) == UInt16(pattern + 1))
    }
  }

  @Test func knownValues() {
    #expect(HalfPrecision.float16Bits(1) == 0x3C00)
    #expect(HalfPrecision.float16Bits(-2) == 0xC000)
    #expect(HalfPrecision.float16Bits(65504) == 0x7BFF)
    #expect(HalfPrecision.float16Bits(65519.996) == 0x7BFF)
    #expect(HalfPrecision.float16Bits(65520) == 0x7C00)
    #expect(HalfPrecision.float16Bits(.greatestFiniteMagnitude) == 0x7C00)
    #expect(HalfPrecision.float16Bits(-.infinity) == 0xFC00)
    #expect(HalfPrecision.float16Bits(-0.0) == 0x8000)
    #expect(HalfPrecision.float16Bits(.leastNonzeroMagnitude) == 0)
    #expect(HalfPrecision.float16Bits(0x1p-24) == 1)
    #expect(HalfPrecision.bfloat16Bits(1) == 0x3F80)
    #expect(HalfPrecision.bfloat16Bits(.greatestFiniteMagnitude) == 0x7F80)
    #expect(HalfPrecision.bfloat16Bits(.leastNonzeroMagnitude) == 0)
  }

  /// NaN stays NaN even where all the payload that fits is zero, and comes out quiet.
  @Test func nanStaysNaN() {
    #expect(HalfPrecision.float16Bits(Float(bitPattern: 0x7F80_0001)) == 0x7E00)
    #expect(HalfPrecision.float16Bits(Float(bitPattern: 0xFFFF_FFFF)) == 0xFFFF)
    #expect(HalfPrecision.bfloat16Bits(Float(bitPattern: 0x7F80_0001)) == 0x7FC0)
    #expect(HalfPrecision.bfloat16Bits(Float(bitPattern: 0xFFFF_FFFF)) == 0xFFFF)
  }

  @Test func randomPatternsAgreeWithTheTwin() {
    var generator = SplitMix64(state: 3)
    for round in 0..<200_000 {
      var bits = UInt32.random(in: 0...UInt32.max, using: &generator)
      // Most floats are far outside the range of binary16, so every other one gets an exponent inside it.
      if round % 2 == 0 { bits = bits & 0x807F_FFFF | UInt32.random(in: 100...144, using: &generator) << 23 }
      let value = Float(bitPattern: bits)
      if value.isNaN { continue }
      #expect(HalfPrecision.float16Bits(value) == Self.float16.nearest(value))
      #expect(HalfPrecision.bfloat16Bits(value) == Self.bfloat16.nearest(value))
    }
  }
}
