import RondoText

extension CommandLine {
  /// Refuses an argument that is not UTF-8: `arguments` has other characters in the place of its bytes, so that another
  /// prompt would be read and another file looked for.
  static func checkUTF8() throws(Failure) {
    for (index, argument) in arguments.enumerated() {
      guard let bytes = unsafe unsafeArgv[index], unsafe String(validatingCString: bytes) == nil else {
        continue
      }
      throw Failure(
        "argument \(index) is not UTF-8: \(OneLine.quoted(argument, limit: 200)); convert it, or where it "
          + "is the name of a file, name its folder",
        code: Failure.usage)
    }
  }
}
