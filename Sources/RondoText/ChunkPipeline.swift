import Dispatch

/// Works on the chunks of a text on several threads, and hands over what comes of them in the order of the text.
///
/// The calling thread reads and receives, and works too; while a batch of chunks is worked on, the results of the one
/// before are received and the next is read. So few chunks are in memory at any time, however long the text is.
///
/// - Parameter State: what each thread keeps to itself from chunk to chunk.
struct ChunkPipeline<State, Output: Sendable> {
  private let workers: [Worker]
  private let work: @Sendable (_ text: [UInt8], inout State) throws(TextError) -> Output

  private static var chunksForEachThread: Int { 8 }

  /// - Parameters:
  ///   - threadCount: threads that work, the calling one included; at least 1.
  ///   - state: makes the state of a thread.
  ///   - work: works on one chunk.
  init(
    threadCount: Int, state: () -> State,
    work: @escaping @Sendable (_ text: [UInt8], inout State) throws(TextError) -> Output
  ) {
    precondition(threadCount >= 1, "at least one thread")
    workers = (0..<threadCount).map { _ in Worker(state()) }
    self.work = work
  }

  /// What the threads kept.
  var states: [State] { workers.map(\.state) }

  /// Changes what the threads keep, while none of them works.
  func forEachState(_ body: (inout State) throws -> Void) rethrows {
    for worker in workers { try body(&worker.state) }
  }

  /// Goes through a text.
  ///
  /// - Parameters:
  ///   - read: gives at most so many further bytes, and none at the end alone.
  ///   - receive: takes the result of each chunk.
  ///   - pause: called now and then while no thread works.
  /// - Throws: `TextError.invalidUTF8` and `.noPlaceToCut` with their offset in the text; what the closures throw.
  func run(
    _ chunks: TextChunks, read: (Int) throws -> [UInt8], receive: (Output) throws -> Void,
    pause: () throws -> Void = {}
  ) throws {
    var chunks = chunks
    func nextBatch() throws -> Batch {
      var jobs: [Job] = []
      while jobs.count < workers.count * Self.chunksForEachThread, let chunk = try chunks.next(read) {
        jobs.append(Job(chunk))
      }
      return Batch(jobs)
    }
    var finished = Batch([])
    var current = try nextBatch()
    while !finished.jobs.isEmpty || !current.jobs.isEmpty {
      try pause()
      let batch = current
      let others = DispatchGroup()
      for worker in workers.dropFirst().prefix(max(0, batch.jobs.count - 1)) {
        DispatchQueue.global().async(group: others) { [work] in batch.run(on: worker, work) }
      }
      defer { others.wait() }
      for job in finished.jobs { try receive(job.output()) }
      current = batch.jobs.isEmpty ? batch : try nextBatch()
      batch.run(on: workers[0], work)
      finished = batch
    }
  }

  /// A thread's state; no two threads have the same.
  private final class Worker: @unchecked Sendable {
    var state: State

    init(_ state: State) { self.state = state }
  }

  /// A chunk, and what came of it. One thread at a time has it.
  private final class Job: @unchecked Sendable {
    let chunk: TextChunks.Chunk
    var result: Result<Output, TextError>?

    init(_ chunk: TextChunks.Chunk) { self.chunk = chunk }

    func output() throws(TextError) -> Output {
      guard let result else { preconditionFailure("a chunk was not worked on") }
      do {
        return try result.get()
      } catch {
        guard case .invalidUTF8(let offset) = error else { throw error }
        throw .invalidUTF8(offset: chunk.offset + offset)
      }
    }
  }

  /// Chunks that the threads take one by one.
  private final class Batch: @unchecked Sendable {
    let jobs: [Job]
    private var taken = 0
    private let lock = DispatchSemaphore(value: 1)

    init(_ jobs: [Job]) { self.jobs = jobs }

    func run(
      on worker: Worker, _ work: (_ text: [UInt8], inout State) throws(TextError) -> Output
    ) {
      while let job = take() {
        do throws(TextError) {
          job.result = .success(try work(job.chunk.text, &worker.state))
        } catch {
          job.result = .failure(error)
        }
      }
    }

    private func take() -> Job? {
      lock.wait()
      defer { lock.signal() }
      guard taken < jobs.count else { return nil }
      taken += 1
      return jobs[taken - 1]
    }
  }
}
