import CRondoKernels
import RondoNN
import Testing

/// The numbers that weights are packed in, on each instruction set.
@Suite struct WeightsTests {
  static let instructionSets = InstructionSets.present.map { Workers(instructionSet: $0, threads: 1) }

  /// The value of a binary16 pattern by the textbook; NaN for NaN.
  private func half(_ bits: UInt16) -> Float {
    let exponent = Int(bits >> 10 & 31), fraction = Float(bits & 1023) / 1024
    let magnitude: Float =
      switch exponent {
      case 31: fraction == 0 ? .infinity : .nan
      case 0: fraction * 0x1p-14
      default: (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    return bits & 0x8000 == 0 ? magnitude : -magnitude
  }

  @Test(arguments: instructionSets)
  func everyHalfIsWidenedExactly(workers: Workers) throws {
    let gang = try RawGang(workers)
    // One more than a multiple of 16, so that the last is by itself.
    let patterns = Buffer((0...UInt16.max).map { $0 } + [0x0001]),
      values = Buffer<Float>(count: patterns.count)
    unsafe gang.kernels.widen_values(
      Int32(rondo_f16.rawValue), patterns.address, values.address, patterns.count)
    for index in 0..<patterns.count {
      let expected = half(patterns[index])
      guard expected.isNaN else {
        #expect(values[index].bitPattern == expected.bitPattern, "\(patterns[index])")
        continue
      }
      // Quiet, with its sign and payload.
      let bits = UInt32(patterns[index])
      #expect(values[index].bitPattern == (bits & 0x8000) << 16 | 0x7FC0_0000 | (bits & 0x3FF) << 13)
    }
  }

  /// Packs a weight [1, n] of one row into panels of that many bytes.
  private func packed(
    _ values: [Float], _ type: rondo_number_type, bytes: Int, _ gang: RawGang
  ) -> (panels: [UInt8], scale: Float, offset: Int32) {
    let source = Buffer(values), panels = Buffer<UInt8>(count: bytes)
    let scales = Buffer<Float>(count: 16), offsets = Buffer<Int32>(count: 16)
    unsafe gang.run(
      gang.kernels.pack_weights,
      rondo_pack_weights(
        source: source.address, source_type: rondo_f32, map: rondo_row_map(gates: 1, units: 1),
        columns: Int32(values.count), type: type, panels: panels.address, scales: scales.address,
        offsets: offsets.address))
    return (panels.array, scales[0], offsets[0])
  }

  /// Its panel has the numbers 16 places apart.
  private func halves(_ values: [Float], _ gang: RawGang) -> [UInt8] {
    let panels = packed(values, rondo_f16, bytes: 32 * values.count, gang).panels
    return values.indices.flatMap { panels[32 * $0..<32 * $0 + 2] }
  }

  @Test(arguments: instructionSets)
  func numbersAreRoundedToHalves(workers: Workers) throws {
    let gang = try RawGang(workers)
    var values: [Float] = []
    for pattern in 0..<UInt16(0x7BFF) {
      // Each half, the point between it and the next, and what lies beside that.
      let low = half(pattern), middle = (low + half(pattern + 1)) / 2
      values += [low, -low, middle, -middle, middle.nextDown, middle.nextUp]
    }
    values += [65504, 65519, 65520, 1e30, -1e30, .leastNonzeroMagnitude, 0x1p-25, (0x1p-25 as Float).nextUp]
    let bytes = halves(values, gang)
    for (index, value) in values.enumerated() {
      let bits = UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
      #expect(half(bits).bitPattern == roundedToHalf(value).bitPattern, "\(value)")
    }
    let special = halves([.infinity, -.infinity, .nan], gang)
    #expect(special == [0x00, 0x7C, 0x00, 0xFC, 0x00, 0x7E])
  }

  @Test(arguments: instructionSets)
  func numbersAreRoundedToBytes(workers: Workers) throws {
    let gang = try RawGang(workers)
    // 127 is the largest, so that a number is its own nearest one. Four of a row lie together, those of 16 rows after
    // each other.
    let values: [Float] = [127, -127, 0, 0.5, 1.5, -0.5, -2.5, 126.4, 0.49, -126.6]
    let row = packed(values, rondo_int8, bytes: 3 * 64, gang)
    let expected: [Int8] = [127, -127, 0, 0, 2, 0, -2, 126, 0, -127, 0, 0]
    var panels = [UInt8](repeating: 0, count: 3 * 64)
    for (index, number) in expected.enumerated() {
      panels[index / 4 * 64 + index % 4] = UInt8(bitPattern: number)
    }
    #expect(row.panels == panels)
    #expect(row.scale == Float(1) / 127)
    #expect(row.offset == 128)
    let zeros = packed([0, -0.0, 0], rondo_int8, bytes: 64, gang)
    #expect(zeros.panels.allSatisfy { $0 == 0 } && zeros.scale == 0 && zeros.offset == 0)
    let special = packed([.infinity, 1, .nan, -.infinity], rondo_int8, bytes: 64, gang)
    #expect(special.panels[..<4].map { Int8(bitPattern: $0) } == [-127, 0, -127, -127])
  }

  /// Eight lanes at a time do what `rondo_exp` does.
  @Test(arguments: instructionSets)
  func exponentials(workers: Workers) throws {
    let gang = try RawGang(workers)
    let units = numbers(5003, seed: 1).map { Double($0.magnitude) }
    var values = units.map { -720 * $0 } + units.map { -$0 } + [0, -708.3964185322641, -708.3964185322642]
    values += [-.infinity, -Double.greatestFiniteMagnitude, -0x1p-1074]
    for (largest, divisor) in [(0.0, 1.0), (2.5, 0.8), (0, 1e-300)] {
      let buffer = Buffer(values)
      unsafe gang.kernels.exponentials(buffer.address, buffer.count, largest, divisor)
      #expect(bits(buffer.array) == bits(values.map { ExactMath.exp(($0 - largest) / divisor) }))
    }
  }
}
