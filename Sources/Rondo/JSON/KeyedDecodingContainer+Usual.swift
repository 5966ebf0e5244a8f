extension KeyedDecodingContainer {
  /// The value of a member, or `usual` where there is none, as in files of older versions.
  func decode<Value: Decodable>(_ key: Key, else usual: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? usual
  }
}
