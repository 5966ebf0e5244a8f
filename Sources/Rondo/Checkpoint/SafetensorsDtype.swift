/// The element types a safetensors file may name, as far as Rondo knows their sizes.
///
/// Values are read and written as `f32`, `f16` and `bf16` only; the others are recognised so that a file of
/// other origin can be listed and its layout checked.
package enum SafetensorsDtype: String, CaseIterable, Sendable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case f64 = "F64"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// The size of one element in bytes.
  package var byteWidth: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool: 1
    }
  }

  /// Whether Rondo reads and writes values of this type.
  package var isSupported: Bool {
    switch self {
    case .f32, .f16, .bf16: true
    default: false
    }
  }
}
