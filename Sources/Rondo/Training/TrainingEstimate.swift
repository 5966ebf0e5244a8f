import RondoNN

extension ModelConfiguration {
  /// FLOPs of a training step's matrix products for each of its tokens: a product of [m, k] and [k, n] is 2 m k n, and each
  /// weight is in three of them: forward, the gradient of its input, its own. An adaptive softmax is counted with its head
  /// alone, one-hot input not at all.
  public func trainingOperationsPerToken(vocabularySize: Int) -> Double {
    let network = network(vocabularySize: vocabularySize)
    let shapes = ParameterStore.shapes(network)
    let isLookedUp = { (name: String) in
      name == "encoder.weight" && !tied || name == "rnn.weight_ih_l0" && oneHot
    }
    let multiplied = shapes.filter { name, shape in
      shape.count == 2 && !isLookedUp(name) && !name.hasPrefix("rnn.weight_peephole")
        && !name.hasPrefix("decoder.tail.")
    }
    return multiplied.reduce(0) { $0 + 6 * Double($1.shape.reduce(1, *)) }
  }
}

/// FLOPs a second of a product of matrices as training has them: the fastest of a tenth of a second's, since whatever else
/// runs can only slow one down.
///
/// - Throws: `ThreadError`.
public func measuredOperationsPerSecond(threadCount: Int = availableThreads()) throws -> Double {
  let rows = 1024, k = 512, n = 2048
  let gang = try ThreadGang(threadCount: threadCount)
  let panels = Panels(map: .plain(n), weightColumns: k, direction: .forward)
  let input = Matrix(rows: rows, columns: k), output = Matrix(rows: rows, columns: n)
  let clock = ContinuousClock()
  gang.product(input, panels, into: output)  // the first use of the memory
  let start = clock.now
  var fastest = Duration.seconds(1)
  repeat {
    fastest = min(fastest, clock.measure { gang.product(input, panels, into: output) })
  } while clock.now - start < .milliseconds(100)
  return 2 * Double(rows * k * n) / (fastest / .seconds(1))
}
