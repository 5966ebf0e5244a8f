#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Ctrl-C and SIGTERM: the first asks to finish, a second Ctrl-C leaves at once.
enum Interrupts {
  nonisolated(unsafe) private static var received: sig_atomic_t = 0

  /// The signal that asked to finish, if one did.
  static var signal: Int32? { unsafe received == 0 ? nil : Int32(received) }

  /// From now on signals are noted instead of ending the program.
  static func watch() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      let handler: @convention(c) (Int32) -> Void = { number in
        if unsafe Interrupts.received != 0, number == SIGINT { _exit(130) }
        unsafe Interrupts.received = sig_atomic_t(number)
      }
      #if canImport(Darwin)
        unsafe action.__sigaction_u.__sa_handler = handler
      #else
        unsafe action.__sigaction_handler.sa_handler = handler
      #endif
      action.sa_flags = SA_RESTART
      unsafe _ = sigaction(number, &action, nil)
    }
  }
}
