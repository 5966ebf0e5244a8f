import CRondoKernels

/// How exactly the weight matrices of a network take part in inference. Everything else, embeddings, biases, peepholes and
/// cell states among it, is fp32 at each of them.
public enum InferencePrecision: String, Sendable, CaseIterable {
  /// The model's own numbers.
  case f32
  /// IEEE 754 binary16: 11 significant bits, to nearest. What a model in f16 has is not changed by it.
  case f16
  /// Products of whole numbers. A weight has 8 bits and each row of a matrix a scale, its largest magnitude being 127;
  /// a hidden state, which is between -1 and 1, is rounded to multiples of 1/127 where it is multiplied. Layer 0's input
  /// weight, which multiplies embeddings, is taken as it is.
  case int8
}

/// A weight matrix in panels for inference, in the smallest type that has the numbers of its precision.
struct PackedWeight: Sendable {
  /// Columns of the weight, k of the product.
  let depth: Int
  /// Columns of the product, padding included.
  let width: Int
  fileprivate let type: rondo_number_type
  private let panels: Buffer<UInt8>
  private let scales: Buffer<Float>?
  private let offsets: Buffer<Int32>?

  /// Packs a weight [map rows, columns].
  init(_ weight: RawTensor, map: RowMap, columns: Int, precision: InferencePrecision, _ gang: ThreadGang) {
    precondition(weight.count == map.gates * map.units * columns, "weight's shape")
    depth = columns
    width = map.columns
    let size: Int
    (type, size) =
      switch precision {
      case .int8: (rondo_int8, 1)
      // Half the bytes, and the same numbers.
      case .f32 where weight.type == .f16: (rondo_f16, 2)
      case .f32: (rondo_f32, 4)
      case .f16: (rondo_f16, 2)
      }
    panels = Buffer(count: width * (precision == .int8 ? (columns + 3) / 4 * 4 : columns) * size)
    scales = precision == .int8 ? Buffer(count: width) : nil
    offsets = precision == .int8 ? Buffer(count: width) : nil
    unsafe gang.run(
      gang.kernels.pointee.pack_weights,
      rondo_pack_weights(
        source: weight.bytes.pointer, source_type: weight.type.raw, map: map.raw, columns: Int32(columns),
        type: type, panels: panels.pointer, scales: scales?.pointer, offsets: offsets?.pointer))
  }

  /// For the kernels; valid as long as the weight is there.
  var raw: rondo_weights {
    unsafe rondo_weights(
      type: type, panels: panels.pointer, scales: scales?.pointer, offsets: offsets?.pointer)
  }
}

extension ThreadGang {
  /// output [R, n] = bias + input [R, k] · weight [k, n], which is not int8.
  func product(_ input: Matrix, _ weight: PackedWeight, bias: Buffer<Float>, into output: Matrix) {
    precondition(weight.type != rondo_int8, "a product of fp32")
    guard input.rows > 0 else { return }  // which the kernel for few rows does not know
    precondition(input.rows == output.rows && input.columns >= weight.depth, "product's shapes")
    precondition(
      output.buffer.count >= (output.rows - 1) * output.stride + weight.width,
      "output without room for whole vectors")
    precondition(output.stride >= weight.width && bias.count >= weight.width, "output's and bias's shapes")
    unsafe run(
      kernels.pointee.weights_product,
      rondo_weights_product(
        rows: Int32(input.rows), k: Int32(weight.depth), n: Int32(weight.width), weights: weight.raw,
        bias: bias.pointer, input: input.buffer.pointer, input_ld: input.stride,
        output: output.buffer.pointer, output_ld: output.stride))
  }
}
