/// What a code point may be mistaken for: the part of Unicode's table (UTS #39, section 4) that the data has, and the
/// full-width forms of ASCII.
struct ConfusablesTable: Sendable {
  static let shared = ConfusablesTable()

  private var prototypes: [UInt32: [UInt32]] = [:]

  private init() {
    for pair in Self.pairs { prototypes[pair >> 16, default: []].append(pair & 0xFFFF) }
  }

  /// What all code points that look like this one have in common; that is itself where the table has none.
  func prototype(of scalar: UInt32) -> [UInt32] {
    let narrow = (0xFF01...0xFF5E).contains(scalar) ? scalar - 0xFEE0 : scalar
    return prototypes[narrow] ?? [narrow]
  }

  /// What all texts that look like this one have in common (UTS #39, section 4): the text in NFD without the code
  /// points that are ignored by default, each as its prototype, in NFD again.
  ///
  /// - Precondition: the text is UTF-8.
  func skeleton(of utf8: [UInt8]) -> [UInt8] {
    guard let decomposed = try? decomposer.normalize(utf8) else {
      preconditionFailure("the text is no UTF-8")
    }
    var replaced: [UInt8] = []
    for scalar in String(decoding: decomposed, as: UTF8.self).unicodeScalars
    where !scalar.properties.isDefaultIgnorableCodePoint {
      for value in prototype(of: scalar.value) { appendScalar(value, to: &replaced) }
    }
    guard let skeleton = try? decomposer.normalize(replaced) else {
      preconditionFailure("prototypes are code points")
    }
    return skeleton
  }

  private let decomposer = Normalizer(form: .nfd)
}
