import Rondo

/// A number of threads that cannot be.
struct ThreadError: Error, Equatable {
  let description: String

  static func check(_ threads: Int?) throws {
    guard let threads, !(1...256).contains(threads) else { return }
    throw ThreadError(description: "threads is \(threads): it must be at least 1 and at most 256")
  }
}
