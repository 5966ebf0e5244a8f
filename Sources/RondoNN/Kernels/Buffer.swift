import CRondoKernels

/// Memory that ends with the last buffer that looks at it.
@safe
private final class BufferMemory {
  let base: UnsafeMutableRawPointer
  private let byteCount: Int

  init?(byteCount: Int) {
    guard let base = unsafe rondo_allocate(byteCount) else { return nil }
    unsafe self.base = base
    self.byteCount = byteCount
  }

  deinit { unsafe rondo_release(base, byteCount) }
}

/// A run of numbers in 64-byte aligned memory, shared by reference: the one handle through which Swift reaches the
/// memory that the kernels work on. Slices keep the memory alive. All access through it is checked.
@safe
package struct Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  private let memory: BufferMemory
  /// For the kernels: the first element.
  let pointer: UnsafeMutablePointer<Element>
  package let count: Int

  /// Memory for `count` elements, all bits zero.
  package init(count: Int) {
    guard let buffer = Buffer(allocating: count) else { fatalError("no memory for \(count) numbers") }
    self = buffer
  }

  /// The same; nil where there is not so much memory.
  package init?(allocating count: Int) {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, let memory = BufferMemory(byteCount: byteCount) else { return nil }
    self.memory = memory
    unsafe pointer = memory.base.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  private init(memory: BufferMemory, pointer: UnsafeMutablePointer<Element>, count: Int) {
    self.memory = memory
    unsafe self.pointer = pointer
    self.count = count
  }

  /// The same memory, as bytes.
  package var bytes: Buffer<UInt8> {
    let byteCount = count * MemoryLayout<Element>.stride
    return unsafe UnsafeMutableRawPointer(pointer).withMemoryRebound(to: UInt8.self, capacity: byteCount) {
      unsafe Buffer<UInt8>(memory: memory, pointer: $0, count: byteCount)
    }
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
    return unsafe Buffer(memory: memory, pointer: pointer + range.lowerBound, count: range.count)
  }

  package func fill(_ value: Element) {
    unsafe pointer.update(repeating: value, count: count)
  }

  package func copy(from other: Buffer) {
    precondition(other.count == count, "counts differ")
    unsafe pointer.update(from: other.pointer, count: count)
  }

  /// Exchanges the elements of two buffers that do not overlap.
  package func swap(with other: Buffer) {
    precondition(other.count == count, "counts differ")
    for index in 0..<count {
      let element = unsafe pointer[index]
      unsafe pointer[index] = other.pointer[index]
      unsafe other.pointer[index] = element
    }
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

extension Matrix {
  /// Some of the columns.
  func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns out of range")
    return Matrix(
      buffer: buffer[range.lowerBound..<buffer.count], rows: rows, columns: range.count, stride: stride)
  }
}

/// The next multiple of 16, the lanes of a kernel's vector.
package func paddedToVectors(_ count: Int) -> Int { (count + 15) / 16 * 16 }
