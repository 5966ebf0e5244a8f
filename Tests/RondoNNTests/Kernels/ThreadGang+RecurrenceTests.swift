import RondoNN
import Testing

/// The recurrence against loops in the promised order, exactly.
@Suite struct ThreadGangLSTMTests {
  /// A window of one layer as plain arrays, laid out as the kernels have it: gates [T·B, 4 · padded H], h and c
  /// [T·B, padded H].
  private struct Window {
    let steps: Int
    let batch: Int
    let size: Int
    let weight: [Float]
    var gates: [Float]
    let firstHidden: [Float]
    let firstCell: [Float]
    var hidden: [Float] = []
    var cell: [Float] = []
    var width: Int { paddedToVectors(size) }
    var rowOf: [Int?] { (0..<4 * width).map { mappedRow($0, gates: 4, units: size) } }

    init(steps: Int, batch: Int, size: Int) {
      (self.steps, self.batch, self.size) = (steps, batch, size)
      weight = numbers(4 * size * size, seed: 40)
      let width = paddedToVectors(size)
      // Padding is 0, as the layer leaves it.
      func state(_ seed: UInt64) -> [Float] {
        Matrix(numbers(batch * size, seed: seed), rows: batch, columns: size, padding: 0).buffer.array
      }
      let rowOf = (0..<4 * width).map { mappedRow($0, gates: 4, units: size) }
      gates = numbers(steps * batch * 4 * width, seed: 41).enumerated().map { index, value in
        rowOf[index % (4 * width)] == nil ? 0 : 2 * value
      }
      (firstHidden, firstCell) = (state(42), state(43))
    }

    mutating func forward(_ gang: ThreadGang) {
      let rowOf = rowOf
      for t in 0..<steps {
        for b in 0..<batch {
          let row = t * batch + b
          let before =
            t == 0
            ? firstHidden[b * width..<(b + 1) * width]
            : hidden[(row - batch) * width..<(row - batch + 1) * width]
          let cellBefore =
            t == 0
            ? firstCell[b * width..<(b + 1) * width] : cell[(row - batch) * width..<(row - batch + 1) * width]
          for column in 0..<4 * width {
            guard let from = rowOf[column] else { continue }
            for k in 0..<size {
              gates[row * 4 * width + column].addProduct(
                before[before.startIndex + k], weight[from * size + k])
            }
          }
          for unit in 0..<width {
            let at = row * 4 * width + unit / 16 * 64 + unit % 16
            let squashed = gang.apply(.sigmoid, to: [gates[at], gates[at + 16], gates[at + 48]])
            let (i, f, o) = (squashed[0], squashed[1], squashed[2])
            let g = gang.apply(.tanh, to: [gates[at + 32]])[0]
            let c = (i * g).addingProduct(f, cellBefore[cellBefore.startIndex + unit])
            (gates[at], gates[at + 16], gates[at + 32], gates[at + 48]) = (i, f, g, o)
            cell.append(c)
            hidden.append(o * gang.apply(.tanh, to: [c])[0])
          }
        }
      }
    }

    mutating func backward(_ hiddenGradient: [Float], _ gang: ThreadGang) {
      let rowOf = rowOf
      var hiddenGradient = hiddenGradient
      var carried = Array(repeating: 0 as Float, count: batch * width)
      for t in (0..<steps).reversed() {
        for b in 0..<batch {
          let row = t * batch + b, after = row + batch
          for unit in 0..<width {
            let at = row * 4 * width + unit / 16 * 64 + unit % 16
            if t < steps - 1 {
              for k in 0..<4 * width {
                let w = unit < size ? rowOf[k].map { weight[$0 * size + unit] } ?? 0 : 0
                hiddenGradient[row * width + unit].addProduct(gates[after * 4 * width + k], w)
              }
            }
            let (i, f, g, o) = (gates[at], gates[at + 16], gates[at + 32], gates[at + 48])
            let dh = hiddenGradient[row * width + unit]
            let s = gang.apply(.tanh, to: [cell[row * width + unit]])[0]
            let before = t == 0 ? firstCell[b * width + unit] : cell[(row - batch) * width + unit]
            let dc = carried[b * width + unit].addingProduct(dh * o, 1 - s * s)
            gates[at] = dc * g * i * (1 - i)
            gates[at + 16] = dc * before * f * (1 - f)
            gates[at + 32] = dc * i * (1 - g * g)
            gates[at + 48] = dh * s * o * (1 - o)
            carried[b * width + unit] = dc * f
          }
        }
      }
    }
  }

  private static let sizes = [
    (1, 1, 1), (3, 2, 5), (1, 7, 15), (2, 3, 16), (4, 1, 17), (3, 13, 20), (2, 2, 64), (2, 2, 65),
    (2, 1, 130),
  ]

  @Test(arguments: Workers.all)
  func windowThereAndBack(workers: Workers) throws {
    let gang = try workers.gang()
    for (steps, batch, size) in Self.sizes {
      var expected = Window(steps: steps, batch: batch, size: size)
      let rows = steps * batch, width = expected.width
      let map = RowMap.lstm(hiddenSize: size)
      let forward = Panels(map: map, weightColumns: size, direction: .forward)
      let backward = Panels(map: map, weightColumns: size, direction: .backward)
      for panels in [forward, backward] { gang.pack(Buffer(expected.weight), into: panels) }
      func matrix(_ values: [Float], _ rows: Int, _ columns: Int) -> Matrix {
        Matrix(buffer: Buffer(values), rows: rows, columns: columns, stride: columns)
      }
      let gates = matrix(expected.gates, rows, 4 * width)
      let firstHidden = matrix(expected.firstHidden, batch, width),
        firstCell = matrix(expected.firstCell, batch, width)
      let hidden = Matrix(rows: rows, columns: width), cell = Matrix(rows: rows, columns: width)
      gang.lstmForward(
        steps: steps, batch: batch, hiddenSize: size, recurrent: forward, table: nil,
        ids: Buffer(count: rows),
        initialHidden: firstHidden, initialCell: firstCell, gates: gates, hidden: hidden, cell: cell)
      let before = expected.gates
      expected.forward(gang)
      #expect(bits(gates.buffer.array) == bits(expected.gates), "\(steps) × \(batch) × \(size)")
      #expect(bits(hidden.buffer.array) == bits(expected.hidden), "\(steps) × \(batch) × \(size)")
      #expect(bits(cell.buffer.array) == bits(expected.cell), "\(steps) × \(batch) × \(size)")

      // With a table: each row looks its pre-activations up, in an order of our own.
      let ids = (0..<rows).map { Int32(rows - 1 - $0) }
      let table = matrix(
        (0..<rows).reversed().flatMap { before[$0 * 4 * width..<($0 + 1) * 4 * width] }, rows, 4 * width)
      let lookedUp = Matrix(rows: rows, columns: 4 * width)
      lookedUp.buffer.fill(.nan)
      gang.lstmForward(
        steps: steps, batch: batch, hiddenSize: size, recurrent: forward, table: table, ids: Buffer(ids),
        initialHidden: firstHidden, initialCell: firstCell, gates: lookedUp, hidden: hidden, cell: cell)
      #expect(bits(lookedUp.buffer.array) == bits(expected.gates), "\(steps) × \(batch) × \(size)")
      #expect(bits(hidden.buffer.array) == bits(expected.hidden), "\(steps) × \(batch) × \(size)")

      let fromAbove = Matrix(numbers(rows * size, seed: 44), rows: rows, columns: size, padding: 0).buffer
        .array
      gang.lstmBackward(
        steps: steps, batch: batch, hiddenSize: size, recurrent: backward, initialCell: firstCell, cell: cell,
        gates: gates, hiddenGradient: matrix(fromAbove, rows, width),
        cellGradient: matrix(Array(repeating: .nan, count: batch * width), batch, width))
      expected.backward(fromAbove, gang)
      #expect(bits(gates.buffer.array) == bits(expected.gates), "back, \(steps) × \(batch) × \(size)")
    }
  }
}
