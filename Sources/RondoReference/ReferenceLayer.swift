/// One recurrent layer: its weights, the two products of a step around its cell, and a window of steps.
struct ReferenceLayer<Scalar: ReferenceScalar> {
  typealias Matrix = ReferenceMatrix<Scalar>
  typealias State = ReferenceCellState<Scalar>
  typealias Step = ReferenceStep<Scalar>

  /// Which cell it has.
  let kind: ReferenceCellKind
  /// W, `[G·H, K]`, where K is the length of the vectors that enter the layer.
  var inputWeights: Matrix
  /// U, `[G·H, H]`.
  var recurrentWeights: Matrix
  /// b, `[G·H]`.
  var inputBias: Matrix
  /// b̃, `[G·H]`.
  var recurrentBias: Matrix
  /// p, `[3, H]`, of a peephole LSTM; else `nil`.
  var peepholes: Matrix?
  /// LN of W x, of U h' and of c, where the layer is normalized.
  var norms: Norms?
  /// The rounds of a Mogrifier LSTM; else `nil`.
  var mogrifier: ReferenceMogrifier<Scalar>?

  /// Layer normalization at its three places; the biases of the first two are b and b̃.
  struct Norms {
    var input: ReferenceLayerNorm<Scalar>
    var recurrent: ReferenceLayerNorm<Scalar>
    /// Where there is a c.
    var cell: ReferenceLayerNorm<Scalar>?
  }

  /// H.
  var hiddenSize: Int { recurrentWeights.columns }

  /// Weights of the same shapes, all 0: where gradients are summed up.
  var zeros: Self {
    func zeros(_ matrix: Matrix) -> Matrix { matrix.mapElements { _ in 0 } }
    return Self(
      kind: kind, inputWeights: zeros(inputWeights), recurrentWeights: zeros(recurrentWeights),
      inputBias: zeros(inputBias), recurrentBias: zeros(recurrentBias), peepholes: peepholes.map(zeros),
      norms: norms.map {
        Norms(input: $0.input.zeros, recurrent: $0.recurrent.zeros, cell: $0.cell?.zeros)
      },
      mogrifier: mogrifier?.zeros)
  }

  /// The pointwise part.
  private var cell: any ReferenceCell<Scalar> {
    switch kind {
    case .lstm, .mogrifier: ReferenceLSTM(output: ReferenceCellOutput(norm: norms?.cell))
    case .rnnTanh: ReferenceRNN(isRectified: false)
    case .rnnReLU: ReferenceRNN(isRectified: true)
    case .gru: ReferenceGRU()
    case .peephole:
      ReferencePeepholeLSTM(
        peepholes: peepholes ?? Matrix(rows: 3, columns: hiddenSize),
        output: ReferenceCellOutput(norm: norms?.cell))
    }
  }
}

// MARK: - One step

extension ReferenceLayer {
  /// One step forward: a = W x + b, u = U h' + b̃, and the cell's equations. With layer normalization a = LN(W x) + b and
  /// u = LN(U h') + b̃; of a Mogrifier LSTM x and h' have changed each other before.
  func step(input: Matrix, before: State) -> Step {
    let mogrified = mogrifier?.forward(input: input, hidden: before.hidden)
    let factors = mogrified.map(ReferenceMogrifier.factors) ?? (input: input, hidden: before.hidden)
    let products = (
      input: factors.input.times(transposed: inputWeights),
      recurrent: factors.hidden.times(transposed: recurrentWeights)
    )
    var a = norms?.input.forward(products.input) ?? products.input
    a.addToEachRow(inputBias)
    var u = norms?.recurrent.forward(products.recurrent) ?? products.recurrent
    u.addToEachRow(recurrentBias)
    let (units, after) = cell.forward(a: a, u: u, before: before)
    return Step(
      factors: factors, products: products, mogrified: mogrified, before: before, units: units, after: after)
  }

  /// One step backward: the cell's, then
  ///
  ///     a = W x + b         dx = da·W             dW += daᵀ·x      db += Σ da
  ///     u = U h' + b̃        dh' += du·U           dU += duᵀ·h'     db̃ += Σ du
  ///
  /// with LN's way back between b and W, and that of the Mogrifier's rounds after dx and dh'.
  ///
  /// - Parameters:
  ///   - dAfter: The gradients of h and c: of h the sum of what comes down from the layer above and what comes back
  ///     from step t + 1, of c what comes back from step t + 1.
  ///   - gradients: The sums dW, dU, db, db̃ and dp, to which this step's share is added.
  /// - Returns: dx `[B, K]`, and the gradients of h' and c'.
  func stepBackward(_ step: Step, dAfter: State, gradients: inout Self) -> (dInput: Matrix, dBefore: State) {
    let back = cell.backward(step, dAfter: dAfter)
    gradients.inputBias.add(rowsOf: back.da)
    gradients.recurrentBias.add(rowsOf: back.du)
    if let sum = gradients.peepholes, let share = back.dPeepholes { gradients.peepholes = sum + share }
    var (dProduct, dRecurrentProduct) = (back.da, back.du)
    if let norms, var sums = gradients.norms {
      dProduct = norms.input.backward(step.products.input, dOutput: back.da, gradients: &sums.input)
      dRecurrentProduct = norms.recurrent.backward(
        step.products.recurrent, dOutput: back.du, gradients: &sums.recurrent)
      if let share = back.dCellNorm { sums.cell?.add(share) }
      gradients.norms = sums
    }
    gradients.inputWeights.add(transposed: dProduct, times: step.factors.input)
    gradients.recurrentWeights.add(transposed: dRecurrentProduct, times: step.factors.hidden)
    var dInput = dProduct.times(inputWeights)
    var dHidden = dRecurrentProduct.times(recurrentWeights)
    if let mogrifier, let vectors = step.mogrified, var sums = gradients.mogrifier {
      (dInput, dHidden) = mogrifier.backward(vectors, dInput: dInput, dHidden: dHidden, gradients: &sums)
      gradients.mogrifier = sums
    }
    var dBefore = back.dBefore
    dBefore.hidden = dBefore.hidden + dHidden
    return (dInput, dBefore)
  }
}

// MARK: - A window of steps

extension ReferenceLayer {
  /// Runs the steps of a window, from t = 0 on, each with the states of the one before it.
  ///
  /// - Parameters:
  ///   - inputs: T matrices `[B, K]`.
  ///   - state: h and c before the first step.
  /// - Returns: The T steps.
  func forward(inputs: [Matrix], state: State) -> [Step] {
    var steps: [Step] = []
    var before = state
    for x in inputs {
      let step = step(input: x, before: before)
      before = step.after
      steps.append(step)
    }
    return steps
  }

  /// Goes back through the steps of a window, from the last to the first: backpropagation through time
  /// (Werbos 1990, doi:10.1109/5.58337).
  ///
  /// It is truncated (Williams & Peng 1990, doi:10.1162/neco.1990.2.4.490): the states that entered the window count
  /// as constants, so what would flow back into them is dropped, and nothing flows in after the last step.
  ///
  /// - Parameters:
  ///   - steps: What `forward` returned.
  ///   - dOutputs: The gradients of the T hidden states as the layer above sends them down, each `[B, H]`.
  /// - Returns: The gradients of the T inputs, each `[B, K]`, and of the weights.
  func backward(steps: [Step], dOutputs: [Matrix]) -> (dInputs: [Matrix], gradients: Self) {
    var gradients = zeros
    var dInputs: [Matrix] = []
    var dAfter = State(
      hidden: steps[0].after.hidden.mapElements { _ in 0 }, cell: steps[0].after.cell.mapElements { _ in 0 })
    for t in steps.indices.reversed() {
      dAfter.hidden = dAfter.hidden + dOutputs[t]
      let back = stepBackward(steps[t], dAfter: dAfter, gradients: &gradients)
      dInputs.append(back.dInput)
      dAfter = back.dBefore
    }
    return (dInputs.reversed(), gradients)
  }
}
