import CRondoKernels
import RondoNN
import Testing

/// The instruction sets that the tests run the kernels with.
enum InstructionSets {
  /// Those that this processor and build have.
  static let present = ["avx512vnni", "avx512", "avx2", "portable"].filter { (name: String) in
    unsafe rondo_kernels_named(name) != nil
  }

  static func has(_ name: String) -> Bool { present.contains(name) }
}

/// An instruction set and a number of threads to run a test with.
struct Workers: CustomTestStringConvertible, Sendable {
  let instructionSet: String
  let threads: Int

  var testDescription: String { "\(instructionSet), threads: \(threads)" }

  /// One to three threads with each instruction set of this machine.
  static let all = InstructionSets.present.flatMap { name in
    (1...3).map { Workers(instructionSet: name, threads: $0) }
  }

  func gang() throws -> ThreadGang { try ThreadGang(threadCount: threads, instructionSet: instructionSet) }
}

/// A gang reached from C's side, for jobs that `ThreadGang` gives no way to.
@safe
final class RawGang {
  private let gang: OpaquePointer
  private let table: UnsafePointer<rondo_kernel_table>

  var kernels: rondo_kernel_table { unsafe table.pointee }

  init(_ workers: Workers, spins: Bool = false) throws {
    guard let table = unsafe rondo_kernels_named(workers.instructionSet) else {
      throw ThreadError.unknownInstructionSet(workers.instructionSet)
    }
    guard let gang = unsafe rondo_gang_create(Int32(workers.threads), spins) else {
      throw ThreadError.cannotStartThreads(workers.threads)
    }
    unsafe self.table = table
    unsafe self.gang = gang
  }

  deinit { unsafe rondo_gang_destroy(gang) }

  func run<Job>(_ task: rondo_task, _ job: Job) {
    unsafe withUnsafePointer(to: job) { unsafe rondo_gang_run(gang, task, $0) }
  }
}

extension Buffer {
  /// Where the elements are; they stay there as long as the buffer lives.
  var address: UnsafeMutablePointer<Element> {
    unsafe withMutableSpan { unsafe $0.withUnsafeMutableBufferPointer { $0.baseAddress! } }
  }

  init(_ elements: [Element]) {
    self.init(count: elements.count)
    copy(from: elements)
  }
}
