import CRondoKernels

/// Functions whose results are the same bytes on every processor, unlike the C library's.
package enum ExactMath {
  package static func exp(_ x: Double) -> Double { rondo_exp(x) }
  package static func log(_ x: Double) -> Double { rondo_log(x) }
  /// cos(π x) for x in 0...1.
  package static func cosPi(_ x: Double) -> Double { rondo_cos_pi(x) }
}
