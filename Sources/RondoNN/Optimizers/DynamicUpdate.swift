import CRondoKernels

/// How large each parameter's gradient was in training: the root mean square over windows of many streams.
package struct GradientStatistics: Sendable {
  /// Laid out as the parameters.
  let deviations: Buffer<Float>
  /// The mean over tensors of the means of their elements.
  let meanDeviation: Float

  /// - Parameter sums: the sums of the squares over `count` windows; they become the deviations.
  init(sums: Buffer<Float>, count: Int, slices: [ParameterStore.Slice]) {
    deviations = sums
    var total = 0.0
    for slice in slices {
      var sum = 0.0
      for index in slice.range {
        let deviation = (sums[index] / Float(count)).squareRoot()
        sums[index] = deviation
        sum += Double(deviation)
      }
      total += sum / Double(slice.count)
    }
    meanDeviation = Float(total / Double(slices.count))
  }
}

/// The step of dynamic evaluation (Krause et al. 2018, arXiv:1709.07432): along the gradient of what was just read,
///
///     p ← p + d (p₀ − p) − η g / (s + ε)      d = min(1, λ s / mean s)
///
/// where p₀ is the parameter as it was trained and s its `GradientStatistics`; without them p ← p + λ (p₀ − p) − η g.
package struct DynamicUpdate: Sendable {
  /// η.
  package var rate: Float
  /// λ, at most 1.
  package var decay: Float
  /// ε.
  package var epsilon: Float
  package var statistics: GradientStatistics?

  package init(rate: Float, decay: Float, epsilon: Float, statistics: GradientStatistics? = nil) {
    self.rate = rate
    self.decay = decay
    self.epsilon = epsilon
    self.statistics = statistics
  }

  func apply(
    to parameters: Buffer<Float>, initial: Buffer<Float>, gradients: Buffer<Float>, _ gang: ThreadGang
  ) {
    precondition(parameters.count == initial.count && parameters.count == gradients.count, "shapes differ")
    precondition(statistics.map { $0.deviations.count == parameters.count } ?? true, "shapes differ")
    unsafe gang.adapt(
      rondo_adapt(
        count: parameters.count, parameters: parameters.pointer, gradients: gradients.pointer,
        initial: initial.pointer, deviations: statistics?.deviations.pointer, rate: rate, decay: decay,
        epsilon: epsilon, mean_deviation: statistics?.meanDeviation ?? 1))
  }
}
