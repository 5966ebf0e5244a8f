import CRondoKernels

/// A tensor's numbers as a file has them.
package struct RawTensor: Sendable {
  /// What the numbers are.
  package enum ElementType: Sendable {
    case f32, f16, bf16

    var byteWidth: Int { self == .f32 ? 4 : 2 }

    var raw: rondo_number_type {
      switch self {
      case .f32: rondo_f32
      case .f16: rondo_f16
      case .bf16: rondo_bf16
      }
    }
  }

  package let type: ElementType
  /// Row after row, without alignment.
  package let bytes: Buffer<UInt8>
  package var count: Int { bytes.count / type.byteWidth }

  package init(type: ElementType, bytes: Buffer<UInt8>) {
    precondition(bytes.count % type.byteWidth == 0, "whole numbers")
    self.type = type
    self.bytes = bytes
  }

  package init(_ values: Buffer<Float>) { self.init(type: .f32, bytes: values.bytes) }

  /// Sets `destination` to the numbers, all of which fp32 has exactly.
  package func copy(into destination: inout MutableSpan<Float>) {
    precondition(destination.count == count, "counts differ")
    unsafe destination.withUnsafeMutableBufferPointer {
      guard let start = $0.baseAddress else { return }
      unsafe Kernels.table.widen_values(Int32(type.raw.rawValue), bytes.pointer, start, count)
    }
  }

  /// Some of the numbers.
  func elements(_ range: Range<Int>) -> RawTensor {
    RawTensor(type: type, bytes: bytes[range.lowerBound * type.byteWidth..<range.upperBound * type.byteWidth])
  }

  /// The numbers as fp32.
  var floats: Buffer<Float> {
    let values = Buffer<Float>(count: count)
    values.withMutableSpan { copy(into: &$0) }
    return values
  }
}

extension ParameterStore {
  /// A copy of a file's tensors, by name, of the shapes that `shapes` says.
  package init(_ configuration: NetworkConfiguration, _ tensors: [String: RawTensor]) {
    self.init(configuration)
    for slice in slices {
      guard let tensor = tensors[slice.name] else { preconditionFailure("no tensor \(slice.name)") }
      values[slice.range].withMutableSpan { tensor.copy(into: &$0) }
    }
  }

  /// The parameters where they are, by name.
  package var tensors: [String: RawTensor] {
    Dictionary(uniqueKeysWithValues: slices.map { ($0.name, RawTensor(values[$0.range])) })
  }
}
