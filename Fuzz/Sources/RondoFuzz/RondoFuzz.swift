import CFuzzer

/// What is fuzzed. The raw value names it on the command line, and names its folders.
enum Target: String, CaseIterable {
  case text, ids, safetensors
  case tokenizerFile = "tokenizer-file"
  case tokenizerJSON = "tokenizer-json"

  /// Holds Rondo to what it promises of these bytes; ends the program where it does not.
  func test(_ input: [UInt8]) {
    switch self {
    case .text: testText(input)
    case .ids: testIDs(input)
    case .tokenizerFile: testTokenizerFile(input)
    case .tokenizerJSON: testTokenizerJSON(input)
    case .safetensors: testSafetensors(input)
    }
  }
}

/// Runs libFuzzer: `rondo-fuzz --target=NAME`, then libFuzzer's options, which ignores those with two hyphens.
@main
enum RondoFuzz {
  private static let target: Target = {
    let prefix = "--target="
    let names = CommandLine.arguments.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
    guard names.count == 1, let target = Target(rawValue: String(names[0])) else {
      fatalError("name one target: " + Target.allCases.map { prefix + $0.rawValue }.joined(separator: ", "))
    }
    return target
  }()

  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
    // It ends the program itself.
    _ = unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, size in
      RondoFuzz.target.test(unsafe Array(UnsafeBufferPointer(start: data, count: size)))
      return 0
    }
  }
}

/// Ends the program where a promise is broken, so that libFuzzer keeps the input.
func require(_ condition: Bool, _ promise: @autoclosure () -> String) {
  if !condition { fatalError("broken: " + promise()) }
}

/// The message of an error is one line that no terminal takes for commands.
func requireLine(_ message: String) {
  require(!message.isEmpty, "an error says what is wrong")
  let others: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
  require(
    !message.unicodeScalars.contains { others.contains($0.properties.generalCategory) },
    "an error is one line: \(message.debugDescription)")
}
