import CRondoKernels
import RondoNN
import TestSupport
import Testing

/// Products against loops that write out the promised order: one chain of fused multiply-adds in increasing k for each
/// element. All comparisons are exact.
@Suite struct ThreadGangProductsTests {
  /// Rows, k and n around the sizes of vectors (16), tiles (2, 6), panels (64) and blocks (128 and 256 of k, 192 rows).
  private static let sizes = [
    (1, 1, 1), (1, 0, 5), (2, 3, 15), (5, 15, 16), (6, 16, 17), (7, 17, 33), (13, 127, 63), (3, 128, 64),
    (4, 129, 65),
    (11, 31, 130), (193, 5, 66), (191, 2, 7), (1, 257, 100), (9, 300, 70),
    (385, 1, 1),
  ]

  private func chain(_ start: Float, _ input: ArraySlice<Float>, _ weight: (Int) -> Float) -> Float {
    var sum = start
    for (k, x) in input.enumerated() { sum = sum.addingProduct(x, weight(k)) }
    return sum
  }

  @Test(arguments: Workers.all)
  func forwardProduct(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, k, n) in Self.sizes {
      let weight = numbers(n * k, seed: 1), values = numbers(rows * k, seed: 2), bias = numbers(n, seed: 3)
      let panels = Panels(map: .plain(n), weightColumns: k, direction: .forward)
      gang.pack(Buffer(weight), into: panels)
      let packedBias = Buffer<Float>(count: paddedToVectors(n))
      gang.packBias(Buffer(bias), nil, map: .plain(n), padding: -7, into: packedBias)
      let input = Matrix(values, rows: rows, columns: k, padding: .nan)

      for starts in [nil, packedBias] {
        let output = Matrix(Array(repeating: .nan, count: rows * n), rows: rows, columns: n, padding: .nan)
        gang.product(input, panels, bias: starts, into: output)
        let expected = (0..<rows).flatMap { row in
          (0..<n).map { column in
            chain(starts == nil ? 0 : bias[column], values[row * k..<(row + 1) * k]) {
              weight[column * k + $0]
            }
          }
        }
        #expect(bits(output.elements) == bits(expected), "\(rows) × \(k) × \(n)")
        // Columns of padding hold what the chain started with.
        for row in 0..<rows {
          for column in n..<output.stride {
            #expect(output.buffer[row * output.stride + column] == (starts == nil ? 0 : -7))
          }
        }
      }
    }
  }

  /// Rows of an LSTM's weight come out in panels of 16 units, gate after gate.
  @Test(arguments: Workers.all)
  func forwardProductOfGates(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, k, hiddenSize) in [(1, 1, 1), (3, 16, 15), (7, 5, 16), (2, 130, 17), (5, 20, 20), (9, 7, 70)] {
      let weight = numbers(4 * hiddenSize * k, seed: 4), values = numbers(rows * k, seed: 5)
      let (first, second) = (numbers(4 * hiddenSize, seed: 6), numbers(4 * hiddenSize, seed: 7))
      let map = RowMap.cell(.lstm, hiddenSize: hiddenSize)
      let panels = Panels(map: map, weightColumns: k, direction: .forward)
      gang.pack(Buffer(weight), into: panels)
      let bias = Buffer<Float>(count: map.columns)
      gang.packBias(Buffer(first), Buffer(second), map: map, padding: 0, into: bias)
      let output = Matrix(rows: rows, columns: map.columns)
      gang.product(Matrix(values, rows: rows, columns: k, padding: .nan), panels, bias: bias, into: output)
      let expected: [Float] = (0..<rows).flatMap { row in
        (0..<map.columns).map { column in
          guard let from = mappedRow(column, gates: 4, units: hiddenSize) else { return 0 }
          return chain(first[from] + second[from], values[row * k..<(row + 1) * k]) { weight[from * k + $0] }
        }
      }
      #expect(bits(output.elements) == bits(expected), "\(rows) × \(k) × 4 · \(hiddenSize)")
    }
  }

  @Test(arguments: Workers.all)
  func backwardProduct(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, units, n, gates) in [
      (1, 1, 1, 1), (3, 15, 16, 1), (7, 17, 17, 1), (200, 40, 65, 1), (2, 300, 5, 1), (1, 1, 1, 4),
      (6, 16, 33, 4),
      (5, 20, 20, 4), (193, 33, 70, 4), (5, 20, 20, 3), (7, 70, 33, 3),
    ] {
      let map = RowMap.cell(gates == 1 ? .rnnTanh : gates == 3 ? .gru : .lstm, hiddenSize: units)
      let weight = numbers(gates * units * n, seed: 8), values = numbers(rows * map.columns, seed: 9)
      let panels = Panels(map: map, weightColumns: n, direction: .backward)
      gang.pack(Buffer(weight), into: panels)
      let output = Matrix(rows: rows, columns: n)
      let input = Matrix(values, rows: rows, columns: map.columns, padding: .nan)
      gang.product(input, panels, into: output)
      let rowOf = (0..<map.columns).map { mappedRow($0, gates: gates, units: units) }
      let expected: [Float] = (0..<rows).flatMap { row in
        (0..<n).map { column in
          chain(0, values[row * map.columns..<(row + 1) * map.columns]) { k in
            rowOf[k].map { weight[$0 * n + column] } ?? 0
          }
        }
      }
      #expect(bits(output.elements) == bits(expected), "\(rows) × \(gates) · \(units) × \(n)")
    }
  }

  /// The third start goes on from what the output holds.
  @Test(arguments: Workers.all)
  func productContinuesItsOutput(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, k, n) in Self.sizes {
      let weight = numbers(n * k, seed: 10), values = numbers(rows * k, seed: 11)
      let start = numbers(rows * n, seed: 12)
      let panels = Panels(map: .plain(n), weightColumns: k, direction: .forward)
      gang.pack(Buffer(weight), into: panels)
      let output = Matrix(start, rows: rows, columns: n, padding: .nan)
      gang.product(
        Matrix(values, rows: rows, columns: k, padding: .nan), panels, accumulates: true, into: output)
      let expected = (0..<rows).flatMap { row in
        (0..<n).map { column in
          chain(start[row * n + column], values[row * k..<(row + 1) * k]) { weight[column * k + $0] }
        }
      }
      #expect(bits(output.elements) == bits(expected), "\(rows) × \(k) × \(n)")
    }
  }

  /// Every number of the weight goes to one place, both ways, zeros to the others, and nothing after them. What order
  /// they are in is the kernels' own; the products above say whether it is the right one.
  @Test(arguments: Workers.all)
  func packsIntoPanels(workers: Workers) throws {
    let gang = try RawGang(workers)
    for (gates, units, columns) in [
      (1, 1, 1), (1, 5, 0), (1, 15, 16), (1, 16, 17), (1, 65, 3), (1, 130, 67), (4, 1, 1), (4, 17, 20),
      (4, 40, 65), (3, 17, 20), (3, 70, 65),
    ] {
      let weight = numbers(gates * units * columns, seed: 13)
      let source = Buffer(weight)
      let map = rondo_row_map(gates: Int32(gates), units: Int32(units))
      let mapped = Int(rondo_mapped_columns(map))
      #expect(mapped == gates * paddedToVectors(units))
      for transposed in [true, false] {
        let (k, n) = transposed ? (columns, mapped) : (mapped, columns)
        let size = rondo_panels_size(k, n)
        #expect(size == k * paddedToVectors(n))
        let panels = Buffer<Float>(count: size + 64)
        panels.fill(99)
        unsafe gang.run(
          gang.kernels.pack,
          rondo_pack(
            weight: source.address, weight_ld: columns, map: map, columns: Int32(columns),
            transposed: transposed,
            panels: panels.address))
        let zeros = Array(repeating: 0 as Float, count: size - weight.count)
        #expect(
          panels.array.prefix(size).sorted() == (weight + zeros).sorted()
            && panels.array.dropFirst(size).allSatisfy { $0 == 99 },
          "\(gates) · \(units) × \(columns), transposed: \(transposed)")
      }
    }
  }

  @Test(arguments: Workers.all)
  func packsBiases(workers: Workers) throws {
    let gang = try workers.gang()
    for (gates, units) in [(1, 1), (1, 15), (1, 16), (1, 17), (4, 1), (4, 16), (4, 37), (3, 20)] {
      let map = RowMap.cell(gates == 1 ? .rnnTanh : gates == 3 ? .gru : .lstm, hiddenSize: units)
      let (first, second) = (numbers(gates * units, seed: 14), numbers(gates * units, seed: 15))
      for two in [true, false] {
        let output = Buffer<Float>(count: map.columns + 16)
        output.fill(99)
        gang.packBias(
          Buffer(first), two ? Buffer(second) : nil, map: map, padding: -.infinity,
          into: output[0..<map.columns])
        let expected: [Float] = (0..<map.columns).map { column in
          mappedRow(column, gates: gates, units: units).map { first[$0] + (two ? second[$0] : 0) }
            ?? -.infinity
        }
        #expect(output.array == expected + Array(repeating: 99, count: 16), "\(gates) · \(units)")
      }
    }
  }

  /// A GRU's second bias is added to r and z alone.
  @Test(arguments: Workers.all)
  func packsABiasOfSomeGates(workers: Workers) throws {
    let (first, second) = (numbers(60, seed: 14), numbers(60, seed: 15))
    let output = Buffer<Float>(count: 96)
    try workers.gang().packBias(
      Buffer(first), Buffer(second), secondGates: 2, map: .cell(.gru, hiddenSize: 20), padding: 0,
      into: output)
    #expect(
      output.array
        == (0..<96).map { column in
          mappedRow(column, gates: 3, units: 20).map { first[$0] + ($0 < 40 ? second[$0] : 0) } ?? 0
        })
  }

  /// gradient += leftᵀ · right and the column sums, each element one chain in the order of the rows.
  @Test(arguments: Workers.all)
  func outerProduct(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, gates, units, n) in [
      (0, 1, 3, 3), (1, 1, 1, 1), (3, 1, 15, 15), (2, 1, 16, 16), (5, 1, 17, 17), (127, 1, 33, 63),
      (128, 1, 2, 64),
      (129, 1, 5, 65), (300, 1, 40, 130), (1, 4, 1, 1), (7, 4, 16, 33), (6, 4, 20, 20), (131, 4, 37, 100),
      (6, 3, 20, 20), (131, 3, 70, 100),
    ] {
      let map = RowMap.cell(gates == 1 ? .rnnTanh : gates == 3 ? .gru : .lstm, hiddenSize: units)
      let (left, right) = (numbers(rows * map.columns, seed: 16), numbers(rows * n, seed: 17))
      let start = numbers(gates * units * n, seed: 18), startOfSums = numbers(gates * units, seed: 19)
      var columnOf = Array(repeating: 0, count: gates * units)
      for column in 0..<map.columns {
        if let row = mappedRow(column, gates: gates, units: units) { columnOf[row] = column }
      }
      let scratch = Buffer<Float>(count: gang.outerScratch(columns: n))
      let leftMatrix = Matrix(left, rows: rows, columns: map.columns, padding: .nan)
      let rightMatrix = Matrix(right, rows: rows, columns: n, padding: .nan)

      for (wantsSums, accumulates) in [(true, true), (true, false), (false, true), (false, false)]
      where accumulates || rows > 0 {
        // Exactly the gradient's room, with others' numbers after it.
        let gradient = Buffer(start + Array(repeating: 99, count: 64))
        let sums = Buffer(startOfSums + Array(repeating: 99, count: 64))
        gang.outer(
          leftMatrix, map, rightMatrix, into: gradient[0..<start.count],
          columnSums: wantsSums ? sums[0..<startOfSums.count] : nil, accumulates: accumulates,
          scratch: scratch)
        let expected = (0..<start.count).map { index in
          let (column, other) = (columnOf[index / n], index % n)
          return (0..<rows).reduce(accumulates ? start[index] : 0) {
            $0.addingProduct(left[$1 * map.columns + column], right[$1 * n + other])
          }
        }
        let expectedSums = startOfSums.indices.map { index in
          !wantsSums
            ? startOfSums[index]
            : (0..<rows).reduce(accumulates ? startOfSums[index] : 0) {
              $0 + left[$1 * map.columns + columnOf[index]]
            }
        }
        let beyond = Array(repeating: 99 as Float, count: 64)
        #expect(bits(gradient.array) == bits(expected + beyond), "\(rows) rows, \(gates) · \(units) × \(n)")
        #expect(bits(sums.array) == bits(expectedSums + beyond), "\(rows) rows, \(gates) · \(units) × \(n)")
      }
    }
  }
}
