/// A residual connection around a layer: it puts out y + h, where h is its hidden state and y what the layer below it put
/// out, before dropout (He et al. 2016, arXiv:1512.03385; between LSTM layers Wu et al. 2016, arXiv:1609.08144).
///
/// Where it is off the layer's output is h, and nothing is kept.
struct Residual: Sendable {
  let isOn: Bool
  /// [R, H]: the output, and on the way back, when nobody needs that any more, its gradient.
  private let sum: Matrix

  init(isOn: Bool, rows: Int, columns: Int) {
    self.isOn = isOn
    sum = Matrix(rows: isOn ? rows : 0, columns: columns)
  }

  func forward(_ hidden: Matrix, below: Matrix, _ gang: ThreadGang) -> Matrix {
    guard isOn else { return hidden }
    gang.add(below, hidden, into: latest(hidden))
    return latest(hidden)
  }

  /// What the last `forward` gave for these hidden states.
  func latest(_ hidden: Matrix) -> Matrix { isOn ? sum.rows(0..<hidden.rows) : hidden }

  /// Keeps the gradient of the output, which is also that of h, until that of y is made.
  func keep(_ gradient: Matrix) {
    guard isOn else { return }
    latest(gradient).buffer.copy(from: gradient.buffer)
  }

  /// Adds what was kept to the gradient that y gets by way of the layer.
  func backward(_ gradient: Matrix, _ gang: ThreadGang) {
    guard isOn else { return }
    gang.add(gradient, latest(gradient), into: gradient)
  }
}
