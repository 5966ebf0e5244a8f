import RondoNN
import Testing

/// The recurrence against loops in the promised order, exactly.
@Suite struct ThreadGangRecurrenceTests {
  /// A window of one layer as plain arrays, laid out as the kernels have it: gates [T·B, G · padded H], h and c
  /// [T·B, padded H].
  private struct Window {
    let cell: CellKind
    let steps: Int
    let batch: Int
    let size: Int
    let weight: [Float]
    let peepholes: [Float]
    let recurrentBias: [Float]
    var gates: [Float]
    /// A GRU's.
    var recurrentGates: [Float] = []
    let firstHidden: [Float]
    let firstCell: [Float]
    var hidden: [Float] = []
    var cellStates: [Float] = []
    var peepholeGradient: [Float] = []

    var gateCount: Int { cell.gateCount }
    var width: Int { paddedToVectors(size) }
    var rowOf: [Int?] { (0..<gateCount * width).map { mappedRow($0, gates: gateCount, units: size) } }

    init(_ cell: CellKind, steps: Int, batch: Int, size: Int) {
      (self.cell, self.steps, self.batch, self.size) = (cell, steps, batch, size)
      let width = paddedToVectors(size), gateCount = cell.gateCount
      weight = numbers(gateCount * size * size, seed: 40)
      // Padding is 0, as the layer leaves it.
      func padded(_ rows: Int, _ seed: UInt64) -> [Float] {
        Matrix(numbers(rows * size, seed: seed), rows: rows, columns: size, padding: 0).buffer.array
      }
      peepholes = padded(3, 45)
      recurrentBias = padded(1, 46)
      let rowOf = (0..<gateCount * width).map { mappedRow($0, gates: gateCount, units: size) }
      gates = numbers(steps * batch * gateCount * width, seed: 41).enumerated().map { index, value in
        rowOf[index % (gateCount * width)] == nil ? 0 : 2 * value
      }
      (firstHidden, firstCell) = (padded(batch, 42), padded(batch, 43))
    }

    /// The column of a unit's first gate; the others are 16 further each.
    private func column(_ unit: Int) -> Int { unit / 16 * 16 * gateCount + unit % 16 }

    private func before(_ states: [Float], _ first: [Float], row: Int, unit: Int) -> Float {
      row < batch ? first[row * width + unit] : states[(row - batch) * width + unit]
    }

    mutating func forward(_ gang: ThreadGang) {
      let rowOf = rowOf, columns = gateCount * width
      func sigmoid(_ x: Float) -> Float { gang.apply(.sigmoid, to: [x])[0] }
      func tanh(_ x: Float) -> Float { gang.apply(.tanh, to: [x])[0] }
      for row in 0..<steps * batch {
        var sums = Array(gates[row * columns..<(row + 1) * columns])
        for unit in 0..<width where cell == .gru { sums[column(unit) + 32] = recurrentBias[unit] }
        for column in 0..<columns {
          guard let from = rowOf[column] else { continue }
          for k in 0..<size {
            sums[column].addProduct(before(hidden, firstHidden, row: row, unit: k), weight[from * size + k])
          }
        }
        for unit in 0..<width {
          let at = column(unit)
          switch cell {
          case .rnnTanh: hidden.append(tanh(sums[at]))
          case .rnnReLU: hidden.append(sums[at] < 0 ? 0 : sums[at])
          case .lstm, .peephole, .mogrifier:
            let c = before(cellStates, firstCell, row: row, unit: unit)
            func seen(_ value: Float, _ peephole: Int, _ state: Float) -> Float {
              cell == .lstm ? value : value.addingProduct(peepholes[peephole * width + unit], state)
            }
            let i = sigmoid(seen(sums[at], 0, c)), f = sigmoid(seen(sums[at + 16], 1, c))
            let g = tanh(sums[at + 32])
            let after = (i * g).addingProduct(f, c)
            let o = sigmoid(seen(sums[at + 48], 2, after))
            (sums[at], sums[at + 16], sums[at + 32], sums[at + 48]) = (i, f, g, o)
            cellStates.append(after)
            hidden.append(o * tanh(after))
          case .gru:
            let r = sigmoid(sums[at]), z = sigmoid(sums[at + 16])
            let n = tanh(gates[row * columns + at + 32].addingProduct(r, sums[at + 32]))
            (sums[at], sums[at + 16]) = (r, z)
            gates[row * columns + at + 32] = n
            hidden.append(n.addingProduct(z, before(hidden, firstHidden, row: row, unit: unit) - n))
          }
        }
        if cell == .gru {
          recurrentGates += sums
        } else if cell.hasCellState {
          gates.replaceSubrange(row * columns..<(row + 1) * columns, with: sums)
        }
      }
    }

    mutating func backward(_ hiddenGradient: [Float], _ gang: ThreadGang) {
      let rowOf = rowOf, columns = gateCount * width
      var hiddenGradient = hiddenGradient
      var carried = Array(repeating: 0 as Float, count: batch * width)
      peepholeGradient = Array(repeating: 0, count: 3 * size)
      for t in (0..<steps).reversed() {
        for row in t * batch..<(t + 1) * batch {
          let after = row + batch
          for unit in 0..<width {
            if t < steps - 1 {
              let gradients = cell == .gru ? recurrentGates : gates
              for k in 0..<columns {
                let w = unit < size ? rowOf[k].map { weight[$0 * size + unit] } ?? 0 : 0
                hiddenGradient[row * width + unit].addProduct(gradients[after * columns + k], w)
              }
            }
            stepBackward(
              row, unit, dh: hiddenGradient[row * width + unit],
              carried: &carried[row % batch * width + unit],
              gang)
          }
        }
      }
    }

    private mutating func stepBackward(
      _ row: Int, _ unit: Int, dh: Float, carried: inout Float, _ gang: ThreadGang
    ) {
      let at = row * gateCount * width + column(unit), h = hidden[row * width + unit]
      switch cell {
      case .rnnTanh: gates[at] = dh * (1 - h * h)
      case .rnnReLU: gates[at] = h > 0 ? dh : 0
      case .lstm, .peephole, .mogrifier:
        let (i, f, g, o) = (gates[at], gates[at + 16], gates[at + 32], gates[at + 48])
        let c = cellStates[row * width + unit], s = gang.apply(.tanh, to: [c])[0]
        let previous = before(cellStates, firstCell, row: row, unit: unit)
        let output = dh * s * o * (1 - o)
        var dc = carried.addingProduct(dh * o, 1 - s * s)
        if cell == .peephole { dc.addProduct(output, peepholes[2 * width + unit]) }
        let input = dc * g * i * (1 - i), forget = dc * previous * f * (1 - f)
        (gates[at], gates[at + 16], gates[at + 32], gates[at + 48]) = (
          input, forget, dc * i * (1 - g * g), output
        )
        carried = dc * f
        if cell == .peephole {
          carried = carried.addingProduct(input, peepholes[unit]).addingProduct(
            forget, peepholes[width + unit])
          guard unit < size else { return }
          peepholeGradient[unit].addProduct(input, previous)
          peepholeGradient[size + unit].addProduct(forget, previous)
          peepholeGradient[2 * size + unit].addProduct(output, c)
        }
      case .gru:
        let (r, z, product) = (recurrentGates[at], recurrentGates[at + 16], recurrentGates[at + 32])
        let n = gates[at + 32]
        // What is carried into the last step is nothing, and is not added.
        let dh = row >= (steps - 1) * batch ? dh : dh + carried
        let new = dh * (1 - z) * (1 - n * n)
        let reset = new * product * r * (1 - r)
        let update = dh * (before(hidden, firstHidden, row: row, unit: unit) - n) * z * (1 - z)
        (gates[at], gates[at + 16], gates[at + 32]) = (reset, update, new)
        (recurrentGates[at], recurrentGates[at + 16], recurrentGates[at + 32]) = (reset, update, new * r)
        carried = dh * z
      }
    }
  }

  /// Sizes that leave vectors, panels and groups of units half full.
  private static let sizes = [
    (1, 1, 1), (3, 2, 5), (1, 7, 15), (2, 3, 16), (4, 1, 17), (3, 13, 20), (2, 2, 64), (2, 2, 65),
    (2, 1, 130), (2, 3, 150),
  ]

  /// All but the Mogrifier LSTM, which has kernels of its own (`MogrifierTests`).
  @Test(arguments: Workers.all, CellKind.withoutRounds)
  func windowThereAndBack(workers: Workers, cell: CellKind) throws {
    let gang = try workers.gang()
    for (steps, batch, size) in Self.sizes {
      var expected = Window(cell, steps: steps, batch: batch, size: size)
      let rows = steps * batch, width = expected.width, columns = cell.gateCount * width
      let map = RowMap.cell(cell, hiddenSize: size), place: Comment = "\(steps) × \(batch) × \(size)"
      let forward = Panels(map: map, weightColumns: size, direction: .forward)
      let backward = Panels(map: map, weightColumns: size, direction: .backward)
      for panels in [forward, backward] { gang.pack(Buffer(expected.weight), into: panels) }
      func matrix(_ values: [Float], _ rows: Int, _ columns: Int) -> Matrix {
        Matrix(buffer: Buffer(values), rows: rows, columns: columns, stride: columns)
      }
      let recurrentBias = cell == .gru ? Buffer(expected.recurrentBias) : nil
      // By units, 16 of each gate together.
      let peepholes =
        cell == .peephole
        ? Buffer(
          (0..<3 * width).map { expected.peepholes[$0 / 16 % 3 * width + $0 / 48 * 16 + $0 % 16] }) : nil
      func layer(gates: [Float]) -> LayerActivations {
        let layer = LayerActivations(cell: cell, hiddenSize: size, maximumRows: rows, maximumBatch: batch)
        layer.carriedHidden.buffer.copy(from: expected.firstHidden)
        layer.carriedCell?.buffer.copy(from: expected.firstCell)
        layer.recurrentGates?.buffer.fill(.nan)
        layer.carriedGradient?.buffer.fill(.nan)
        layer.gates.buffer.copy(from: gates)
        return layer
      }
      func expectForward(_ layer: LayerActivations) {
        if cell.hasCellState { #expect(bits(layer.gates.buffer.array) == bits(expected.gates), place) }
        if let recurrent = layer.recurrentGates {
          #expect(bits(recurrent.buffer.array) == bits(expected.recurrentGates), place)
        }
        #expect(bits(layer.hidden.buffer.array) == bits(expected.hidden), place)
        #expect(bits(layer.cellState?.buffer.array ?? []) == bits(expected.cellStates), place)
      }
      func run(_ layer: LayerActivations, table: Matrix?, ids: Buffer<Int32>) {
        gang.recurrenceForward(
          layer, steps: steps, batch: batch, recurrent: forward, recurrentBias: recurrentBias,
          peepholes: peepholes, table: table, ids: ids)
      }

      let before = expected.gates, own = layer(gates: before)
      run(own, table: nil, ids: Buffer(count: rows))
      expected.forward(gang)
      expectForward(own)

      // With a table: each row looks its pre-activations up, in an order of our own.
      let table = matrix(
        (0..<rows).reversed().flatMap { before[$0 * columns..<($0 + 1) * columns] }, rows, columns)
      let lookedUp = layer(gates: Array(repeating: .nan, count: rows * columns))
      run(lookedUp, table: table, ids: Buffer((0..<rows).map { Int32(rows - 1 - $0) }))
      expectForward(lookedUp)

      let fromAbove = Matrix(numbers(rows * size, seed: 44), rows: rows, columns: size, padding: 0).buffer
        .array
      let peepholeGradient = cell == .peephole ? Buffer(Array(repeating: Float.nan, count: 3 * size)) : nil
      gang.recurrenceBackward(
        own, steps: steps, batch: batch, recurrent: backward, peepholes: peepholes,
        hiddenGradient: matrix(fromAbove, rows, width), peepholeGradient: peepholeGradient)
      expected.backward(fromAbove, gang)
      #expect(bits(own.gates.buffer.array) == bits(expected.gates), "back, \(steps) × \(batch) × \(size)")
      if let recurrent = own.recurrentGates {
        #expect(
          bits(recurrent.buffer.array) == bits(expected.recurrentGates), "back, \(steps) × \(batch) × \(size)"
        )
      }
      if let peepholeGradient {
        #expect(bits(peepholeGradient.array) == bits(expected.peepholeGradient), place)
      }
    }
  }
}
