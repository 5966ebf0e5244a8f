import Testing

@testable import Rondo

struct SafetensorsDtypeTests {
  /// The names end in the number of bits, except that of the booleans, which take a byte.
  @Test func widthsAreThoseOfTheNames() {
    for dtype in SafetensorsDtype.allCases where dtype != .bool {
      #expect(Int(dtype.rawValue.drop { !$0.isNumber }) == 8 * dtype.byteWidth)
    }
    #expect(SafetensorsDtype.bool.byteWidth == 1)
  }

  @Test func threeTypesAreSupported() {
    #expect(SafetensorsDtype.allCases.filter(\.isSupported).map(\.rawValue) == ["F32", "F16", "BF16"])
  }
}
