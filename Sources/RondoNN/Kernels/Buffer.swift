/// A run of numbers in 64-byte aligned memory, shared by reference: the one handle through which Swift reaches the
/// memory that the kernels work on. Slices keep the memory alive. All access through it is checked.
@safe
package struct Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  @safe
  private final class Memory {
    let base: UnsafeMutablePointer<Element>

    init(count: Int) {
      let bytes = max(64, (count * MemoryLayout<Element>.stride + 63) / 64 * 64)
      let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe base = raw.assumingMemoryBound(to: Element.self)
    }

    deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }
  }

  private let memory: Memory
  /// For the kernels: the first element.
  let pointer: UnsafeMutablePointer<Element>
  package let count: Int

  /// Memory for `count` elements, all bits zero.
  package init(count: Int) {
    memory = Memory(count: count)
    unsafe pointer = memory.base
    self.count = count
  }

  private init(slicing buffer: Buffer, range: Range<Int>) {
    memory = buffer.memory
    unsafe pointer = buffer.pointer + range.lowerBound
    count = range.count
  }

  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index out of range")
      return unsafe pointer[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index out of range")
      unsafe pointer[index] = newValue
    }
  }

  /// The same memory, seen through a window.
  package subscript(range: Range<Int>) -> Buffer {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
    return Buffer(slicing: self, range: range)
  }

  package func fill(_ value: Element) {
    unsafe pointer.update(repeating: value, count: count)
  }

  package func copy(from other: Buffer) {
    precondition(other.count == count, "counts differ")
    unsafe pointer.update(from: other.pointer, count: count)
  }

  package func copy(from array: [Element]) {
    precondition(array.count == count, "counts differ")
    unsafe array.withUnsafeBufferPointer {
      unsafe pointer.update(from: $0.baseAddress ?? UnsafePointer(pointer), count: count)
    }
  }

  /// A copy of the elements.
  package var array: [Element] {
    unsafe Array(UnsafeBufferPointer(start: pointer, count: count))
  }

  /// Lends the elements for reading.
  package func withSpan<Result, Failure: Error>(
    _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe Span(_unsafeElements: UnsafeBufferPointer(start: pointer, count: count)))
  }

  /// Lends the elements for reading and writing.
  package func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(start: pointer, count: count))
    return try body(&span)
  }
}

/// Rows of floats, `stride` apart, the first `columns` of each being the matrix.
package struct Matrix: Sendable {
  package let buffer: Buffer<Float>
  package let rows: Int
  package let columns: Int
  package let stride: Int

  package init(buffer: Buffer<Float>, rows: Int, columns: Int, stride: Int) {
    precondition(
      rows == 0 || buffer.count >= (rows - 1) * stride + columns, "buffer too small for the matrix")
    self.buffer = buffer
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// A zero matrix whose rows are padded to whole vectors of 16.
  package init(rows: Int, columns: Int) {
    let stride = paddedToVectors(columns)
    self.init(buffer: Buffer(count: rows * stride), rows: rows, columns: columns, stride: stride)
  }

  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.upperBound <= rows, "rows out of range")
    let bounds = range.lowerBound * stride..<min(range.upperBound * stride, buffer.count)
    return Matrix(buffer: buffer[bounds], rows: range.count, columns: columns, stride: stride)
  }
}

/// The next multiple of 16, the lanes of a kernel's vector.
package func paddedToVectors(_ count: Int) -> Int { (count + 15) / 16 * 16 }
