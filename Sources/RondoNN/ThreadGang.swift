import CRondoKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The threads that run every kernel in step, and the kernels of the instruction set chosen at start.
///
/// Results never depend on the number of threads: each owns whole outputs.
@safe
package final class ThreadGang: @unchecked Sendable {
  private let gang: OpaquePointer
  let kernels: UnsafePointer<rondo_kernel_table>

  /// Threads including the calling one.
  package let threadCount: Int

  /// Starts the threads. Where every one has a core, they spin briefly between steps.
  ///
  /// - Parameter instructionSet: avx512vnni, avx512, avx2 or portable; nil takes what RONDO_ISA says or else the best.
  package init(
    threadCount: Int, instructionSet: String? = nil
  ) throws(ThreadError) {
    precondition(threadCount >= 1, "at least one thread")
    let kernels = unsafe try Self.kernels(of: instructionSet)
    let spins = threadCount <= ThreadGang.availableCores
    guard let gang = unsafe rondo_gang_create(Int32(threadCount), spins) else {
      throw .cannotStartThreads(threadCount)
    }
    unsafe self.kernels = kernels
    unsafe self.gang = gang
    self.threadCount = threadCount
  }

  private static func kernels(
    of instructionSet: String?
  ) throws(ThreadError) -> UnsafePointer<rondo_kernel_table> {
    let chosen =
      if let instructionSet { unsafe rondo_kernels_named(instructionSet) } else { unsafe rondo_kernels() }
    if let chosen = unsafe chosen { return unsafe chosen }
    let named = unsafe getenv("RONDO_ISA").map { unsafe String(cString: $0) }
    throw .unknownInstructionSet(instructionSet ?? named ?? "")
  }

  /// Checks that the instruction set which RONDO_ISA names is there, before anything is begun.
  ///
  /// - Throws: `.unknownInstructionSet`.
  package static func checkInstructionSet() throws(ThreadError) { unsafe _ = try kernels(of: nil) }

  deinit { unsafe rondo_gang_destroy(gang) }

  /// Cores that this process may use, by its affinity mask and its cgroup.
  package static var availableCores: Int { Int(rondo_available_cores()) }

  /// The name of the instruction set in use: avx512vnni, avx512, avx2 or portable.
  package var instructionSet: String { unsafe String(cString: kernels.pointee.name) }

  func run<Job>(_ task: rondo_task, _ job: Job) {
    unsafe withUnsafePointer(to: job) { unsafe rondo_gang_run(gang, task, $0) }
  }
}

extension ThreadGang {
  /// Calls `body` with each number of 0 ..< count, on all threads and in no order between them; what one call changes,
  /// no other may touch.
  package func concurrently(_ count: Int, _ body: (Int) -> Void) {
    guard threadCount > 1, count > 1 else { return (0..<count).forEach(body) }
    withoutActuallyEscaping(body) { body in
      unsafe run(
        { job, worker, workers, _ in
          guard let shares = unsafe job?.assumingMemoryBound(to: Shares.self).pointee else { return }
          let first = shares.count * Int(worker) / Int(workers)
          for index in first..<shares.count * (Int(worker) + 1) / Int(workers) { shares.body(index) }
        }, Shares(count: count, body: body))
    }
  }

  private struct Shares {
    let count: Int
    let body: (Int) -> Void
  }
}

/// Why the threads that compute cannot be started. The one public type here: it comes out of the library.
public enum ThreadError: Error, Equatable, CustomStringConvertible {
  /// The instruction set asked for, or the one that RONDO_ISA names, is not one this processor or build has.
  case unknownInstructionSet(String)
  /// The system would not start that many threads.
  case cannotStartThreads(Int)

  /// One line: what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownInstructionSet(let name):
      "the instruction set '\(name.prefix(40))' that RONDO_ISA names is not there: use avx512vnni, avx512, avx2 or "
        + "portable, whichever this processor has, or unset it"
    case .cannotStartThreads(let count): "\(count) threads cannot be started here: use fewer"
    }
  }
}
