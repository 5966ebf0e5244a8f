#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Rondo

/// Standard output carries results alone; everything else goes to standard error. Both are written at once.
enum Console {
  /// Why standard output could not be written while interrupts are watched; then there is something to save first.
  static var outputFailure: Failure? { unsafe notedFailure }
  nonisolated(unsafe) private static var notedFailure: Failure?

  /// Writes text to standard output as it is.
  static func write(_ text: String) { write(text, to: 1) }

  /// Writes bytes to standard output as they are, whether they are text or not.
  static func write(_ bytes: [UInt8]) { write(bytes, to: 1) }

  /// Writes a line to standard output.
  static func print(_ line: String) { write(line + "\n", to: 1) }

  /// Writes a value to standard output as a line of JSON, its members' names in snake case.
  static func print(json value: some Encodable) { print(JSONText.encode(value, inSnakeCase: true)) }

  /// Writes a line to standard error.
  static func error(_ line: String) { write(line + "\n", to: 2) }

  /// Writes text to standard error as it is.
  static func errorText(_ text: String) { write(text, to: 2) }

  /// Opens the standard descriptors that are closed, so that no file of ours gets their numbers and then what is meant
  /// for them. Standard error leads nowhere; reading or writing the others fails as if they were still closed.
  static func claimDescriptors() {
    for (descriptor, mode) in [(Int32(0), O_WRONLY), (1, O_RDONLY), (2, O_WRONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is given, and those below are taken.
      unsafe _ = open("/dev/null", mode)
    }
  }

  /// Lets a file that may not grow any more be an error of writing, which is said, instead of a signal that ends the
  /// program.
  static func ignoreFileSizeSignal() { _ = signal(SIGXFSZ, SIG_IGN) }

  static var errorIsTerminal: Bool { isatty(2) == 1 }

  /// Whether standard output is a terminal that is to have colours: NO_COLOR is not set to anything (no-color.org), and
  /// the terminal is not a dumb one.
  static var outputHasColours: Bool {
    func value(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
    return isatty(1) == 1 && (value("NO_COLOR") ?? "").isEmpty && value("TERM") != "dumb"
  }

  /// Columns of the terminal on standard error, 80 where it does not say.
  static var width: Int {
    var size = winsize()
    let answered = unsafe ioctl(2, UInt(TIOCGWINSZ), &size) == 0
    return answered && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var bytes = bytes[...]
    while !bytes.isEmpty {
      let written = unsafe bytes.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      if written < 0, errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe _ = poll(&waiting, 1, -1)
        continue
      }
      guard written > 0 else {
        // Work goes on where nobody can be told of it any more; without its result it has no sense.
        if descriptor == 2 { return }
        let reason = unsafe String(cString: strerror(errno))
        let failure =
          errno == EPIPE
          ? nil
          : Failure("standard output cannot be written: \(reason); check where it goes", code: Failure.io)
        if Interrupts.areWatched {
          // What is under way is saved first; a reader that has gone sends a signal.
          unsafe notedFailure = notedFailure ?? failure
          return
        }
        guard let failure else { exit(0) }
        error("rondo: \(failure.message)")
        exit(failure.code)
      }
      bytes = bytes.dropFirst(written)
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(descriptor, start, count)
}
