#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The JSON that a checkpoint's metadata and a run's files hold: keys sorted, so that equal values are equal bytes. A number that
/// JSON has no form for, such as the perplexity of a hopeless model, is a string: "inf", "-inf" or "nan".
package enum JSONText {
  /// - Parameter inSnakeCase: whether a member `isBest` gets the key `is_best`. Keys that say what they are called keep
  ///   their names, and so do those of dictionaries.
  package static func encode(_ value: some Encodable, inSnakeCase: Bool = false) -> String {
    let encoder = JSONEncoder()
    if inSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { preconditionFailure("a value of ours is always JSON") }
    return String(decoding: data, as: UTF8.self)
  }

  package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
