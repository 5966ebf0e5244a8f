#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Standard output carries results alone; everything else goes to standard error. Both are written at once.
enum Console {
  /// Writes text to standard output as it is.
  static func write(_ text: String) { write(text, to: 1) }

  /// Writes a line to standard output.
  static func print(_ line: String) { write(line + "\n", to: 1) }

  /// Writes a line to standard error.
  static func error(_ line: String) { write(line + "\n", to: 2) }

  /// Writes text to standard error as it is.
  static func errorText(_ text: String) { write(text, to: 2) }

  static var errorIsTerminal: Bool { isatty(2) == 1 }
  static var inputIsTerminal: Bool { isatty(0) == 1 }
  static var outputIsTerminal: Bool { isatty(1) == 1 }

  /// Columns of the terminal on standard error, 80 where it does not say.
  static var width: Int {
    var size = winsize()
    let answered = unsafe ioctl(2, UInt(TIOCGWINSZ), &size) == 0
    return answered && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = unsafe bytes.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      // Nobody is left to be told that standard output is gone, or full.
      guard written > 0 else { exit(written < 0 && errno == EPIPE ? 0 : Failure.io) }
      bytes = bytes.dropFirst(written)
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(descriptor, start, count)
}
