#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A number type that the reference model computes in: `Float`, as the fast code does, or `Double`, whose rounding
/// is small enough for finite differences (see ``GradientCheck``).
package protocol ReferenceScalar: BinaryFloatingPoint, Sendable where RawSignificand: FixedWidthInteger {
  /// e to the power of `x`.
  static func exponential(_ x: Self) -> Self
  /// The natural logarithm of `x`.
  static func logarithm(_ x: Self) -> Self
  /// The hyperbolic tangent of `x`.
  static func hyperbolicTangent(_ x: Self) -> Self
}

extension Float: ReferenceScalar {
  package static func exponential(_ x: Float) -> Float { expf(x) }
  package static func logarithm(_ x: Float) -> Float { logf(x) }
  package static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
}

extension Double: ReferenceScalar {
  package static func exponential(_ x: Double) -> Double { exp(x) }
  package static func logarithm(_ x: Double) -> Double { log(x) }
  package static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
}

/// The logistic function σ(x) = 1 / (1 + e⁻ˣ), which turns any number into one between 0 and 1: a gate.
///
/// For x ≪ 0 the exponential overflows to infinity and the quotient is 0, as it should be.
func sigmoid<Scalar: ReferenceScalar>(_ x: Scalar) -> Scalar {
  1 / (1 + Scalar.exponential(-x))
}
