import Rondo

extension ThreadError {
  /// Refuses a number of threads that cannot be.
  static func check(_ threads: Int?) throws(Failure) {
    guard let threads, !(1...256).contains(threads) else { return }
    throw Failure("threads is \(threads): it must be at least 1 and at most 256", code: Failure.usage)
  }
}
