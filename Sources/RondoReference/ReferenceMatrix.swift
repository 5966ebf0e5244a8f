/// A dense matrix, stored row after row. A vector, such as a bias, is a matrix of one row.
package struct ReferenceMatrix<Scalar: ReferenceScalar>: Equatable, Sendable {
  /// The number of rows.
  package let rows: Int
  /// The number of columns.
  package let columns: Int
  /// The `rows * columns` elements, row after row.
  package var elements: [Scalar]

  /// Creates a matrix of zeros.
  package init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, elements: Array(repeating: 0, count: rows * columns))
  }

  /// Creates a matrix from its elements, given row after row.
  ///
  /// - Precondition: `elements.count == rows * columns`.
  package init(rows: Int, columns: Int, elements: [Scalar]) {
    precondition(elements.count == rows * columns, "\(elements.count) elements for \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// The element in row `row` and column `column`.
  package subscript(row: Int, column: Int) -> Scalar {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// x·wᵀ, for x `[B, K]` and w `[N, K]`: what a layer with weights w (`[outputs, inputs]`) makes of its input x.
  func times(transposed w: Self) -> Self {
    precondition(columns == w.columns)
    var result = Self(rows: rows, columns: w.rows)
    for b in 0..<rows {
      for n in 0..<w.rows {
        var sum: Scalar = 0
        for k in 0..<columns { sum += self[b, k] * w[n, k] }
        result[b, n] = sum
      }
    }
    return result
  }

  /// dy·w, for dy `[B, N]` and w `[N, K]`: the gradient of that layer's input, from the gradient of its output.
  func times(_ w: Self) -> Self {
    precondition(columns == w.rows)
    var result = Self(rows: rows, columns: w.columns)
    for b in 0..<rows {
      for n in 0..<columns {
        for k in 0..<w.columns { result[b, k] += self[b, n] * w[n, k] }
      }
    }
    return result
  }

  /// Adds dyᵀ·x, for dy `[B, N]` and x `[B, K]`: the gradient of that layer's weights.
  mutating func add(transposed dy: Self, times x: Self) {
    precondition(dy.rows == x.rows && rows == dy.columns && columns == x.columns)
    for b in 0..<dy.rows {
      for n in 0..<dy.columns {
        for k in 0..<x.columns { self[n, k] += dy[b, n] * x[b, k] }
      }
    }
  }

  /// Adds the sum of the rows of dy to this vector: the gradient of a bias, which every row was given.
  mutating func add(rowsOf dy: Self) {
    precondition(rows == 1 && columns == dy.columns)
    for b in 0..<dy.rows {
      for n in 0..<columns { self[0, n] += dy[b, n] }
    }
  }

  /// Adds the vector `bias` to every row.
  mutating func addToEachRow(_ bias: Self) {
    precondition(bias.rows == 1 && bias.columns == columns)
    for b in 0..<rows {
      for n in 0..<columns { self[b, n] += bias[0, n] }
    }
  }

  /// The sum of two matrices of one shape.
  static func + (left: Self, right: Self) -> Self {
    precondition(left.rows == right.rows && left.columns == right.columns)
    var result = left
    for index in result.elements.indices { result.elements[index] += right.elements[index] }
    return result
  }

  /// x ⊙ y, the product element by element of two matrices of one shape.
  func timesElements(of other: Self) -> Self {
    precondition(rows == other.rows && columns == other.columns)
    var result = self
    for index in result.elements.indices { result.elements[index] *= other.elements[index] }
    return result
  }

  /// The product, element by element, with a mask of the same shape, given row after row; the matrix itself without one.
  func masked(by mask: [Scalar]?) -> Self {
    guard let mask else { return self }
    return timesElements(of: Self(rows: rows, columns: columns, elements: mask))
  }

  /// The matrix of the results of a function on each element.
  func mapElements(_ function: (Scalar) -> Scalar) -> Self {
    Self(rows: rows, columns: columns, elements: elements.map(function))
  }
}

extension ReferenceMatrix {
  /// The elements of a row.
  func row(_ row: Int) -> ArraySlice<Scalar> { elements[row * columns..<(row + 1) * columns] }

  /// Some of the rows.
  func rows(_ range: Range<Int>) -> Self {
    Self(
      rows: range.count, columns: columns,
      elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// This matrix with the rows of another under its own.
  func above(_ other: Self) -> Self {
    precondition(columns == other.columns)
    return Self(rows: rows + other.rows, columns: columns, elements: elements + other.elements)
  }

  /// Some of the elements of this vector.
  func columns(_ range: Range<Int>) -> Self {
    precondition(rows == 1)
    return Self(rows: 1, columns: range.count, elements: Array(elements[range]))
  }

  /// This vector with another after it.
  func beside(_ other: Self) -> Self {
    precondition(rows == 1 && other.rows == 1)
    return Self(rows: 1, columns: columns + other.columns, elements: elements + other.elements)
  }

  /// Cuts a flat array of `[T, B, columns]` into T matrices `[B, columns]`.
  static func sequence(_ flat: [Scalar], timeSteps: Int, rows: Int, columns: Int) -> [Self] {
    precondition(flat.count == timeSteps * rows * columns, "\(flat.count) is not T · B · \(columns)")
    let size = rows * columns
    return (0..<timeSteps).map { t in
      Self(rows: rows, columns: columns, elements: Array(flat[t * size..<(t + 1) * size]))
    }
  }
}
