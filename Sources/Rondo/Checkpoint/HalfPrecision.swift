/// Conversion from `Float` to the two 16-bit floating-point formats, on bit patterns; `RawTensor` goes the other way.
///
/// Not by `Float16`, which does not exist on every platform. It rounds to nearest, ties to even
/// (IEEE 754-2019, §4.3.1): subnormal numbers are kept, what is too large becomes infinity, and NaN stays NaN,
/// made quiet, with the leading bits of its payload.
package enum HalfPrecision {
  /// The IEEE 754 binary16 pattern (1 sign, 5 exponent, 10 fraction bits) nearest to `value`.
  package static func float16Bits(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 {
      return sign | 0x7E00 | UInt16(truncatingIfNeeded: magnitude >> 13) & 0x3FF
    }
    if magnitude >= 0x4780_0000 {  // 2¹⁶ and infinity
      return sign | 0x7C00
    }
    if magnitude >= 0x3880_0000 {  // 2⁻¹⁴: normal in both; a carry runs on into the exponent, up to infinity
      return sign | UInt16(roundedShift(magnitude - 0x3800_0000, 13))
    }
    if magnitude < 0x3300_0000 {  // below 2⁻²⁵, half the least subnormal
      return sign
    }
    let significand = magnitude & 0x7F_FFFF | 0x80_0000
    return sign | UInt16(roundedShift(significand, 126 - magnitude >> 23))
  }

  /// The bfloat16 pattern (1 sign, 8 exponent, 7 fraction bits) nearest to `value`.
  package static func bfloat16Bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if bits & 0x7FFF_FFFF > 0x7F80_0000 {
      return UInt16(bits >> 16) | 0x40
    }
    return UInt16(truncatingIfNeeded: roundedShift(bits, 16))
  }

  /// `value` / 2^`shift`, rounded to nearest, ties to even; `shift` is at least 1.
  private static func roundedShift(_ value: UInt32, _ shift: UInt32) -> UInt32 {
    (value + ((1 << (shift - 1)) - 1) + (value >> shift & 1)) >> shift
  }
}
