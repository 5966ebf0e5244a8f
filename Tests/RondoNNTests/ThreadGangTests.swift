import CRondoKernels
import RondoNN
import Testing

@Suite struct ThreadGangTests {
  /// What the workers of a gang do in `manyBarriers`: each writes its round down, waits, and looks at all the others.
  private struct Rounds {
    let count: Int
    let rounds: Buffer<Int>
    let mistakes: Buffer<Int>
  }

  /// Nobody passes a barrier before the others have come, and nobody is left behind, though there are far more threads
  /// than cores.
  @Test(
    .timeLimit(.minutes(15)),
    arguments: [
      (1, false, 1000), (2, false, 2000), (2, true, 30_000), (3, true, 1000), (16, false, 500),
      (16, true, 500),
    ])
  func manyBarriers(threads: Int, spins: Bool, count: Int) throws {
    let gang = try RawGang(Workers(instructionSet: "portable", threads: threads), spins: spins)
    let rounds = Buffer<Int>(count: threads), mistakes = Buffer<Int>(count: threads)
    mistakes.fill(-1)
    unsafe gang.run(
      { job, worker, workers, gang in
        let own = unsafe job!.assumingMemoryBound(to: Rounds.self).pointee
        var mistakes = 0
        for round in 1...own.count {
          own.rounds[Int(worker)] = round
          unsafe rondo_gang_barrier(gang)
          for other in 0..<Int(workers) where own.rounds[other] != round { mistakes += 1 }
          unsafe rondo_gang_barrier(gang)
        }
        own.mistakes[Int(worker)] = mistakes
      }, Rounds(count: count, rounds: rounds, mistakes: mistakes))
    #expect(rounds.array == Array(repeating: count, count: threads))
    #expect(mistakes.array == Array(repeating: 0, count: threads))
  }

  /// One job after another, each done when `run` returns, with pauses in which the workers fall asleep.
  @Test(.timeLimit(.minutes(15)), arguments: [1, 2, 3, 8])
  func manyJobs(threads: Int) async throws {
    let gang = try RawGang(Workers(instructionSet: "portable", threads: threads), spins: true)
    let counts = Buffer<Int>(count: threads)
    for round in 1...1000 {
      unsafe gang.run(
        { job, worker, _, _ in
          unsafe job!.assumingMemoryBound(to: Buffer<Int>.self).pointee[Int(worker)] += 1
        }, counts)
      #expect(counts.array == Array(repeating: round, count: threads))
      if round % 250 == 0 { try await Task.sleep(for: .milliseconds(2)) }
    }
  }

  /// Gangs come and go without their threads staying behind or getting in each other's way.
  @Test(.timeLimit(.minutes(15)))
  func gangsComeAndGo() throws {
    let values = Buffer(numbers(8192, seed: 1)), partials = Buffer<Double>(count: 2)
    let expected = try ThreadGang(threadCount: 1).norm(of: values, partials: partials)
    for round in 0..<100 {
      let gang = try ThreadGang(threadCount: 1 + round % 5)
      #expect(gang.threadCount == 1 + round % 5)
      if round % 3 > 0 { #expect(gang.norm(of: values, partials: partials) == expected) }
    }
  }

  /// Every number once, whatever the count.
  @Test(.timeLimit(.minutes(15)), arguments: [1, 2, 3, 8])
  func concurrently(threads: Int) throws {
    let gang = try ThreadGang(threadCount: threads)
    for count in [0, 1, 2, 7, 100] {
      let calls = Buffer<Int>(count: 100)
      gang.concurrently(count) { calls[$0] += 1 }
      #expect(calls.array == (0..<100).map { $0 < count ? 1 : 0 })
    }
  }

  @Test func namesItsInstructionSet() throws {
    for name in InstructionSets.present {
      #expect(try ThreadGang(threadCount: 1, instructionSet: name).instructionSet == name)
      #expect(try ThreadGang(threadCount: 1, instructionSet: name.uppercased()).instructionSet == name)
    }
    for name in ["", "sse9", "avx-2"] {
      #expect(throws: ThreadError.unknownInstructionSet(name)) {
        try ThreadGang(threadCount: 1, instructionSet: name)
      }
    }
    #expect(InstructionSets.has(try ThreadGang(threadCount: 1).instructionSet))
    #expect(InstructionSets.has("portable"))
  }

  @Test func availableCores() { #expect(ThreadGang.availableCores >= 1) }
}
