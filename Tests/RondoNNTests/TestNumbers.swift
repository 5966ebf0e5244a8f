import RondoNN
import TestSupport

/// Numbers in -1 ..< 1, the same for the same seed.
func numbers(_ count: Int, seed: UInt64) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Float.random(in: -1..<1, using: &generator) }
}

func tokens(_ count: Int, below size: Int, seed: UInt64) -> [Int32] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Int32.random(in: 0..<Int32(size), using: &generator) }
}

/// The bits of numbers: what is compared where the same bytes are promised. Unlike == it tells 0 from -0 and takes a
/// NaN for itself.
func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }
func bits(_ values: some Sequence<Double>) -> [UInt64] { values.map(\.bitPattern) }

extension Matrix {
  /// A matrix of these elements, with `padding` (a NaN would spread to whatever used it) between its rows.
  init(_ elements: [Float], rows: Int, columns: Int, padding: Float) {
    self.init(rows: rows, columns: columns)
    buffer.fill(padding)
    for row in 0..<rows {
      for column in 0..<columns { buffer[row * stride + column] = elements[row * columns + column] }
    }
  }

  /// The elements, without what lies between the rows.
  var elements: [Float] {
    (0..<rows).flatMap { row in buffer[row * stride..<row * stride + columns].array }
  }
}

/// The one order in which a kernel's 16 lanes become one number.
func treeSum(_ lanes: [Float]) -> Float {
  var lanes = lanes
  for half in [8, 4, 2, 1] {
    for lane in 0..<half { lanes[lane] += lanes[lane + half] }
  }
  return lanes[0]
}

/// The row of a parameter that a column of an activation matrix stands for; nil for padding. Column 16 · (gates · p + g)
/// + u belongs to gate g of unit 16 · p + u.
func mappedRow(_ column: Int, gates: Int, units: Int) -> Int? {
  let unit = column / 16 / gates * 16 + column % 16
  return unit < units ? column / 16 % gates * units + unit : nil
}
