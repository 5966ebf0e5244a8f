import CRondoKernels

/// How the rows of a parameter matrix correspond to the columns of an activation matrix (see `rondo_kernels.h`).
package struct RowMap: Sendable {
  let gates: Int
  let units: Int

  /// The parameter's rows in their own order.
  package static func plain(_ rows: Int) -> RowMap { RowMap(gates: 1, units: rows) }
  /// Rows of a recurrent layer's weight, gate after gate, against columns in blocks of 16 units times the cell's gates.
  package static func cell(_ cell: CellKind, hiddenSize: Int) -> RowMap {
    RowMap(gates: cell.gateCount, units: hiddenSize)
  }

  /// Columns of the activation matrix, padding included.
  package var columns: Int { gates * paddedToVectors(units) }

  var raw: rondo_row_map { rondo_row_map(gates: Int32(gates), units: Int32(units)) }
}

/// A weight matrix laid out for a product, made anew after each change of the weight.
package struct Panels: Sendable {
  package enum Direction: Sendable {
    /// input [R, weight columns] → output [R, weight rows].
    case forward
    /// gradient [R, weight rows] → gradient [R, weight columns].
    case backward
  }

  let map: RowMap
  let direction: Direction
  let weightColumns: Int
  let buffer: Buffer<Float>

  /// - Parameter shared: memory that other panels use too, each packed when its turn comes; nil: memory of its own.
  package init(map: RowMap, weightColumns: Int, direction: Direction, shared: Buffer<Float>? = nil) {
    self.map = map
    self.direction = direction
    self.weightColumns = weightColumns
    let size = Self.size(map: map, weightColumns: weightColumns, direction: direction)
    buffer = shared.map { $0[0..<size] } ?? Buffer(count: size)
  }

  /// The floats that panels take.
  package static func size(map: RowMap, weightColumns: Int, direction: Direction) -> Int {
    let (k, n) = direction == .forward ? (weightColumns, map.columns) : (map.columns, weightColumns)
    return rondo_panels_size(k, n)
  }

  var depth: Int { direction == .forward ? weightColumns : map.columns }
  var width: Int { direction == .forward ? map.columns : weightColumns }
}

extension ThreadGang {
  /// Fills the panels from a weight [rows, columns] in its own (PyTorch's) layout.
  package func pack(_ weight: Buffer<Float>, into panels: Panels) {
    precondition(weight.count == panels.map.gates * panels.map.units * panels.weightColumns, "weight's shape")
    unsafe run(
      kernels.pointee.pack,
      rondo_pack(
        weight: weight.pointer, weight_ld: panels.weightColumns, map: panels.map.raw,
        columns: Int32(panels.weightColumns), transposed: panels.direction == .forward,
        panels: panels.buffer.pointer))
  }

  /// Fills `output` [map.columns] with the sum of one or two biases; columns without a row get `padding`.
  ///
  /// - Parameter secondGates: the second is added in so many of the first gates; nil: in all.
  package func packBias(
    _ first: Buffer<Float>, _ second: Buffer<Float>?, secondGates: Int? = nil, map: RowMap, padding: Float,
    into output: Buffer<Float>
  ) {
    precondition(first.count == map.gates * map.units && output.count == map.columns, "bias's shape")
    precondition(second.map { $0.count == first.count } ?? true, "the second bias's shape")
    unsafe run(
      kernels.pointee.pack_bias,
      rondo_pack_bias(
        first: first.pointer, second: second?.pointer,
        second_gates: second == nil ? 0 : Int32(secondGates ?? map.gates), map: map.raw, padding: padding,
        output: output.pointer))
  }

  /// output [R, n] = bias + input [R, k] · panels [k, n]; where it `accumulates`, what is there takes the bias's place.
  package func product(
    _ input: Matrix, _ panels: Panels, bias: Buffer<Float>? = nil, accumulates: Bool = false,
    into output: Matrix
  ) {
    precondition(bias == nil || !accumulates, "one beginning of a sum")
    precondition(input.rows == output.rows && input.columns >= panels.depth, "product's shapes")
    precondition(output.stride >= paddedToVectors(panels.width), "output without room for whole vectors")
    precondition(
      output.rows == 0
        || output.buffer.count >= (output.rows - 1) * output.stride + paddedToVectors(panels.width))
    precondition(bias.map { $0.count >= paddedToVectors(panels.width) } ?? true, "bias's shape")
    unsafe run(
      kernels.pointee.product,
      rondo_product(
        rows: Int32(input.rows), k: Int32(panels.depth), n: Int32(panels.width), input: input.buffer.pointer,
        input_ld: input.stride, panels: panels.buffer.pointer, bias: bias?.pointer,
        output: output.buffer.pointer, output_ld: output.stride,
        start: accumulates ? rondo_start_output : bias == nil ? rondo_start_zero : rondo_start_bias))
  }

  /// gradient [map rows, n] = leftᵀ · right over R rows, `columnSums` = the sums of left's columns; where it
  /// `accumulates`, both are added to what is there.
  package func outer(
    _ left: Matrix, _ map: RowMap, _ right: Matrix, into gradient: Buffer<Float>,
    columnSums: Buffer<Float>? = nil, accumulates: Bool, scratch: Buffer<Float>
  ) {
    precondition(accumulates || left.rows > 0, "no rows leave the gradient as it is")
    precondition(left.rows == right.rows && left.stride >= map.columns, "outer product's shapes")
    precondition(right.stride >= paddedToVectors(right.columns), "right side without room for whole vectors")
    precondition(gradient.count == map.gates * map.units * right.columns, "gradient's shape")
    precondition(
      scratch.count >= threadCount * rondo_outer_scratch(Int32(right.columns)), "scratch too small")
    unsafe run(
      kernels.pointee.outer,
      rondo_outer(
        rows: Int32(left.rows), n: Int32(right.columns), map: map.raw, left: left.buffer.pointer,
        left_ld: left.stride, right: right.buffer.pointer, right_ld: right.stride, gradient: gradient.pointer,
        gradient_ld: right.columns, column_sums: columnSums?.pointer, accumulates: accumulates,
        scratch: scratch.pointer))
  }

  /// Floats of scratch memory that `outer` needs for a right side of that many columns.
  package func outerScratch(columns: Int) -> Int { threadCount * Self.outerScratchOfThread(columns: columns) }

  /// One thread's share of it.
  static func outerScratchOfThread(columns: Int) -> Int { rondo_outer_scratch(Int32(columns)) }
}
