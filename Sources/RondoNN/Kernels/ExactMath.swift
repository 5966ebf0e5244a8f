import CRondoKernels

/// What the kernels do outside of a gang, with the best instruction set or the one that RONDO_ISA names.
enum Kernels {
  static var table: rondo_kernel_table { unsafe pointer.pointee }

  nonisolated(unsafe) private static let pointer: UnsafePointer<rondo_kernel_table> = {
    guard let table = unsafe rondo_kernels() ?? rondo_kernels_named("portable") else {
      preconditionFailure("there are portable kernels")
    }
    return unsafe table
  }()
}

/// Functions whose results are the same bytes on every processor, unlike the C library's.
package enum ExactMath {
  package static func exp(_ x: Double) -> Double { rondo_exp(x) }
  package static func log(_ x: Double) -> Double { rondo_log(x) }
  /// values[i] = exp((values[i] - largest) / divisor); none of them may be above `largest`, or NaN.
  package static func exponentials(of values: inout [Double], largest: Double, divisor: Double = 1) {
    unsafe values.withUnsafeMutableBufferPointer {
      guard let start = $0.baseAddress else { return }
      unsafe Kernels.table.exponentials(start, $0.count, largest, divisor)
    }
  }
  /// cos(π x) for x in 0...1.
  package static func cosPi(_ x: Double) -> Double { rondo_cos_pi(x) }
}
