import CRondoKernels

extension ThreadGang {
  /// The Euclidean norm, from block sums added in one order. `partials` holds one number for each 4096 values.
  package func norm(of values: Buffer<Float>, partials: Buffer<Double>) -> Double {
    let blocks = (values.count + 4095) / 4096
    precondition(values.count % 16 == 0 && partials.count >= blocks, "norm's shapes")
    unsafe run(
      kernels.pointee.square_sums,
      rondo_square_sums(values: values.pointer, count: values.count, partials: partials.pointer))
    var sum = 0.0
    for block in 0..<blocks { sum += partials[block] }
    return sum.squareRoot()
  }

  /// Multiplies values by `scale` and cuts them to ±`bound`. What is not finite stays as it is.
  package func clamp(_ values: Buffer<Float>, scale: Float, bound: Float) {
    precondition(values.count % 16 == 0 && bound > 0, "clamp's shapes")
    unsafe run(
      kernels.pointee.clamp,
      rondo_clamp(count: values.count, values: values.pointer, scale: scale, bound: bound))
  }

  func adamW(_ job: rondo_adamw) {
    unsafe run(kernels.pointee.adamw, job)
  }

  func sgd(_ job: rondo_sgd) {
    unsafe run(kernels.pointee.sgd, job)
  }

  func rmsProp(_ job: rondo_rmsprop) {
    unsafe run(kernels.pointee.rmsprop, job)
  }

  /// Moves a running average towards `values` by a part of the difference; by all of it where `weight` is 1.
  package func average(_ average: Buffer<Float>, with values: Buffer<Float>, weight: Float) {
    precondition(average.count == values.count && values.count % 16 == 0, "average's shapes")
    // The kernel's sum of a number and a difference would be rounded.
    guard weight != 1 else { return average.copy(from: values) }
    unsafe run(
      kernels.pointee.average,
      rondo_average(count: values.count, average: average.pointer, values: values.pointer, weight: weight))
  }

  func addSquares(of values: Buffer<Float>, to sums: Buffer<Float>) {
    precondition(values.count == sums.count && values.count % 16 == 0, "counts differ")
    unsafe run(
      kernels.pointee.add_squares,
      rondo_add_squares(count: values.count, values: values.pointer, sums: sums.pointer))
  }

  func adapt(_ job: rondo_adapt) {
    unsafe run(kernels.pointee.adapt, job)
  }

  package enum ElementFunction { case exp, tanh, sigmoid }

  /// A function of single values as the kernels compute it.
  package func apply(_ function: ElementFunction, to values: [Float]) -> [Float] {
    let table = unsafe kernels.pointee
    var output = values
    let compute =
      switch function {
      case .exp: unsafe table.exp_values!
      case .tanh: unsafe table.tanh_values!
      case .sigmoid: unsafe table.sigmoid_values!
      }
    unsafe values.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer {
        unsafe compute(input.baseAddress, $0.baseAddress, values.count)
      }
    }
    return output
  }
}
