import Foundation
import Rondo
import Testing

/// What anybody who imports Rondo can catch.
struct ThreadErrorTests {
  @Test func comesOutOfAllThatStartsThreads() async {
    // In a process of its own, where the environment can be changed.
    await #expect(processExitsWith: .success) {
      #expect(unsafe setenv("RONDO_ISA", "mmx", 1) == 0)
      let model = try randomModel("ab")
      #expect(throws: ThreadError.unknownInstructionSet("mmx")) { try model.reader() }
      #expect(throws: ThreadError.unknownInstructionSet("mmx")) { try model.evaluate([0x61]) }
      #expect(throws: ThreadError.unknownInstructionSet("mmx")) { try TextGenerator(model) }
      let data = try trainingData(words(20))
      var request = TrainingRequest()
      request.steps = 1
      let plan = try TrainingPlan(request, for: data, threadCount: 1)
      #expect(throws: ThreadError.unknownInstructionSet("mmx")) { try Trainer(plan: plan, data: data) }
    }
  }

  @Test func saysWhatToDo() {
    #expect(ThreadError.cannotStartThreads(9).description == "9 threads cannot be started here: use fewer")
  }
}
