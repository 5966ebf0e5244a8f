#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What asks a program to finish: Ctrl-C, SIGTERM, a terminal or a reader that has gone. A second Ctrl-C leaves at once.
enum Interrupts {
  nonisolated(unsafe) private static var received: sig_atomic_t = 0
  nonisolated(unsafe) private static var watches = false

  /// Whether `watch` was called.
  static var areWatched: Bool { unsafe watches }

  /// The signal that asked to finish, if one did.
  static var signal: Int32? { unsafe received == 0 ? nil : Int32(received) }

  /// From now on signals are noted instead of ending the program.
  ///
  /// Whoever started the program may have had them blocked, and a block is handed down. A hang-up that is ignored
  /// (nohup) stays so.
  static func watch() {
    var watched = sigset_t()
    unsafe sigemptyset(&watched)
    for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] where number != SIGHUP || !ignores(number) {
      var action = sigaction()
      let handler: @convention(c) (Int32) -> Void = { number in
        if unsafe Interrupts.received != 0 {
          if number == SIGINT { _exit(130) }
          return
        }
        unsafe Interrupts.received = sig_atomic_t(number)
      }
      #if canImport(Darwin)
        unsafe action.__sigaction_u.__sa_handler = handler
      #else
        unsafe action.__sigaction_handler.sa_handler = handler
      #endif
      action.sa_flags = SA_RESTART
      unsafe _ = sigaction(number, &action, nil)
      unsafe sigaddset(&watched, number)
    }
    unsafe _ = pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    unsafe watches = true
  }

  private static func ignores(_ number: Int32) -> Bool {
    var action = sigaction()
    unsafe _ = sigaction(number, nil, &action)
    #if canImport(Darwin)
      let handler = unsafe action.__sigaction_u.__sa_handler
    #else
      let handler = unsafe action.__sigaction_handler.sa_handler
    #endif
    return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
