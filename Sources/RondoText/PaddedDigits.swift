extension BinaryInteger {
  /// The number in a radix, with zeros in front where it has fewer digits than `count`.
  package func padded(to count: Int, radix: Int, uppercase: Bool = false) -> String {
    let digits = String(self, radix: radix, uppercase: uppercase)
    return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
  }
}
