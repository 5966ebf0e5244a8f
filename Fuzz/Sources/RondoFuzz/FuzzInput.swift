/// The bytes of an input, taken from the front: first what is to be chosen, then the data.
struct FuzzInput {
  /// What has not been taken.
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  /// A number below `count`, which is at most 256, out of one byte; 0 where there are no more.
  mutating func number(below count: Int) -> Int {
    Int(rest.popFirst() ?? 0) % count
  }

  /// One of some elements.
  mutating func choice<Element>(of elements: [Element]) -> Element {
    elements[number(below: elements.count)]
  }
}
