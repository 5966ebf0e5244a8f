import RondoNN
import Testing

@Suite struct BufferTests {
  @Test(arguments: [0, 1, 15, 16, 17, 1000])
  func startsZeroAndAligned(count: Int) {
    let buffer = Buffer<Float>(count: count)
    #expect(buffer.count == count)
    #expect(buffer.array == Array(repeating: 0, count: count))
    #expect(unsafe UInt(bitPattern: buffer.address) % 64 == 0)
  }

  /// What the system gives in pages, huge ones too.
  @Test(arguments: [65_535, 65_536, 65_537, 3 << 20])
  func largeOnesStartZeroAndAligned(count: Int) {
    for _ in 0..<3 {
      let buffer = Buffer<UInt8>(count: count)
      #expect(unsafe UInt(bitPattern: buffer.address) % 64 == 0)
      #expect(buffer.array.allSatisfy { $0 == 0 })
      buffer.fill(1)
      #expect(buffer[count - 1] == 1)
    }
  }

  @Test func saysWhereThereIsNotSoMuchMemory() {
    #expect((Buffer<UInt8>(allocating: 1 << 60)?.count) == nil)
    #expect((Buffer<Float>(allocating: .max)?.count) == nil)
  }

  @Test func bytesAreTheSameMemory() {
    let buffer = Buffer<UInt32>([0x0403_0201, 0])
    buffer.bytes[4] = 9
    #expect(buffer.bytes.array == [1, 2, 3, 4, 9, 0, 0, 0])
    #expect(buffer[1] == 9)
  }

  /// A slice is the same memory, and keeps it when the whole is gone.
  @Test func slicesShareMemory() {
    var whole: Buffer<Int32>? = Buffer([0, 1, 2, 3, 4, 5])
    let slice = whole![2..<5]
    slice[0] = 20
    slice[1..<3].fill(7)
    #expect(whole!.array == [0, 1, 20, 7, 7, 5])
    #expect(whole![6..<6].array == [])
    whole = nil
    #expect(slice.array == [20, 7, 7])
  }

  @Test func copies() {
    let source = Buffer<Double>([1, 2, 3])
    let target = Buffer<Double>(count: 4)
    target[1..<4].copy(from: source)
    #expect(target.array == [0, 1, 2, 3])
    target.copy(from: [9, 8, 7, 6])
    #expect(target.array == [9, 8, 7, 6])
    #expect(source.array == [1, 2, 3])
    Buffer<Double>(count: 0).copy(from: [])
  }

  @Test func lendsItsElements() {
    let buffer = Buffer<UInt8>([3, 1, 2])
    buffer.withMutableSpan { $0.swapAt(0, 2) }
    #expect(buffer.array == [2, 1, 3])
    let last = buffer.withSpan { $0[2] }
    #expect(last == 3)
  }

  @Test func matrixRowsArePadded() {
    let matrix = Matrix(rows: 3, columns: 17)
    #expect(matrix.stride == 32 && matrix.buffer.count == 96)
    let rows = matrix.rows(1..<3)
    rows.buffer[0] = 4
    #expect(rows.rows == 2 && rows.columns == 17 && rows.stride == 32)
    #expect(matrix.buffer[32] == 4)
    #expect(matrix.rows(3..<3).buffer.count == 0)

    // Rows without padding after the last one, as a parameter has them.
    let dense = Matrix(buffer: Buffer(count: 13), rows: 3, columns: 3, stride: 5)
    #expect(dense.rows(2..<3).buffer.count == 3)
  }

  @Test func padding() {
    #expect([0, 1, 15, 16, 17, 32].map(paddedToVectors) == [0, 16, 16, 16, 32, 32])
  }

  @Test func swapping() {
    let one = Buffer([1, 2, 3] as [Float]), other = Buffer([4, 5, 6] as [Float])
    one[0..<2].swap(with: other[1..<3])
    #expect(one.array == [5, 6, 3])
    #expect(other.array == [4, 1, 2])
  }
}
