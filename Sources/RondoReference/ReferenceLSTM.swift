/// One LSTM layer: its weights, the step of its cell, and a window of steps.
///
/// The long short-term memory (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735), with the forget gate
/// (Gers, Schmidhuber & Cummins 2000, doi:10.1162/089976600300015015), keeps a cell state c that is changed by adding
/// to it and by scaling it, and so carries gradients over many steps:
///
///     i = σ(Wᵢ x + bᵢ + Uᵢ h' + b̃ᵢ)       input gate: how much of the new value is written
///     f = σ(W_f x + b_f + U_f h' + b̃_f)   forget gate: how much of the old state stays
///     g = tanh(W_g x + b_g + U_g h' + b̃_g)    the new value
///     o = σ(Wₒ x + bₒ + Uₒ h' + b̃ₒ)       output gate: how much of the state is shown
///     c = f ⊙ c' + i ⊙ g
///     h = o ⊙ tanh c
///
/// The four W are stacked in one matrix, in the order i, f, g, o, and so are the four U and the biases. The second
/// bias b̃ does nothing that the first does not; it is there because PyTorch's (and cuDNN's) LSTM has it.
struct ReferenceLSTMLayer<Scalar: ReferenceScalar> {
  typealias Matrix = ReferenceMatrix<Scalar>

  /// W, `[4H, K]`, where K is the length of the vectors that enter the layer.
  var inputWeights: Matrix
  /// U, `[4H, H]`.
  var recurrentWeights: Matrix
  /// b, `[4H]`.
  var inputBias: Matrix
  /// b̃, `[4H]`.
  var recurrentBias: Matrix

  /// H.
  var hiddenSize: Int { recurrentWeights.columns }

  /// Weights of the same shapes, all 0: where gradients are summed up.
  var zeros: Self {
    Self(
      inputWeights: Matrix(rows: inputWeights.rows, columns: inputWeights.columns),
      recurrentWeights: Matrix(rows: recurrentWeights.rows, columns: recurrentWeights.columns),
      inputBias: Matrix(rows: 1, columns: inputBias.columns),
      recurrentBias: Matrix(rows: 1, columns: recurrentBias.columns))
  }

  /// What one time step computed, kept because the way back needs all of it.
  struct Step {
    /// x, `[B, K]`.
    let input: Matrix
    /// h', `[B, H]`.
    let previousHidden: Matrix
    /// c', `[B, H]`.
    let previousCell: Matrix
    /// The four gates side by side after their σ or tanh, `[B, 4H]`: i, f, g, o.
    let gates: Matrix
    /// c, `[B, H]`.
    let cell: Matrix
    /// h, `[B, H]`.
    let hidden: Matrix
  }
}

// MARK: - One step

extension ReferenceLSTMLayer {
  /// One step forward: the equations above.
  func step(input: Matrix, previousHidden: Matrix, previousCell: Matrix) -> Step {
    let size = hiddenSize
    var gates = input.times(transposed: inputWeights) + previousHidden.times(transposed: recurrentWeights)
    gates.addToEachRow(inputBias)
    gates.addToEachRow(recurrentBias)
    var cell = previousCell
    var hidden = previousHidden
    for b in 0..<input.rows {
      for unit in 0..<size {
        let i = sigmoid(gates[b, unit])
        let f = sigmoid(gates[b, size + unit])
        let g = Scalar.hyperbolicTangent(gates[b, 2 * size + unit])
        let o = sigmoid(gates[b, 3 * size + unit])
        let c = f * previousCell[b, unit] + i * g
        cell[b, unit] = c
        hidden[b, unit] = o * Scalar.hyperbolicTangent(c)
        gates[b, unit] = i
        gates[b, size + unit] = f
        gates[b, 2 * size + unit] = g
        gates[b, 3 * size + unit] = o
      }
    }
    return Step(
      input: input, previousHidden: previousHidden, previousCell: previousCell, gates: gates, cell: cell,
      hidden: hidden)
  }

  /// One step backward.
  ///
  /// `dHidden` (dh) is the sum of what comes down from the layer above and what comes back from step t + 1 through U;
  /// `dCell` (dc) comes back from step t + 1. The chain rule, line by line:
  ///
  ///     h = o ⊙ tanh c          do = dh ⊙ tanh c          dc += dh ⊙ o ⊙ (1 − tanh² c)
  ///     c = f ⊙ c' + i ⊙ g      di = dc ⊙ g    df = dc ⊙ c'    dg = dc ⊙ i    dc' = dc ⊙ f
  ///     y = σ(a)                da = dy ⊙ y ⊙ (1 − y)
  ///     y = tanh(a)             da = dy ⊙ (1 − y²)
  ///     a = W x + b + U h' + b̃  dx = da·W   dh' = da·U   dW += daᵀ·x   dU += daᵀ·h'   db = db̃ += Σ da
  ///
  /// - Parameter gradients: The sums dW, dU, db and db̃, to which this step's share is added.
  /// - Returns: dx `[B, K]`, dh' `[B, H]` and dc' `[B, H]`.
  func stepBackward(_ step: Step, dHidden: Matrix, dCell: Matrix, gradients: inout Self)
    -> (dInput: Matrix, dPreviousHidden: Matrix, dPreviousCell: Matrix)
  {
    let size = hiddenSize
    var dGates = step.gates  // da
    var dPreviousCell = dCell
    for b in 0..<step.hidden.rows {
      for unit in 0..<size {
        let i = step.gates[b, unit]
        let f = step.gates[b, size + unit]
        let g = step.gates[b, 2 * size + unit]
        let o = step.gates[b, 3 * size + unit]
        let tanhCell = Scalar.hyperbolicTangent(step.cell[b, unit])
        let dh = dHidden[b, unit]
        let dc = dCell[b, unit] + dh * o * (1 - tanhCell * tanhCell)
        dGates[b, unit] = dc * g * i * (1 - i)
        dGates[b, size + unit] = dc * step.previousCell[b, unit] * f * (1 - f)
        dGates[b, 2 * size + unit] = dc * i * (1 - g * g)
        dGates[b, 3 * size + unit] = dh * tanhCell * o * (1 - o)
        dPreviousCell[b, unit] = dc * f
      }
    }
    gradients.inputWeights.add(transposed: dGates, times: step.input)
    gradients.recurrentWeights.add(transposed: dGates, times: step.previousHidden)
    gradients.inputBias.add(rowsOf: dGates)
    gradients.recurrentBias.add(rowsOf: dGates)
    return (dGates.times(inputWeights), dGates.times(recurrentWeights), dPreviousCell)
  }
}

// MARK: - A window of steps

extension ReferenceLSTMLayer {
  /// Runs the steps of a window, from t = 0 on, each with the h and c of the one before it.
  ///
  /// - Parameters:
  ///   - inputs: T matrices `[B, K]`.
  ///   - hidden: h before the first step, `[B, H]`.
  ///   - cell: c before the first step, `[B, H]`.
  /// - Returns: The T steps.
  func forward(inputs: [Matrix], hidden: Matrix, cell: Matrix) -> [Step] {
    var steps: [Step] = []
    var (h, c) = (hidden, cell)
    for x in inputs {
      let step = step(input: x, previousHidden: h, previousCell: c)
      (h, c) = (step.hidden, step.cell)
      steps.append(step)
    }
    return steps
  }

  /// Goes back through the steps of a window, from the last to the first: backpropagation through time
  /// (Werbos 1990, doi:10.1109/5.58337).
  ///
  /// It is truncated (Williams & Peng 1990, doi:10.1162/neco.1990.2.4.490): the h and c that entered the window count
  /// as constants, so what would flow back into them is dropped, and nothing flows in behind the last step.
  ///
  /// - Parameters:
  ///   - steps: What `forward` returned.
  ///   - dOutputs: The gradients of the T hidden states as the layer above sends them down, each `[B, H]`.
  /// - Returns: The gradients of the T inputs, each `[B, K]`, and of the weights.
  func backward(steps: [Step], dOutputs: [Matrix]) -> (dInputs: [Matrix], gradients: Self) {
    var gradients = zeros
    var dInputs: [Matrix] = []
    var dHidden = Matrix(rows: steps[0].hidden.rows, columns: hiddenSize)
    var dCell = dHidden
    for t in steps.indices.reversed() {
      let back = stepBackward(
        steps[t], dHidden: dOutputs[t] + dHidden, dCell: dCell, gradients: &gradients)
      dInputs.append(back.dInput)
      (dHidden, dCell) = (back.dPreviousHidden, back.dPreviousCell)
    }
    return (dInputs.reversed(), gradients)
  }
}
