import Foundation
import RondoNN
import TestSupport
import Testing

@Suite struct ExactMathTests {
  /// Compares at all points, and reports the worst. The bound is in units in the last place of the exact result;
  /// Foundation may be off by one more. `make functions` compares with long double.
  private func expectClose(
    _ function: (Double) -> Double, _ reference: (Double) -> Double, within bound: Double, at points: [Double]
  ) {
    var worst = (error: 0.0, at: 0.0)
    for x in points {
      let (value, exact) = (function(x), reference(x))
      let error = value == exact ? 0 : abs(value - exact) / exact.ulp
      if !(error <= worst.error) { worst = (error, x) }
    }
    #expect(worst.error <= bound + 1, "at \(worst.at): \(function(worst.at)), not \(reference(worst.at))")
  }

  /// Numbers of both signs, up to `largest`, of all magnitudes down to 2^-60 of it.
  private func spread(_ largest: Double, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<50_000).map { _ in
      Double.random(in: -largest...largest, using: &generator)
        * exp2(Double.random(in: -60...0, using: &generator))
    }
  }

  @Test func expAgreesWithFoundation() {
    var generator = SeededGenerator(seed: 1)
    let whole = (0..<50_000).map { _ in Double.random(in: -708.39...709.78, using: &generator) }
    let special = [0, -0.0, 1, -1, 709.782712893384, -708.3964185322641, 0x1p-1074]
    expectClose(ExactMath.exp, exp, within: 1, at: whole + spread(1, seed: 2) + special)
    #expect(ExactMath.exp(709.7827128933841) == .infinity && ExactMath.exp(.infinity) == .infinity)
    // Where the result would be subnormal it is 0.
    #expect(ExactMath.exp(-708.3964185322642) == 0 && ExactMath.exp(-.infinity) == 0)
    #expect(ExactMath.exp(.nan).isNaN)
  }

  @Test func logAgreesWithFoundation() {
    var generator = SeededGenerator(seed: 3)
    let whole = (0..<50_000).map { _ in
      Double(bitPattern: UInt64.random(in: 1..<0x7ff0_0000_0000_0000, using: &generator))
    }
    let special = [
      1, 2, 0.5, Double.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
      2.0.squareRoot(),
    ]
    expectClose(ExactMath.log, log, within: 2.1, at: whole + spread(0.9, seed: 4).map { 1 + $0 } + special)
    #expect(ExactMath.log(0) == -.infinity && ExactMath.log(.infinity) == .infinity)
    #expect(ExactMath.log(-1).isNaN && ExactMath.log(.nan).isNaN && ExactMath.log(-.infinity).isNaN)
  }

  /// The argument of the reference's sine is exact near the zero at 1/2, where π x would be rounded.
  @Test func cosPiAgreesWithFoundation() {
    let offsets = spread(0.5, seed: 5)
    let points =
      offsets.map { abs($0) } + offsets.map { 1 - abs($0) } + offsets.map { 0.5 + $0 } + [0, 0.25, 0.75, 1]
    let reference = { (x: Double) in abs(x - 0.5) < 0.25 ? sin(.pi * (0.5 - x)) : cos(.pi * x) }
    expectClose(ExactMath.cosPi, reference, within: 2.1, at: points)
    #expect([0, 0.5, 1].map(ExactMath.cosPi) == [1, 0, -1])
    expectClose(ExactMath.cosPi, { _ in 0.5 }, within: 2.1, at: [1.0 / 3])
  }
}
