/// What is added to the loss so that the top layer's output h stays small and changes slowly (Merity, McCann & Socher
/// 2017, arXiv:1708.01009), both as means over all their terms:
///
///     α · mean (m ⊙ h)²          activation regularization, of h after its dropout mask m
///     β · mean (h − h')²         temporal activation regularization, of h itself, over the T − 1 changes of a window
///
/// The gradients are 2α / (T B H) · m ⊙ h, and 2β / ((T − 1) B H) times each change, with its sign for both its ends.
package struct ReferencePenalties<Scalar: ReferenceScalar>: Equatable, Sendable {
  /// α.
  package var activation: Scalar
  /// β.
  package var temporalActivation: Scalar

  /// Creates penalties; 0 is none.
  package init(activation: Scalar = 0, temporalActivation: Scalar = 0) {
    self.activation = activation
    self.temporalActivation = temporalActivation
  }

  /// α · mean x², and its gradient, for T matrices x.
  func ofActivations(_ signal: [ReferenceMatrix<Scalar>]) -> (
    value: Scalar, gradient: [ReferenceMatrix<Scalar>]
  ) {
    let count = Scalar(signal.count * signal[0].elements.count)
    var sum: Scalar = 0
    for x in signal.flatMap(\.elements) { sum += x * x }
    let factor = 2 * activation / count
    return (activation * sum / count, signal.map { $0.mapElements { factor * $0 } })
  }

  /// β · mean (x − x')², and its gradient, for T matrices x; 0 for a single one.
  func ofChanges(_ signal: [ReferenceMatrix<Scalar>]) -> (
    value: Scalar, gradient: [ReferenceMatrix<Scalar>]
  ) {
    var gradient = signal.map { ReferenceMatrix<Scalar>(rows: $0.rows, columns: $0.columns) }
    let count = Scalar((signal.count - 1) * signal[0].elements.count)
    var sum: Scalar = 0
    for t in signal.indices.dropFirst() {
      for index in signal[t].elements.indices {
        let change = signal[t].elements[index] - signal[t - 1].elements[index]
        sum += change * change
        gradient[t].elements[index] += 2 * temporalActivation / count * change
        gradient[t - 1].elements[index] -= 2 * temporalActivation / count * change
      }
    }
    return (count > 0 ? temporalActivation * sum / count : 0, gradient)
  }
}
