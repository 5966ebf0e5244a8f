import RondoNN
import TestSupport
import Testing

@Suite struct ThreadGangRowsTests {
  /// One row as the kernel is said to do it: maximum, exponentials in 16 lanes, tree sum, log.
  private func crossEntropy(
    _ logits: [Float], target: Int, scale: Float, _ gang: ThreadGang
  ) -> (loss: Double, logits: [Float]) {
    let maximum = logits.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
    let exponentials = gang.apply(.exp, to: logits.map { $0 - maximum })
    var lanes = Array(repeating: 0 as Float, count: 16)
    for (index, value) in exponentials.enumerated() { lanes[index % 16] += value }
    let sum = treeSum(lanes)
    let loss = ExactMath.log(Double(sum)) + (Double(maximum) - Double(logits[target]))
    if scale == 0 { return (loss, logits) }
    let factor = scale / sum
    var gradient = exponentials.map { $0 * factor }
    gradient[target] -= scale
    return (loss, gradient)
  }

  @Test(arguments: Workers.all)
  func crossEntropyIsTheWrittenOutOne(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, size) in [(1, 1), (3, 15), (2, 16), (5, 17), (13, 100), (1, 1009)] {
      for (spread, scale) in [(1, 0), (3, 0.125), (80, 1 / 3), (1e30, 1)] as [(Float, Float)] {
        let values = numbers(rows * size, seed: UInt64(size)).map { $0 * spread }
        let ids = tokens(rows, below: size, seed: 20)
        let logits = Matrix(values, rows: rows, columns: size, padding: -.infinity)
        let losses = Buffer<Double>(count: rows)
        gang.crossEntropy(
          logits: logits, vocabularySize: size, targets: Buffer(ids), gradientScale: scale, losses: losses)
        for row in 0..<rows {
          let padding = Array(repeating: -Float.infinity, count: logits.stride - size)
          let own = values[row * size..<(row + 1) * size] + padding
          let expected = crossEntropy(Array(own), target: Int(ids[row]), scale: scale, gang)
          #expect(bits([losses[row]]) == bits([expected.loss]), "\(rows) × \(size), spread \(spread)")
          let result = logits.buffer[row * logits.stride..<(row + 1) * logits.stride].array
          #expect(bits(result) == bits(expected.logits), "\(rows) × \(size), spread \(spread)")
          #expect(losses[row].isFinite && losses[row] >= 0)
          if scale != 0 { #expect(result[size...].allSatisfy { $0 == 0 }) }
        }
      }
    }
  }

  /// Extreme logits, against what they mean.
  @Test(arguments: Workers.all)
  func crossEntropyOfExtremeLogits(workers: Workers) throws {
    let gang = try workers.gang()
    let big = Float.greatestFiniteMagnitude
    let rows: [[Float]] = [
      [big, 0, -big], [-big, -big, -big], [1e4, 1e4, 0], [-.infinity, 0, -.infinity], [0, .nan, 0],
    ]
    let logits = Matrix(rows.flatMap(\.self), rows: 5, columns: 3, padding: -.infinity)
    let losses = Buffer<Double>(count: 5)
    gang.crossEntropy(
      logits: logits, vocabularySize: 3, targets: Buffer([1, 2, 0, 1, 0]), gradientScale: 1, losses: losses)
    #expect(losses[0] == Double(big))
    #expect(abs(losses[1] - 1.0986122886681098) <= 1e-7)
    #expect(abs(losses[2] - 0.6931471805599453) <= 1e-7)
    #expect(losses[3] == 0)
    #expect(losses[4].isNaN)
    let gradients = logits.elements
    #expect(gradients[0..<3] == [1, -1, 0])
    #expect(gradients[6..<9] == [-0.5, 0.5, 0])
    #expect(gradients[9..<12] == [0, 0, 0])
  }

  @Test(arguments: Workers.all)
  func gatherCopiesRows(workers: Workers) throws {
    let gang = try workers.gang()
    for (size, columns, count) in [(1, 1, 1), (7, 5, 11), (3, 16, 2), (50, 17, 33)] {
      let table = numbers(size * columns, seed: 21), ids = tokens(count, below: size, seed: 22)
      // A parameter's rows lie close together; those of the window are padded.
      let source = Matrix(buffer: Buffer(table), rows: size, columns: columns, stride: columns)
      let destination = Matrix(rows: count + 1, columns: columns)
      destination.buffer.fill(99)
      gang.gather(source, ids: Buffer(ids), into: destination)
      let expected = ids.flatMap { table[Int($0) * columns..<(Int($0) + 1) * columns] }
      #expect(destination.rows(0..<count).elements == expected)
      for index in 0..<destination.buffer.count
      where index % destination.stride >= columns || index / destination.stride == count {
        #expect(destination.buffer[index] == 99)
      }
    }
  }

  /// Sums are taken in the order of the rows, which few tokens and many rows make visible.
  @Test(arguments: Workers.all)
  func scatterAddKeepsTheOrder(workers: Workers) throws {
    let gang = try workers.gang()
    for (size, columns, count) in [(1, 1, 5), (2, 15, 100), (3, 16, 40), (5, 17, 64), (4, 100, 30)] {
      let start = numbers(size * columns, seed: 23), added = numbers(count * columns, seed: 24)
      let ids = tokens(count, below: size, seed: 25)
      let destination = Buffer(start + Array(repeating: 99, count: 32))
      gang.scatterAdd(
        Matrix(added, rows: count, columns: columns, padding: .nan), ids: Buffer(ids),
        into: Matrix(buffer: destination, rows: size, columns: columns, stride: columns))
      var expected = start
      for (row, id) in ids.enumerated() {
        for column in 0..<columns { expected[Int(id) * columns + column] += added[row * columns + column] }
      }
      #expect(
        bits(destination.array) == bits(expected + Array(repeating: 99, count: 32)), "\(size) × \(columns)")
    }
  }
}
