// README begin
import Rondo

/// Trains on the text at `path` and saves the model. Cancelling the task stops training; what was learned is saved.
func train(on path: String, saveTo file: String, steps: Int, report: (String) -> Void) throws {
  let data = try TrainingData(Corpus(paths: [path]))
  var request = TrainingRequest()  // what is nil is chosen by the size of the text
  request.steps = steps
  let trainer = try Trainer(plan: TrainingPlan(request, for: data), data: data)
  _ = try trainer.run { event, _ in
    if case .step(let step) = event { report("step \(step.step) of \(step.steps): loss \(step.loss)") }
    return Task.isCancelled ? .stop : .proceed
  }
  try trainer.model.save(to: file)
}

/// Streams text that goes on from a prompt.
func write(_ prompt: String, with file: String, show: (String) -> Void) async throws {
  let model = try LanguageModel(contentsOf: file)
  for try await piece in model.generate(prompt: prompt, settings: .init(length: 200, seed: 7)) { show(piece) }
}

/// Reads a beginning once, and writes an end after each of the two likeliest next tokens.
func ends(of beginning: String, with model: LanguageModel) async throws -> [String] {
  let reader = try model.reader()
  try reader.read(beginning)
  let state = reader.state  // a value: keep it, save it, branch from it
  var ends: [String] = []
  for next in reader.next(2) {  // with next.probability
    var end = beginning + next.text
    let rest = model.generate(prompt: next.text, from: state, settings: .init(length: 20))
    for try await piece in rest { end += piece }
    ends.append(end)
  }
  return ends
}
// README end
