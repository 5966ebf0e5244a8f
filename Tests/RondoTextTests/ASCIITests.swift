import Testing

@testable import RondoText

struct ASCIITests {
  @Test func classesAreThoseOfUnicode() {
    for byte: UInt8 in 0...255 {
      let scalar = Unicode.Scalar(byte)
      let isASCII = scalar.isASCII
      #expect(byte.isASCIILetter == (isASCII && scalar.properties.isAlphabetic))
      #expect(byte.isASCIIDigit == (isASCII && scalar.properties.numericType == .decimal))
      #expect(byte.isASCIISpace == (isASCII && scalar.properties.isWhitespace))
      #expect(byte.isASCIILetterOrDigit == (byte.isASCIILetter || byte.isASCIIDigit))
    }
  }
}
