/// What a network carries from window to window, stream by stream.
struct CarriedState: Sendable {
  /// Of one layer: [B, H] each, c where the cell has one.
  struct Layer: Sendable {
    let hidden: Matrix
    let cell: Matrix?
  }

  let layers: [Layer]

  /// Sets the state of every stream to zero.
  func reset() {
    for layer in layers {
      layer.hidden.buffer.fill(0)
      layer.cell?.buffer.fill(0)
    }
  }

  /// One stream's state: h, then c where the cell has one, of each layer, [L, S, H] with S = 2 or 1.
  func state(stream: Int) -> [Float] {
    rows(stream: stream).flatMap(\.array)
  }

  /// Sets one stream's state from `state(stream:)`'s form.
  func setState(_ values: [Float], stream: Int) {
    let rows = rows(stream: stream)
    precondition(values.count == rows.reduce(0) { $0 + $1.count }, "state's size")
    var next = 0
    for row in rows {
      row.copy(from: Array(values[next..<next + row.count]))
      next += row.count
    }
  }

  private func rows(stream: Int) -> [Buffer<Float>] {
    layers.flatMap { [$0.hidden] + ($0.cell.map { [$0] } ?? []) }.map { matrix in
      matrix.buffer[stream * matrix.stride..<stream * matrix.stride + matrix.columns]
    }
  }
}
