import RondoNN
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// A step of two optimizers over the same gradients: one that made all steps, one that was stored and made anew.
  @Test(arguments: [
    OptimizerKind.adamW(beta1: 0.9, beta2: 0.99, epsilon: 1e-6), .sgd(momentum: 0.8), .sgd(momentum: 0),
    .rmsProp(decay: 0.9),
  ])
  func resumesWithTheSameBytes(kind: OptimizerKind) throws {
    let gang = try ThreadGang(threadCount: 2)
    let configuration = NetworkConfiguration(
      vocabularySize: 5, embeddingSize: 3, hiddenSize: 4, layerCount: 1)
    func store(_ values: [Float]) -> ParameterStore {
      let store = ParameterStore(configuration)
      store.values.copy(from: values)
      return store
    }
    let whole = store(numbers(ParameterStore(configuration).values.count, seed: 50))
    let count = whole.values.count
    func step(_ optimizer: inout Optimizer, _ store: ParameterStore, _ number: UInt64) {
      optimizer.update(
        store, gradients: Buffer(numbers(count, seed: 60 + number)), learningRate: 0.01, gradientScale: 0.5,
        gang)
    }
    var optimizer = Optimizer(kind: kind, weightDecay: 0.1, parameterCount: count)
    for number in 0..<3 as Range<UInt64> { step(&optimizer, whole, number) }

    #expect(optimizer.step == 3)
    #expect(optimizer.momentNames.count == optimizer.moments.count)
    let copy = store(whole.values.array)
    var resumed = Optimizer(
      kind: kind, weightDecay: 0.1, parameterCount: count, step: optimizer.step,
      betaPowers: optimizer.betaPowers)
    for (moment, saved) in zip(resumed.moments, optimizer.moments) { moment.copy(from: saved) }
    // One that has gone elsewhere meanwhile and comes back.
    var restored = Optimizer(kind: kind, weightDecay: 0.1, parameterCount: count)
    let other = store(numbers(count, seed: 51)), third = store(whole.values.array)
    step(&restored, other, 0)
    restored.restore(optimizer)
    for number in 3..<6 as Range<UInt64> {
      step(&optimizer, whole, number)
      step(&resumed, copy, number)
      step(&restored, third, number)
    }
    for (optimizer, values) in [(resumed, copy), (restored, third)] {
      #expect(bits(values.values.array) == bits(whole.values.array))
      #expect(optimizer.betaPowers == resumed.betaPowers && optimizer.step == 6)
    }
    #expect(resumed.betaPowers == optimizer.betaPowers)
  }

  @Test func powersAreRunningProducts() throws {
    let gang = try ThreadGang(threadCount: 1)
    let store = ParameterStore(
      NetworkConfiguration(vocabularySize: 1, embeddingSize: 1, hiddenSize: 1, layerCount: 1))
    var optimizer = Optimizer(kind: .adamW(), weightDecay: 0, parameterCount: store.values.count)
    var powers = (1.0, 1.0)
    for _ in 0..<20 {
      optimizer.update(
        store, gradients: Buffer(count: store.values.count), learningRate: 1, gradientScale: 1, gang)
      powers = (powers.0 * Double(0.9 as Float), powers.1 * Double(0.999 as Float))
    }
    #expect(optimizer.betaPowers == powers)
  }

  /// By hand, as torch.optim.SGD: the first velocity is the gradient, decay is part of the gradient.
  @Test func sgdByHand() throws {
    let gang = try ThreadGang(threadCount: 1)
    let store = ParameterStore(
      NetworkConfiguration(vocabularySize: 1, embeddingSize: 1, hiddenSize: 1, layerCount: 1))
    store.values.fill(2)
    let gradients = Buffer(Array(repeating: 2 as Float, count: store.values.count))
    var optimizer = Optimizer(kind: .sgd(momentum: 0.5), weightDecay: 0.25, parameterCount: gradients.count)
    // What the velocities hold before the first step does not count.
    optimizer.moments[0].fill(100)
    optimizer.update(store, gradients: gradients, learningRate: 0.5, gradientScale: 0.5, gang)
    #expect(store.values.array.allSatisfy { $0 == 1.25 })
    optimizer.update(store, gradients: gradients, learningRate: 0.5, gradientScale: 0.5, gang)
    #expect(store.values.array.allSatisfy { $0 == 0.21875 })
  }

  /// By hand: s = ¼ · 2² = 1, so the step is 2 / 1; then s = ¾ + ¼ · 1 = 1 again.
  @Test func rmsPropByHand() throws {
    let gang = try ThreadGang(threadCount: 1)
    let store = ParameterStore(
      NetworkConfiguration(vocabularySize: 1, embeddingSize: 1, hiddenSize: 1, layerCount: 1))
    store.values.fill(2)
    let gradients = Buffer(Array(repeating: 4 as Float, count: store.values.count))
    var optimizer = Optimizer(
      kind: .rmsProp(decay: 0.75, epsilon: 0), weightDecay: 0, parameterCount: gradients.count)
    optimizer.update(store, gradients: gradients, learningRate: 0.5, gradientScale: 0.5, gang)
    #expect(store.values.array.allSatisfy { $0 == 1 })
    // The penalty is part of the gradient: 1 · 1 + 0.
    var decayed = Optimizer(
      kind: .rmsProp(decay: 0.75, epsilon: 0.5), weightDecay: 1, parameterCount: gradients.count)
    decayed.moments[0].fill(1)
    decayed.update(store, gradients: gradients, learningRate: 0.75, gradientScale: 0, gang)
    #expect(store.values.array.allSatisfy { $0 == 0.5 })
  }

  @Test func clipping() {
    #expect(Optimizer.clippingScale(norm: 0, maximumNorm: 1) == 1)
    #expect(Optimizer.clippingScale(norm: 0.999, maximumNorm: 1) == 1)
    #expect(Optimizer.clippingScale(norm: 4, maximumNorm: 1) == Float(1 / (4 + 1e-6)))
    #expect(Optimizer.clippingScale(norm: .infinity, maximumNorm: 1) == 0)
    #expect(Optimizer.clippingScale(norm: 5, maximumNorm: .infinity) == 1)
  }
}
