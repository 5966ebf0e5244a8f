import RondoNN
import TestSupport
import Testing

/// Layer normalization of rows as the kernels are said to do it: sums in double precision in 16 lanes, which become one
/// number in the one order there is, and all else in single precision.
@Suite struct ThreadGangNormalizationTests {
  private func laneSum(_ values: [Double]) -> Double {
    var lanes = Array(repeating: 0.0, count: 16)
    for (index, value) in values.enumerated() { lanes[index % 16] += value }
    for half in [8, 4, 2, 1] {
      for lane in 0..<half { lanes[lane] += lanes[lane + half] }
    }
    return lanes[0]
  }

  /// (v − μ) / s of a row with its padding, and 1 / s.
  private func normalized(_ row: [Float], count: Int) -> (row: [Float], inverse: Float) {
    let mean = laneSum(row.map(Double.init)) / Double(count)
    let variance = laneSum(row.map { Double($0) * Double($0) }) / Double(count) - mean * mean
    let inverse = Float(1 / (max(variance, 0) + 1e-5).squareRoot())
    return (row.map { ($0 - Float(mean)) * inverse }, inverse)
  }

  /// Numbers [rows, gates] with 0 after the units.
  private func padded(_ map: RowMap, gates: Int, units: Int, rows: Int, seed: UInt64) -> [Float] {
    numbers(rows * map.columns, seed: seed).enumerated().map { index, value in
      mappedRow(index % map.columns, gates: gates, units: units) == nil ? 0 : value
    }
  }

  private static let sizes = [
    (1, CellKind.rnnTanh, 1), (3, .lstm, 5), (16, .gru, 16), (17, .rnnReLU, 33), (40, .lstm, 20),
    (2, .gru, 130),
  ]

  @Test(arguments: Workers.all)
  func thereAndBack(workers: Workers) throws {
    let gang = try workers.gang()
    for (rows, cell, units) in Self.sizes {
      let map = RowMap.cell(cell, hiddenSize: units), gates = cell.gateCount, count = gates * units
      let columns = map.columns, place: Comment = "\(rows) × \(cell) × \(units)"
      func matrix(_ values: [Float]) -> Matrix {
        Matrix(buffer: Buffer(values), rows: rows, columns: columns, stride: columns)
      }
      func values(_ seed: UInt64, rows: Int = 1) -> [Float] {
        padded(map, gates: gates, units: units, rows: rows, seed: seed)
      }
      let input = values(1, rows: rows), gain = values(2), bias = values(3)
      let output = matrix(input), kept = matrix(input), inverses = Buffer<Float>(count: rows)
      gang.layerNorm(
        output, map: map, gain: Buffer(gain), bias: Buffer(bias), normalized: kept, inverses: inverses)
      let alone = matrix(input)
      gang.layerNorm(alone, map: map, gain: Buffer(gain), bias: Buffer(bias))
      #expect(bits(alone.buffer.array) == bits(output.buffer.array), place)
      let expected = (0..<rows).map {
        normalized(Array(input[$0 * columns..<($0 + 1) * columns]), count: count)
      }
      #expect(bits(kept.buffer.array) == bits(expected.flatMap(\.row)), place)
      #expect(bits(inverses.array) == bits(expected.map(\.inverse)), place)
      let shown = expected.flatMap { row in
        (0..<columns).map { bias[$0].addingProduct(gain[$0], row.row[$0]) }
      }
      #expect(bits(output.buffer.array) == bits(shown), place)

      let above = values(4, rows: rows), gradient = matrix(above)
      let gainGradient = Buffer<Float>(count: count), biasGradient = Buffer<Float>(count: count)
      gang.layerNormBackward(
        gradient, map: map, gain: Buffer(gain), normalized: kept, inverses: inverses,
        gainGradient: gainGradient, biasGradient: biasGradient)
      var (gains, biases) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
      for (row, own) in expected.enumerated() {
        let dy = Array(above[row * columns..<(row + 1) * columns])
        let g = zip(gain, dy).map { $0 * $1 }
        let mean = Float(laneSum(g.map(Double.init)) / Double(count))
        let along = Float(laneSum(zip(g, own.row).map { Double($0) * Double($1) }) / Double(count))
        let result = (0..<columns).map { column -> Float in
          guard let parameter = mappedRow(column, gates: gates, units: units) else { return 0 }
          gains[parameter].addProduct(dy[column], own.row[column])
          biases[parameter] += dy[column]
          return (g[column] - mean).addingProduct(-own.row[column], along) * own.inverse
        }
        #expect(bits(gradient.rows(row..<row + 1).elements) == bits(result), place)
      }
      #expect(bits(gainGradient.array) == bits(gains) && bits(biasGradient.array) == bits(biases), place)
    }
  }

  /// Elements that are all equal have nothing to show but the bias, however large they are; numbers far from 0 keep what
  /// distinguishes them.
  @Test(arguments: Workers.all)
  func equalAndFarElements(workers: Workers) throws {
    let gang = try workers.gang(), map = RowMap.cell(.lstm, hiddenSize: 4)
    let ones = Buffer((0..<64).map { Float($0 % 16 < 4 ? 1 : 0) }), bias = Buffer<Float>(count: 64)
    func row(_ value: (Int) -> Float) -> [Float] { (0..<64).map { $0 % 16 < 4 ? value($0) : 0 } }
    let rows = [row { _ in 1e18 }, row { _ in -3.1 }, row { $0 < 32 ? 4096 : 4098 }]
    let values = Matrix(buffer: Buffer(rows.flatMap(\.self)), rows: 3, columns: 64, stride: 64)
    gang.layerNorm(values, map: map, gain: ones, bias: bias)
    #expect(values.rows(0..<2).elements.allSatisfy { $0 == 0 })
    #expect(maximumRelativeDifference(values.rows(2..<3).elements, row { $0 < 32 ? -1 : 1 }) < 1e-5)
  }
}
